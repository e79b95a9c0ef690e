import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../../base/values/clock.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { isolateEach } from '../../base/jobs/isolate-each.ts'
import type { Log } from '../../base/logging/log.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { openBook } from '../../ledger/chain/index.ts'
import { isMadeByEvent } from './event-types.ts'
import { noteTimes } from './outbox-store.ts'
import {
  allStreams,
  deleteWaiting,
  isRemoved,
  peopleWrittenSince,
  putBack,
  remakeSignal,
  waitingRows,
} from './recheck-store.ts'
import type { QueuedRow } from './recheck-store.ts'
import { keptSeconds } from './retry-schedule.ts'
import type { StoredStream } from './rows.ts'
import { isStreamAuthentic } from './seal.ts'
import type { ToldSignal } from './told-signals.ts'
import { signalCalled, isOutdated, ownSignals, readTold } from './told-signals.ts'
import { consentsWith, toldMark } from './told-store.ts'

// The nightly look at what waits for streams: computed anew of people's chains. What is gone is made again, with the same name; what is
// otherwise than her chain says is named, and put right.

const [batch, maxBatches] = [500, 20_000]

type Rechecking = {
  readonly db: Database
  readonly vault: Vault
  readonly clock: Clock
  readonly log: Log
}

/** How many signals were gone and are made again, and how many rows were not what events say. */
export type RecheckFigures = { readonly remade: number; readonly wrong: number }

/** Everybody whose chain was written to in the time for which what waits is kept. */
export async function recheckSignals(parts: Rechecking): Promise<RecheckFigures> {
  const { db, vault, clock, log } = parts
  const streams = (await allStreams(db)).filter(
    (stream) => stream.status !== 'disabled' && isStreamAuthentic(vault.seals, stream),
  )
  if (streams.length === 0) return { remade: 0, wrong: 0 }
  const since = secondsAfter(clock(), -keptSeconds)
  let [remade, wrong, failed] = [0, 0, 0]
  let after: string | undefined
  for (let n = 0; n < maxBatches; n++) {
    const people = await peopleWrittenSince(db, since, after, batch)
    const run = await isolateEach(people, log, unchecked, async (personId) => {
      for (const stream of streams) {
        const found = await transact(db, (tx) => recheck(tx, parts, stream, personId, since))
        remade += found.remade
        wrong += found.wrong
      }
      return true
    })
    failed += run.failed
    after = people.at(-1)
    if (people.length < batch) break
  }
  if (failed > 0) log.error({ outcome: `${failed} people` }, 'signals are left to be looked at')
  return { remade, wrong }
}

const unchecked = 'what waits about a person could not be looked at'

async function recheck(
  tx: Transaction,
  { vault, clock, log }: Rechecking,
  stream: StoredStream,
  personId: string,
  since: Date,
): Promise<RecheckFigures> {
  // Her lock: no event and no signal of hers comes meanwhile.
  await openBook(tx, vault, personId)
  const told = await readTold(tx, vault, personId, stream)
  const waiting = await waitingRows(tx, stream.streamId, personId)
  const wrong: string[] = []
  for (const row of waiting) {
    const found = signalCalled(told, row.jti)
    if (row.eventSeq === null && !isMadeByEvent(row.kind)) continue
    if (found === undefined) await deleteWaiting(tx, row.jti)
    else if (isAsTold(row, found)) continue
    else await putBack(tx, row.jti, rowOf(found))
    wrong.push(row.jti)
  }
  const missing = (await isRemoved(tx, stream.streamId, personId))
    ? []
    : await missingOf(tx, vault, stream, { personId, told, waiting, since })
  for (const one of missing) await remakeSignal(tx, stream, personId, rowOf(one))
  if (missing.length + wrong.length > 0) {
    const now = clock()
    await noteTimes(tx, stream, { what: 'made-again', times: missing.length }, now)
    await noteTimes(tx, stream, { what: 'not-as-told', times: wrong.length }, now)
    for (const jti of [...missing.map(({ names: [name = ''] }) => name), ...wrong])
      log.error({ job: 'signals.recheck', why: `${stream.orgId} ${jti}` }, differs)
  }
  return { remade: missing.length, wrong: wrong.length }
}

const differs = 'what waits for a stream is not what her events say: it is put right'

type Hers = {
  readonly personId: string
  readonly told: readonly ToldSignal[]
  readonly waiting: readonly QueuedRow[]
  readonly since: Date
}

/** What a body was to be told, and neither waits nor was acknowledged. */
async function missingOf(
  tx: Transaction,
  { seals }: Vault,
  stream: StoredStream,
  { personId, told, waiting, since }: Hers,
): Promise<readonly ToldSignal[]> {
  const parties = await consentsWith(tx, seals, stream, personId)
  const mark = await toldMark(tx, seals, stream.streamId, personId)
  return ownSignals(told, stream, parties).filter((one) => {
    const { personSeq, recordedAt } = one.event
    const isTaken = personSeq <= (mark?.personSeq ?? 0) || mark?.ahead.has(personSeq) === true
    if (isTaken || recordedAt <= since) return false
    return !isOutdated(told, one) && !waiting.some(({ jti }) => one.names.includes(jti))
  })
}

function isAsTold(row: QueuedRow, found: ToldSignal): boolean {
  const { kind, eventSeq, content, occurredAt } = rowOf(found)
  return (
    !row.isPutOff &&
    row.kind === kind &&
    row.eventSeq === eventSeq &&
    row.occurredAt.getTime() === occurredAt.getTime() &&
    isDeepStrictEqual(row.content, content)
  )
}

/** As the statement that appends the event writes it. */
function rowOf({ event, signal, occurredAt, names: [jti = ''] }: ToldSignal) {
  const { personSeq: eventSeq, recordedAt: queuedAt } = event
  return { jti, kind: signal.kind, content: signal.content, eventSeq, occurredAt, queuedAt }
}
