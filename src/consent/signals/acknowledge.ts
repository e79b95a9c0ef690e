import { secondsAfter } from '../../base/values/clock.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { noteDelivered } from '../stops/index.ts'
import { isOwnKind } from './event-types.ts'
import type { Stream } from './rows.ts'
import type { TakenSignal } from './outbox-store.ts'
import { takeAcknowledged, waitingSignals } from './outbox-store.ts'
import type { ToldSignal } from './told-signals.ts'
import { signalCalled, markAfter, ownSignals, readTold } from './told-signals.ts'
import { consentsWith, putToldMark, toldMark } from './told-store.ts'
import { keptSeconds } from './retry-schedule.ts'

type Parts = { readonly db: Database; readonly vault: Vault }

/**
 * A body has acknowledged events of its stream: they wait no more. That it took the notice of a stop is an event of the person's chain,
 * written with that: if this process ends before, the event is sent again, and the body knows it by its name. What it took, and how far it
 * was told of her, follows from her chain and not from the row.
 * @returns how many were there
 */
export async function acknowledgeEvents(
  { db, vault }: Parts,
  stream: Stream,
  jtis: readonly string[],
): Promise<number> {
  const named = await waitingSignals(db, stream.streamId, jtis)
  const ofNobody = named.filter(({ eventSeq }) => eventSeq === null)
  let taken = 0
  if (ofNobody.length > 0)
    taken += await transact(db, async (tx) => takeThose(tx, stream, ofNobody))
  for (const [personId, hers] of Map.groupBy(named, whose))
    if (personId !== undefined) taken += await takeHers({ db, vault }, stream, personId, hers)
  return taken
}

function whose({ personId, eventSeq }: TakenSignal): string | undefined {
  return eventSeq === null ? undefined : (personId ?? undefined)
}

async function takeHers(
  { db, vault }: Parts,
  stream: Stream,
  personId: string,
  hers: readonly TakenSignal[],
): Promise<number> {
  const told = await readTold(db, vault, personId, stream)
  const made = hers.flatMap(({ jti }) => {
    const found = signalCalled(told, jti)
    return found === undefined ? [] : [{ jti, found }]
  })
  const isOwn = made.some(({ found }) => isOwnKind(found.signal.kind))
  return transact(db, async (tx) => {
    for (const { found } of made) await noteStop(tx, vault, stream, personId, found)
    const taken = await takeThose(tx, stream, hers)
    if (isOwn) await moveMark(tx, vault, stream, { personId, told, made })
    return taken
  })
}

type Taken = {
  readonly personId: string
  readonly told: readonly ToldSignal[]
  readonly made: readonly { readonly jti: string; readonly found: ToldSignal }[]
}

async function moveMark(
  tx: Transaction,
  { seals }: Vault,
  stream: Stream,
  { personId, told, made }: Taken,
): Promise<void> {
  const { streamId } = stream
  const parties = await consentsWith(tx, seals, stream, personId)
  const mark = await toldMark(tx, seals, streamId, personId)
  const names = made
    .filter(({ found }) => isOwnKind(found.signal.kind))
    .map(({ jti, found }) => [found.event.personSeq, jti] as const)
  const newest = made.map(({ found }) => found.event.recordedAt).reduce((a, b) => (a > b ? a : b))
  const oldest = secondsAfter(newest, -keptSeconds)
  const after = markAfter(ownSignals(told, stream, parties), mark, new Map(names), oldest)
  await putToldMark(tx, seals, streamId, personId, after)
}

async function noteStop(
  tx: Transaction,
  vault: Vault,
  { party }: Stream,
  personId: string,
  { signal }: ToldSignal,
): Promise<void> {
  if (signal.kind !== 'consent-revoked' || signal.to === 'person') return
  await noteDelivered(tx, vault, { personId, consentId: signal.consent, party })
}

async function takeThose(
  tx: Transaction,
  { streamId }: Stream,
  events: readonly TakenSignal[],
): Promise<number> {
  const jtis = events.map(({ jti }) => jti)
  return (await takeAcknowledged(tx, streamId, jtis)).length
}
