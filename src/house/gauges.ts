import { basename } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { lastTotals, tellInquiries } from '../consent/disclosures/index.ts'
import { streamsByState, waitingByBody } from '../consent/signals/index.ts'
import { unreportedStops } from '../consent/stops/index.ts'
import { secondsAfter, machineNow } from '../base/values/clock.ts'
import type { ClockWatch } from '../base/database/clock-skew.ts'
import { poolsOf } from '../base/database/database.ts'
import { readingSession } from '../base/database/db-session.ts'
import { isPurpose } from '../base/values/key-purposes.ts'
import { knownKeys } from '../base/keys/key-store.ts'
import type { Gauges, Meter } from '../base/logging/meter.ts'
import { pools, streamStates } from '../base/logging/metric-labels.ts'
import { archiveFailingSince } from '../base/observing/archive-state.ts'
import { overdueDays } from '../base/jobs/day-closing.ts'
import { isOutage } from '../base/database/database-outages.ts'
import { jobsDue, jobsGivenUp, workersSince } from '../base/jobs/queue-metrics.ts'
import { migrationNames } from '../base/migrating/migration-files.ts'
import type { Foundation } from '../base/web/foundation.ts'
import { tellBrakes } from './brake-gauges.ts'
import { dayClosings } from './folds.ts'
import type { KnownHeads } from '../ledger/chain/index.ts'
import { lastEnded } from '../ledger/fold/index.ts'
import { makeLogFigures } from '../ledger/transparency-log/index.ts'
import type { LogFigures } from '../ledger/transparency-log/index.ts'
import { mailFailingSince, unsentByChannel } from '../people/notifications/index.ts'
import type { LiveRegister, Register } from '../registry/index.ts'

// What is not counted where it happens, but read at a scrape.

/** However often a process is asked, it reads the database once meanwhile. */
export const readSeconds = 10
/** Longer the database is not waited for: a scrape has its own end. */
const patienceMs = 2000
// Three signs of life and a little.
const silentSeconds = 35

/** What the program is, in each process that is asked. */
export function tellBuild(meter: Meter, version: string): void {
  if (!meter.isOn) return
  const schema = basename(migrationNames().at(-1) ?? '', '.sql')
  meter.declare('version', [version])
  meter.declare('schema', [schema])
  const labels = {
    version: meter.listed('version', version),
    schema: meter.listed('schema', schema),
  }
  meter.atScrape((gauges) => gauges.set('build', labels, 1))
}

type Telling = Pick<Foundation, 'clock' | 'db' | 'log' | 'meter' | 'restored'> & {
  readonly heads: Pick<KnownHeads, 'lateMs'>
  readonly code: Pick<Foundation['code'], 'isUntrusted'>
  readonly clockWatch: Pick<ClockWatch, 'trouble'>
  readonly live: LiveRegister
}

/** How this process is, and what the database tells. Nothing is read before somebody asks. */
export function tellGauges(telling: Telling): void {
  const { db, clock, log, meter, restored, heads, code, clockWatch, live } = telling
  if (!meter.isOn) return
  const read = makeReading({ db, clock, log })
  tellBrakes({ meter, clock, live })
  meter.atScrape((gauges) => {
    gauges.set('clockRight', {}, clockWatch.trouble() === undefined ? 1 : 0)
    gauges.set('ledgerRestored', {}, restored.isRestored() ? 1 : 0)
    gauges.set('headsAge', {}, Math.max(0, heads.lateMs()) / 1000)
    gauges.set('codeUntrusted', {}, code.isUntrusted() ? 1 : 0)
    const open = poolsOf(db)
    for (const pool of pools) {
      const { used, idle, waiting, most } = open[pool]
      gauges.set('connections', { pool, state: 'used' }, used)
      gauges.set('connections', { pool, state: 'idle' }, idle)
      gauges.set('connectionsWaiting', { pool }, waiting)
      gauges.set('connectionsMost', { pool }, most)
    }
  })
  meter.atScrape(async (gauges) => {
    const register = live.current()
    const receivers = register.bodies.map(({ id }) => id)
    meter.declare('receiver', receivers)
    meter.declare('provider', register.identityProviders.keys())
    const reading = await read()
    gauges.set('databaseUp', {}, reading === undefined ? 0 : 1)
    if (reading !== undefined) tellReading({ gauges, meter, register, now: clock() }, reading)
  })
}

type Reading = Awaited<ReturnType<ReturnType<typeof readAll>>>
type Reader = Pick<Foundation, 'clock' | 'db' | 'log'>

/** Reads what the database tells, at most once in `readSeconds`; undefined: it gave no answer in time. */
function makeReading({ db, clock, log }: Reader): () => Promise<Reading | undefined> {
  const ask = readAll({ db, clock })
  let last: Promise<Reading | undefined> | undefined
  let reading: Promise<void> | undefined
  let askedAt = Number.NEGATIVE_INFINITY
  return async () => {
    const isOld = performance.now() - askedAt >= readSeconds * 1000
    // A reading that hangs is the last one until it ends: no other begins beside it.
    if (last === undefined || (isOld && reading === undefined)) {
      askedAt = performance.now()
      last = ask().catch((error: unknown) => {
        if (!isOutage(error)) log.error({ error }, 'what the database tells cannot be measured')
        return undefined
      })
      reading = last.then(() => void (reading = undefined))
    }
    const ending = new AbortController()
    const late = pause(patienceMs, undefined, { signal: ending.signal }).catch(() => undefined)
    const told = await Promise.race([last, late])
    ending.abort()
    // While the database is away, each scrape tries again.
    if (told === undefined && reading === undefined) last = undefined
    return told
  }
}

function readAll({ db, clock }: Pick<Reader, 'clock' | 'db'>) {
  const logFigures = makeLogFigures()
  return async () => {
    const session = readingSession(db)
    const now = clock()
    const dayAgo = secondsAfter(now, -24 * 3600)
    const queueNow = new Date(machineNow()) // the queue goes by the machine's own clock
    return {
      log: await logFigures(session),
      queueNow,
      jobs: await jobsDue(session, queueNow),
      givenUp: await jobsGivenUp(session, dayAgo),
      workers: await workersSince(session, secondsAfter(now, -silentSeconds)),
      signals: await waitingByBody(session),
      streams: await streamsByState(session),
      stops: await unreportedStops(session),
      fold: await lastEnded(session),
      notClosed: await overdueDays(session, dayClosings, now),
      inquiries: await lastTotals(session),
      messages: await unsentByChannel(session, dayAgo),
      mailFailing: await mailFailingSince(session, dayAgo),
      archive: await archiveFailingSince(session),
      keys: await knownKeys(db),
    }
  }
}

type Said = {
  readonly gauges: Gauges
  readonly meter: Meter
  readonly register: Register
  readonly now: Date
}

function tellReading(said: Said, reading: Reading): void {
  tellQueue(said, reading)
  tellBodies(said, reading)
  tellLog(said, reading.log)
  tellRest(said, reading)
}

function tellQueue({ gauges, meter }: Said, { queueNow, jobs, givenUp, workers }: Reading): void {
  for (const metric of ['jobsWaiting', 'jobsOldest', 'jobsGivenUp'] as const) gauges.zero(metric)
  for (const [task, due] of Map.groupBy(jobs, (one) => meter.listed('task', one.task))) {
    gauges.set('jobsWaiting', { task }, sum(due.map((one) => one.jobs)))
    gauges.set('jobsOldest', { task }, greatest(due.map(({ oldestAt }) => age(queueNow, oldestAt))))
  }
  for (const [task, gone] of Map.groupBy(givenUp, (one) => meter.listed('task', one.task)))
    gauges.set('jobsGivenUp', { task }, sum(gone.map(({ times }) => times)))
  gauges.set('workers', {}, workers)
}

function tellBodies(
  { gauges, meter, register, now }: Said,
  { signals, streams, stops, inquiries }: Reading,
) {
  for (const metric of ['signalsWaiting', 'signalsOldest', 'stopsWaiting', 'stopsOldest'] as const)
    gauges.zero(metric)
  for (const [receiver, of] of Map.groupBy(signals, (one) => meter.listed('receiver', one.orgId))) {
    gauges.set('signalsWaiting', { receiver }, sum(of.map(({ events }) => events)))
    gauges.set('signalsOldest', { receiver }, greatest(of.map((one) => age(now, one.oldestAt))))
  }
  tellInquiries({ gauges, meter, register }, inquiries)
  const named = stops.map((one) => ({ ...one, id: register.organisationByRoot(one.party)?.id }))
  for (const [receiver, of] of Map.groupBy(named, (one) =>
    meter.listed('receiver', one.id ?? ''),
  )) {
    gauges.set('stopsWaiting', { receiver }, sum(of.map((one) => one.stops)))
    gauges.set('stopsOldest', { receiver }, greatest(of.map((one) => age(now, one.oldestAt))))
  }
  for (const state of streamStates) {
    const found = streams.find((one) => one.state === state)
    gauges.set('streams', { state }, found?.streams ?? 0)
  }
}

function tellLog({ gauges, meter, now }: Said, log: LogFigures): void {
  gauges.set('logWaiting', {}, log.waiting)
  gauges.set('logOldest', {}, age(now, log.waitingSince))
  gauges.set('logBehind', {}, log.unsigned)
  if (log.signedAt !== undefined) gauges.set('checkpointAge', {}, age(now, log.signedAt))
  // One that is silent since before the first tree that is looked at has at least its age.
  const quorumAt = log.quorumAt ?? log.aloneSince
  if (quorumAt !== undefined) gauges.set('quorumAge', {}, age(now, quorumAt))
  meter.declare('witness', log.cosignedAt.keys())
  const named = Map.groupBy(log.cosignedAt, ([name]) => meter.listed('witness', name))
  for (const [witness, of] of named)
    gauges.set('cosignatureAge', { witness }, greatest(of.map(([, at]) => age(now, at))))
}

function tellRest({ gauges, now }: Said, reading: Reading): void {
  const { fold, messages, mailFailing, archive, keys } = reading
  if (fold !== undefined) {
    gauges.set('foldAge', {}, age(now, fold.endedAt))
    gauges.set('foldSeconds', {}, age(fold.endedAt, fold.beganAt))
    gauges.set('foldPeople', {}, fold.people)
    gauges.set('foldDifferences', {}, fold.differences)
  }
  for (const { closing, days } of reading.notClosed)
    gauges.set('daysNotClosed', { closing }, days.length)
  for (const metric of ['messagesWaiting', 'messagesOldest'] as const) gauges.zero(metric)
  for (const { channel, messages: waiting, oldestAt } of messages) {
    gauges.set('messagesWaiting', { channel }, waiting)
    gauges.set('messagesOldest', { channel }, age(now, oldestAt))
  }
  gauges.set('mailFailing', {}, age(now, mailFailing))
  if (archive !== undefined) gauges.set('archiveFailing', {}, age(now, archive))
  // Of several the newest signs or seals.
  const used = keys.filter(({ state }) => state === 'used')
  for (const [purpose, of] of Map.groupBy(used, (key) => key.purpose)) {
    const newest = greatest(of.map(({ usedAt, notedAt }) => (usedAt ?? notedAt).getTime()))
    if (isPurpose(purpose)) gauges.set('keyAge', { purpose }, age(now, new Date(newest)))
  }
  // A rotation that is half done: a key that was added, and does not sign or seal yet.
  const added = keys.filter(({ state }) => state === 'announced')
  for (const [purpose, of] of Map.groupBy(added, (key) => key.purpose))
    if (isPurpose(purpose))
      gauges.set('keyAnnounced', { purpose }, greatest(of.map(({ notedAt }) => age(now, notedAt))))
}

function age(now: Date, at: Date | null | undefined): number {
  return at === null || at === undefined ? 0 : Math.max(0, (now.getTime() - at.getTime()) / 1000)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0)
}

function greatest(numbers: readonly number[]): number {
  return numbers.reduce((most, one) => Math.max(most, one), 0)
}
