import type { Database, Transaction } from '../../base/database/database.ts'
import type { JsonValue, Vault, WrittenEvent } from '../../ledger/chain/index.ts'
import { eventsOfKinds } from '../../ledger/chain/index.ts'
import { isOwnKind } from './event-types.ts'
import type { OwnKind } from './event-types.ts'
import type { PartiesTold, Stream, ToldMark } from './rows.ts'
import type { Signal } from './signal-mapping.ts'
import { listOf, toldKinds } from './signal-mapping.ts'
import { signalName } from './signal-name.ts'

// What a person's chain says that a body is to be told: each event, the signals that it makes, and their names at this stream. A row that
// waits is an index of this: what is sent follows from the event and from the consent as it stands.

/** One signal of one event. */
export type ToldSignal = {
  readonly event: Pick<WrittenEvent, 'eventId' | 'personSeq' | 'recordedAt'>
  readonly signal: Signal
  /** When it happened. */
  readonly occurredAt: Date
  /** Its names at the stream, by the newest key first: the first is the one that is given now. */
  readonly names: readonly string[]
}

/** Her newest events that make signals, as far as they can be read: five hundred at most, oldest first. */
export async function readTold(
  db: Database | Transaction,
  vault: Vault,
  personId: string,
  { streamId }: Pick<Stream, 'streamId'>,
): Promise<readonly ToldSignal[]> {
  const { events } = await eventsOfKinds(db, vault, personId, { kinds: toldKinds })
  return events.toReversed().flatMap((event) => signalsAt(vault, event, streamId))
}

function signalsAt(vault: Vault, event: WrittenEvent, streamId: string): ToldSignal[] {
  const fields = JSON.parse(event.text) as Readonly<Record<string, JsonValue>> // as the book wrote it
  const seeds = vault.signalSeeds(event.eventId)
  return listOf(event.kind, fields).map((signal) => {
    const names = seeds.map((seed) => signalName(seed, streamId, signal.kind))
    const at = signal.to === 'person' ? undefined : signal.at
    const occurredAt = at === undefined ? event.recordedAt : new Date(at)
    return { event, signal, occurredAt, names }
  })
}

/** The signal that has this name; undefined: her chain makes none. */
export function signalCalled(told: readonly ToldSignal[], jti: string): ToldSignal | undefined {
  return told.find(({ names }) => names.includes(jti))
}

/** Whether a later event says how the same consent stands: then this one is not told any more. */
export function isOutdated(told: readonly ToldSignal[], { event, signal }: ToldSignal): boolean {
  if (signal.to === 'person') return false
  return told.some(
    (other) =>
      other.signal.to !== 'person' &&
      other.signal.consent === signal.consent &&
      other.event.personSeq > event.personSeq,
  )
}

type Own = ToldSignal & { readonly signal: { readonly kind: OwnKind } }

/** Those of our own kinds that this stream is told of, in their order. */
export function ownSignals(
  told: readonly ToldSignal[],
  { kinds, toldSince }: Pick<Stream, 'kinds' | 'toldSince'>,
  parties: PartiesTold,
): readonly Own[] {
  return told.filter((one): one is Own => {
    const { signal, event } = one
    if (!isOwnKind(signal.kind) || !kinds.includes(signal.kind)) return false
    if (event.recordedAt <= toldSince) return false
    return signal.to === 'person' ? parties.size > 0 : parties.has(signal.consent)
  })
}

// So many may be ahead of one that is missing.
const mostAhead = 100

/** The mark once a body acknowledged these. What is told no more, or was before this instant, holds up nothing. */
export function markAfter(
  own: readonly Own[],
  mark: ToldMark | undefined,
  acknowledged: ReadonlyMap<number, string>,
  oldest: Date,
): ToldMark {
  const taken = new Map([...(mark?.ahead ?? []), ...acknowledged])
  let { personSeq, jti }: Pick<ToldMark, 'personSeq' | 'jti'> = mark ?? { personSeq: 0, jti: null }
  for (const one of own) {
    const { personSeq: seq, recordedAt } = one.event
    const name = taken.get(seq)
    if (seq <= personSeq) continue
    if (name !== undefined) [personSeq, jti] = [seq, name]
    else if (recordedAt > oldest && !isOutdated(own, one)) break
  }
  const ahead = [...taken].filter(([seq]) => seq > personSeq).toSorted(([a], [b]) => a - b)
  return { personSeq, jti, ahead: new Map(ahead.slice(-mostAhead)) }
}

/**
 * The name of the one before it that the body got, or is to get first: a body that has another one has missed something. What is not
 * told any more, because its consent has moved on, is nobody's.
 */
export function nameBefore(
  own: readonly Own[],
  { event, signal }: ToldSignal,
  mark: ToldMark | undefined,
): string | undefined {
  // What is told at night does not show in what is told at once: sharings have a row of their own, and so has her access.
  const isOfSharing = signal.to !== 'person'
  const before = own
    .filter((one) => one.event.personSeq < event.personSeq)
    .filter((one) => (one.signal.to !== 'person') === isOfSharing)
    .toReversed()
  for (const one of before) {
    const { personSeq } = one.event
    const told =
      mark?.personSeq === personSeq ? (mark.jti ?? undefined) : mark?.ahead.get(personSeq)
    if (told !== undefined) return told
    if (personSeq <= (mark?.personSeq ?? 0) || !isOutdated(own, one)) return one.names[0]
  }
  return undefined
}
