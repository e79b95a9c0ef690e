import { createSecretKey } from 'node:crypto'
import { writeId } from '../../base/values/ids.ts'
import { hmac } from '../../base/sealing/keyed-crypto.ts'
import type { JsonValue } from './canonical.ts'
import { canonical } from './canonical.ts'
import { secondsAfter } from '../../base/values/clock.ts'

/** The closed list of kinds (docs/design/domain.md#events); the database holds the same list. */
export const eventKinds = [
  'consent.presented',
  'consent.granted',
  'consent.refused',
  'consent.revoked',
  'consent.suspended',
  'consent.resumed',
  'consent.confirmed',
  'consent.expired',
  'consent.superseded',
  'consent.voided',
  'question.silenced',
  'question.reopened',
  'notice.shown',
  'decisions.refused',
  'disclosure.authorised',
  'disclosure.recorded',
  'disclosure.nil',
  'disclosure.received',
  'disclosure.unconfirmed',
  'disclosure.disputed',
  'disclosure.answered',
  'disclosure.corrected',
  'disclosure.declared',
  'disclosure.inquired',
  'revocation.delivered',
  'revocation.acknowledged',
  'revocation.effect-reported',
  'access.opened',
  'access.factor-added',
  'access.factor-removed',
  'access.recovered',
  'access.standing',
  'office.named',
  'office.ended',
  'office.acted',
  'identity.checked',
  'card.made',
  'card.ended',
  'desk.searched',
  'desk.found-nobody',
  'desk.dossier-made',
  'help.opened',
  'help.closed',
  'signature.required',
  'signature.lifted',
  'access.ordered',
  'access.providers-blocked',
  'claims.answered',
  'claims.ended',
  'connection.ended',
  'file.compared',
  'rows.differed',
  'rows.settled',
  'content.erased',
] as const
export type EventKind = (typeof eventKinds)[number]

/** Who did it: the person herself, this broker, or an organisation. */
export type Actor = {
  readonly type: 'person' | 'broker' | 'organisation'
  readonly acr?: string
  readonly organisation?: string
}

export type NewEvent = {
  readonly kind: EventKind
  readonly actor: Actor
  /** A uuid; a new one where it is not given. */
  readonly eventId?: string
  /** When the person sees it; undefined: at once. */
  readonly visibleFrom?: Date | undefined
  readonly fields: Readonly<Record<string, JsonValue>>
}

/** An event as it was written. */
export type Entry = {
  readonly eventId: string
  readonly kind: EventKind
  readonly personSeq: number
  readonly recordedAt: Date
  readonly commitment: Buffer
}

/** Where an event stands in its person's chain. */
export type EventStanding = {
  readonly eventId: string
  readonly kind: EventKind
  readonly personSeq: number
  /** The commitment of the event before; null before the first. */
  readonly previous: Buffer | null
  readonly recordedAt: Date
}

export type Payload = Readonly<Record<string, JsonValue>>

/** The members of a payload that tie it to its row and to the event before it. */
export function tiesOf(standing: EventStanding): Payload {
  return {
    v: 1,
    kind: standing.kind,
    event_id: writeId('evt', standing.eventId),
    person_seq: standing.personSeq,
    prev_commitment: standing.previous?.toString('base64') ?? null,
    recorded_at: standing.recordedAt.toISOString(),
  }
}

/**
 * The canonical text of an event, which is committed to and sealed.
 * @param restored what was found of the database since the event before: events between the two may be lost
 * @param people whose it is, and everybody else whom the deed is about
 * @throws TypeError where one of the event's fields has the name of a member that we set, or the text would show the internal id
 *   of one of these people
 */
export function payloadText(
  event: NewEvent,
  standing: EventStanding,
  people: Iterable<string>,
  restored: readonly JsonValue[] = [],
): string {
  const { type, acr, organisation } = event.actor
  const ours: Payload = {
    ...tiesOf(standing),
    ...(restored.length === 0 ? {} : { restored }),
    ...(event.visibleFrom === undefined ? {} : { visible_from: event.visibleFrom.toISOString() }),
    actor: {
      type,
      ...(acr === undefined ? {} : { acr }),
      ...(organisation === undefined ? {} : { organisation }),
    },
  }
  const taken = Object.keys(event.fields).find((name) => Object.hasOwn(ours, name))
  if (taken !== undefined) throw new TypeError(`${event.kind} may not set ${taken}`)
  const text = canonical({ ...event.fields, ...ours })
  for (const personId of people)
    if (showsPerson(text, personId)) throw new TypeError(`${event.kind} shows the person's id`)
  return text
}

// Receipts, exports and proofs carry this text to other people and bodies, which must never see the internal id of a person.
function showsPerson(text: string, personId: string): boolean {
  const spellings = [personId, personId.replaceAll('-', ''), writeId('', personId).slice(1)]
  const shown = text.toLowerCase()
  return spellings.some((spelling) => shown.includes(spelling.toLowerCase()))
}

/** The salt, 256 random bits for this event alone, hides the text; SHA-256 binds to it. */
export function commitmentTo(salt: Buffer, text: string): Buffer {
  return hmac(createSecretKey(salt), text)
}

/** An event that was acknowledged is in the tree at most so many seconds later (docs/design/domain.md#i26). */
export const mergeDelaySeconds = 60

/** The one shard of each year; a shard is a log of its own. */
export const onlyShard = 0

/** The origin line of the log of a year, which is also where it is served: host and path, without a scheme. */
export function originOf(issuer: string, year: number, shard = onlyShard): string {
  return `${new URL(issuer).host}/log/${year}/p${shard}`
}

/** What an answer says about the ledger event behind it: which log takes the event in, and until when. */
export function ledgerMember(issuer: string, commitment: Buffer, recordedAt: Date) {
  return {
    origin: originOf(issuer, recordedAt.getUTCFullYear()),
    commitment: commitment.toString('base64'),
    integrated_by: secondsAfter(recordedAt, mergeDelaySeconds).toISOString(),
  }
}
