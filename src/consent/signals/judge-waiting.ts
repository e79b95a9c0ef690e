import type { Database } from '../../base/database/database.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { isMadeByEvent, isOwnKind, paceOf } from './event-types.ts'
import type { PartiesTold, Stream, WaitingEvent } from './rows.ts'
import type { ToldSignal } from './told-signals.ts'
import { signalCalled, isOutdated, nameBefore, ownSignals, readTold } from './told-signals.ts'
import { consentsWith, toldMark } from './told-store.ts'

/**
 * What becomes of an event that waits. `send`: as her chain tells it, with the name of the one before it. `outdated`: a later event says how
 * that consent stands. `false`: nothing of hers made it. `unsure`: what stands of her consent is not what her chain says.
 */
export type WaitingVerdict =
  | { readonly is: 'send'; readonly event: WaitingEvent; readonly before: string | undefined }
  | { readonly is: 'outdated' | 'false' | 'unsure' }

/** Holds a row that waits against her chain: of the row its name alone is believed, and whose it is. */
export async function judgeWaiting(
  { db, vault }: { readonly db: Database; readonly vault: Vault },
  stream: Stream,
  waiting: WaitingEvent,
): Promise<WaitingVerdict> {
  const { personId, jti, kind } = waiting
  if (personId === null || waiting.eventSeq === null)
    return isMadeByEvent(kind) ? { is: 'false' } : { is: 'send', event: waiting, before: undefined }
  const told = await readTold(db, vault, personId, stream)
  const found = signalCalled(told, jti)
  if (found === undefined) return { is: 'false' }
  if (isOutdated(told, found)) return { is: 'outdated' }
  const parties = await consentsWith(db, vault.seals, stream, personId)
  const fault = faultOf(found, parties)
  if (fault !== undefined) return { is: fault }
  const { signal, occurredAt } = found
  const { kind: made, content } = signal
  const consent = signal.to === 'person' ? null : (parties.get(signal.consent) ?? null)
  const event = { ...waiting, kind: made, content, occurredAt, consent, pace: paceOf(made) }
  if (!isOwnKind(made)) return { is: 'send', event, before: undefined }
  const mark = await toldMark(db, vault.seals, stream.streamId, personId)
  const before = nameBefore(ownSignals(told, stream, parties), found, mark)
  return { is: 'send', event, before }
}

// The consent has to stand as the event says. One that is erased, or of others, is none of this body's.
function faultOf({ signal }: ToldSignal, parties: PartiesTold): 'false' | 'unsure' | undefined {
  if (signal.to === 'person') return undefined
  const consent = parties.get(signal.consent)
  if (consent === undefined) return 'false'
  return consent.isUntrusted || consent.state !== signal.content.state ? 'unsure' : undefined
}
