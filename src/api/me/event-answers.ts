import type { ActivityHeld } from '../../people/accounts/index.ts'
import { writeId } from '../../base/values/ids.ts'
import type { AnswerOf } from '../../base/web/operation.ts'
import type { DelayedEvent, Entry, TimelineEvent } from '../../ledger/chain/index.ts'
import type { NotificationListed } from '../../people/notifications/index.ts'
import type * as shapes from './answer-shapes.ts'

// Answers about events, line by line.

export function eventAnswer(event: TimelineEvent): AnswerOf<typeof shapes.event> {
  return {
    ...eventNamed(event),
    kind: event.kind,
    recorded_at: event.recordedAt.toISOString(),
    salt: event.salt?.toString('base64') ?? null,
    payload: event.payload ?? null,
  }
}

export function shownLaterAnswer(event: DelayedEvent): AnswerOf<typeof shapes.delayedEvent> {
  return {
    ...eventAnswer(event),
    decision_id: writeId('dec', event.chainId),
    shown_from: event.visibleFrom.toISOString(),
  }
}

export function eventNamed({ eventId, personSeq, commitment }: Omit<Entry, 'kind'>) {
  return {
    event_id: writeId('evt', eventId),
    person_seq: personSeq,
    commitment: commitment.toString('base64'),
  }
}

export function activityAnswer(row: ActivityHeld) {
  return {
    at: row.at.toISOString(),
    kind: row.kind,
    service: row.serviceId,
    result: row.result,
    reason: row.reason,
    acr: row.acr,
    amr: row.amr,
    network: row.network,
    device: row.device,
    request_id: row.requestId,
    settled_at: row.settledAt?.toISOString() ?? null,
  }
}

export function notificationAnswer(row: NotificationListed) {
  return {
    kind: row.kind,
    channel: row.channel,
    queued_at: row.queuedAt.toISOString(),
    sent_at: row.sentAt?.toISOString() ?? null,
    given_up_at: row.givenUpAt?.toISOString() ?? null,
  }
}
