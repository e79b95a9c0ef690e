import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/base/database/database.ts'
import { openDatabase } from '../../src/base/database/database.ts'
import { checkpointText } from '../../src/base/tlog/checkpoint.ts'
import type { Signer } from '../../src/base/tlog/note.ts'
import { signatureLine, signerFrom, signNote } from '../../src/base/tlog/note.ts'
import { secondsAfter } from '../../src/base/values/clock.ts'
import { makeMeter } from '../../src/base/logging/meter.ts'
import { metrics } from '../../src/base/logging/metrics.ts'
import type { Metric } from '../../src/base/logging/metrics.ts'
import { newUuid } from '../../src/base/values/ids.ts'
import { readingSession } from '../../src/base/database/db-session.ts'
import { makeLogFigures } from '../../src/ledger/transparency-log/index.ts'
import { tellGauges } from '../../src/house/gauges.ts'
import { denyReasons } from '../../src/base/logging/metric-labels.ts'
import type { FreshDatabase } from '../support/database.ts'
import { freshDatabase } from '../support/database.ts'
import type { FaultProxy } from '../support/fault-proxy.ts'
import { openFaultProxy } from '../support/fault-proxy.ts'
import { until } from '../support/fault-process.ts'
import { rings } from '../support/alarm-rules.ts'
import { seriesIn } from '../support/series.ts'
import type { World } from '../support/world.ts'
import { openWorld } from '../support/world.ts'

// What the database tells, read at a scrape.

const now = new Date('2026-03-10T15:00:00Z')
const ago = (seconds: number) => secondsAfter(now, -seconds)

let database: FreshDatabase
let db: Database
let proxy: FaultProxy
let throughProxy: Database
let world: World

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase(database.url)
  proxy = await openFaultProxy(database.url)
  throughProxy = openDatabase(proxy.url)
  world = await openWorld()
  await furnish()
})
afterAll(async () => {
  await throughProxy.destroy()
  await proxy.close()
  await world.close()
  await db.destroy()
  await database.drop()
})

const errors: unknown[] = []
const quiet = () => undefined

/** A process that nobody has asked yet. */
function newProcess(
  of = db,
  state: { trouble?: string; isRestored?: boolean; lateMs?: number } = {},
  tasks: readonly string[] = [],
) {
  const meter = makeMeter()
  meter.declare('task', tasks)
  const { trouble, isRestored = false, lateMs = 500 } = state
  tellGauges({
    meter,
    db: of,
    clock: () => now,
    log: { debug: quiet, info: quiet, warn: quiet, error: (said) => errors.push(said) },
    restored: {
      isRestored: () => isRestored,
      isInDoubt: () => isRestored,
      cosignedMs: () => undefined,
      compareSoon: quiet,
      stop: () => Promise.resolve(),
    },
    heads: { lateMs: () => lateMs },
    code: { isUntrusted: () => false },
    clockWatch: { trouble: () => trouble },
    live: { current: () => world.register, at: () => Promise.resolve(world.register) },
  })
  return async () => seriesIn(await meter.text())
}

const [north, south, never] = [1, 2, 3].map((n) =>
  signerFrom(`w${n}.test`, 'cosignature', Buffer.alloc(32, n)),
) as [Signer, Signer, Signer]
const policy = `witness north ${north.verifier.vkey}\nwitness south ${south.verifier.vkey}\nwitness never ${never.verifier.vkey}\ngroup most 2 north south never\nquorum most\n`
const log = signerFrom('accord.test/log', 'ed25519', Buffer.alloc(32, 9))

/** Trees of these sizes, one signed each minute until now; north cosigns all, south those up to nine. */
async function grow(from: number, to: number): Promise<void> {
  for (let size = from; size <= to; size++) {
    const root = Buffer.alloc(32, size)
    const text = checkpointText({ origin: 'accord.test/log', size, root })
    const cosigned = size <= 9 ? [north, south] : [north]
    const note = signNote(text, [log]) + cosigned.map((one) => signatureLine(one, text, 1)).join('')
    const row = { logId: 1, treeSize: size, root, note, signedAt: ago((41 - size) * 60) }
    await db('checkpoint').insert(row)
  }
}

async function furnish(): Promise<void> {
  await grow(1, 40)
  const root = Buffer.alloc(32)
  await db.raw('insert into log (year, shard, tree_size, root) values (2026, 0, 45, ?)', [root])
  await db('logWitnesses').insert({ lines: policy })
  for (const seconds of [90, 30, 20]) {
    const pending = { eventId: newUuid(ago(seconds)), shard: 0, commitment: Buffer.alloc(32) }
    await db('ledgerPending').insert(pending)
  }
  const walk = { since: ago(9000), walkId: randomUUID() }
  const ended = { beganAt: ago(3600), endedAt: ago(3000), people: 12, differences: 2 }
  await db('foldWalk').insert({ ...walk, ...ended })
  await db('foldWalk').insert({ ...walk, walkId: randomUUID(), beganAt: ago(60), people: 99 })
  const message = { kind: 'address.code', language: 'fr', templateVersion: 1 }
  for (const [channel, queued, sent] of [
    ['email', 300, null],
    ['email', 200, null],
    ['email', 400, 390],
    ['sms', 100_000, null],
  ] as const)
    await db('notification').insert({
      ...message,
      channel,
      notificationId: randomUUID(),
      queuedAt: ago(queued),
      sentAt: sent === null ? null : ago(sent),
    })
  await db('outgoingMail')
    .insert({ failingSince: ago(120), failedAt: ago(10), reached: false })
    .onConflict('one')
    .merge()
  await furnishQueue()
  await furnishBodies()
  for (const [purpose, seconds, state] of [
    ['data', 9000, 'used'],
    ['data', 100, 'used'],
    ['seal', 10, 'announced'],
  ] as const) {
    const checkValue = `${purpose}${seconds}`.padEnd(22, 'x')
    const usedAt = state === 'used' ? ago(seconds) : null
    await db('keyCheck').insert({ purpose, checkValue, state, notedAt: ago(9000), usedAt })
  }
}

async function furnishQueue(): Promise<void> {
  const due = "select graphile_worker.add_job(?, run_at => now() - interval '1 hour')"
  for (const task of ['house.sweep', 'house.sweep', 'gone.one', 'gone.two'])
    await db.raw(due, [task])
  const gone = { job: 'house.sweep', why: 'Error', times: 3, lastAt: now }
  await db('jobGivenUp').insert({ ...gone, day: '2026-03-09' })
  await db('jobGivenUp').insert({ ...gone, day: '2026-03-07' })
  await db('workerBeat').insert({ worker: 'one', beatAt: ago(5) })
  await db('workerBeat').insert({ worker: 'frozen', beatAt: ago(50) })
}

async function furnishBodies(): Promise<void> {
  const { organisationByRoot } = world.register
  const roots = Array.from({ length: 100 }, (_, root) => root)
  const aid = roots.find((root) => organisationByRoot(root)?.id === 'org_aide-etudes') ?? -1
  await db.transaction(async (tx) => {
    await tx.raw('set local session_replication_role = replica') // without the consents, streams and people around them
    for (const [party, queued, effect] of [
      [aid, 500, null],
      [aid, 100, 'pending'],
      [aid, 900, 'stopped'],
      [-5, 50, null],
    ] as const)
      await tx.raw(
        `insert into revocation_delivery (consent_id, party, role, person_id, queued_at, effect, effect_at, person_seq, acknowledged_at)
         values (?, ?, 'recipient', ?, ?, ?::text, ?::timestamptz, ?::integer, ?::timestamptz)`,
        [randomUUID(), party, randomUUID(), ago(queued), effect].concat(
          effect === null ? [null, null, null] : ([now, 1, now] as never[]),
        ) as never[],
      )
    for (const [org, status, ages] of [
      ['org_agence-revenu', 'enabled', [70, 60]],
      ['org_agence-revenu', 'paused', [200]],
      ['org_gone', 'enabled', [5]],
    ] as const) {
      const streamId = randomUUID()
      await tx.raw(
        `insert into signal_stream (stream_id, org_id, party, method, requested, kinds, status, created_at, seal)
         values (?, ?, 1, 'poll', '{}', '{}', ?, ?, ?)`,
        [streamId, org, status, ago(9000), Buffer.alloc(20)],
      )
      for (const seconds of ages)
        await tx.raw(
          `insert into signal_event (jti, stream_id, kind, content, occurred_at, queued_at) values (?, ?, 'stopped', '{}', ?, ?)`,
          [randomUUID(), streamId, ago(seconds), ago(seconds)],
        )
    }
  })
}

test('what waits, what is late and what was found is told, by names of lists', async () => {
  const series = await whole(newProcess(db, {}, ['house.sweep']))
  const told = (name: string) =>
    Object.fromEntries(
      [...series]
        .filter(([one, value]) => one.startsWith(name) && value !== 0)
        .map(([one, value]) => [one.slice(name.length), Math.round(value)]),
    )
  expect(told('accord_jobs_waiting')).toEqual({ '{task="house.sweep"}': 2, '{task="other"}': 2 })
  expect(told('accord_jobs_oldest_seconds')['{task="house.sweep"}']).toBeGreaterThanOrEqual(3600)
  expect(told('accord_jobs_given_up')).toEqual({ '{task="house.sweep"}': 3 })
  expect(told('accord_workers_alive')).toEqual({ '': 1 })
  expect(told('accord_stops_waiting')).toEqual({
    '{receiver="org_aide-etudes"}': 2,
    '{receiver="other"}': 1,
  })
  expect(told('accord_stops_oldest_seconds')['{receiver="org_aide-etudes"}']).toBe(500)
  expect(told('accord_signals_waiting')).toEqual({
    '{receiver="org_agence-revenu"}': 3,
    '{receiver="other"}': 1,
  })
  expect(told('accord_signals_oldest_seconds')['{receiver="org_agence-revenu"}']).toBe(200)
  expect(told('accord_signals_streams')).toEqual({ '{state="enabled"}': 2, '{state="paused"}': 1 })
  expect(told('accord_log_')).toEqual({
    waiting: 3,
    heads_age_seconds: 1,
    oldest_seconds: 90,
    unsigned_entries: 5,
    checkpoint_age_seconds: 60,
    quorum_age_seconds: 1920,
    'cosignature_age_seconds{witness="north"}': 60,
    'cosignature_age_seconds{witness="south"}': 1920,
    'cosignature_age_seconds{witness="never"}': 1920, // at least: so far back was looked
  })
  expect(told('accord_fold_')).toEqual({
    age_seconds: 3000,
    duration_seconds: 600,
    people: 12,
    differences: 2,
  })
  expect(told('accord_messages_waiting')).toEqual({ '{channel="email"}': 2 })
  expect(told('accord_messages_oldest_seconds')).toEqual({ '{channel="email"}': 300 })
  expect(told('accord_mail_failing_seconds')).toEqual({ '': 120 })
  expect(told('accord_key_age_seconds')).toEqual({ '{purpose="data"}': 100 })
  expect(told('accord_key_announced_age_seconds')).toEqual({ '{purpose="seal"}': 9000 })
  expect(series.get('accord_jobs_waiting{task="house.sweep"}')).toBe(2)
  expect(series.has('accord_key_age_seconds{purpose="seal"}')).toBe(false)
  const ringing = ['JobsWait', 'RowsDiffer', 'LogLate'].map((name) => `Accord${name}`)
  const silent = [
    'NobodyWorks',
    'StopNotConfirmed',
    'StreamLate',
    'MailFails',
    'MessagesWait',
    'ComparisonLate',
    'DatabaseAway',
    'HeadsLate',
  ].map((name) => `Accord${name}`)
  expect([...ringing, ...silent].filter((alarm) => rings(alarm, series))).toEqual(ringing)
  expect(errors).toEqual([])
})

test('a witness that is silent for longer than the newest trees reach back is remembered', async () => {
  const [figures, session] = [makeLogFigures(), readingSession(db)]
  const at = async () => (await figures(session)).cosignedAt.get('south')
  const before = await at()
  // Among the newest trees none has enough; the first of these was signed twenty minutes ago.
  expect((await figures(session)).aloneSince).toEqual(ago(20 * 60))
  await grow(41, 80)
  expect((await figures(session)).aloneSince).toEqual(ago(20 * 60))
  expect(await at()).toEqual(before)
  expect((await figures(session)).cosignedAt.get('north')).toEqual(ago((41 - 80) * 60))
  await db('checkpoint').where('treeSize', '>', 40).delete()
  // Where none is named, none is told of.
  await db('logWitnesses').update({ lines: 'quorum none\n' })
  const alone = { quorumAt: undefined, aloneSince: undefined, cosignedAt: new Map() }
  expect(await figures(session)).toMatchObject(alone)
  await db('logWitnesses').update({ lines: policy })
})

/** A database that is busy may answer too late for one scrape: the next one has it. */
async function whole(scrape: () => Promise<ReadonlyMap<string, number>>) {
  let series = await scrape()
  await until('the database is read', async () => {
    if (series.get('accord_database_up') !== 1) series = await scrape()
    return series.get('accord_database_up') === 1
  })
  return series
}

function own(series: ReadonlyMap<string, number>) {
  return ['database_up', 'clock_right', 'ledger_restored'].map((name) =>
    series.get(`accord_${name}`),
  )
}

test('while the database is away, what it tells is absent, and the rest is told', async () => {
  await proxy.refuse()
  const scrape = newProcess(throughProxy, {
    trouble: 'a minute behind',
    isRestored: true,
    lateMs: 16_500,
  })
  const away = await scrape()
  const ofDatabase = Object.values<Metric>(metrics).filter(({ told }) => told === 'database')
  for (const { name } of ofDatabase)
    expect([...away.keys()].filter((one) => one.split('{')[0] === name)).toEqual([])
  expect(own(away)).toEqual([0, 0, 1])
  const ringing = ['DatabaseAway', 'ClockWrong', 'DatabaseRestored', 'HeadsLate']
  expect(ringing.filter((name) => rings(`Accord${name}`, away))).toEqual(ringing)
  expect(away.get('accord_log_heads_age_seconds')).toBe(16.5)
  expect(away.get('accord_database_connections_max{pool="web"}')).toBe(10)
  expect(away.get('accord_database_connections_max{pool="prepared"}')).toBe(6)
  await proxy.pass()
  expect(own(await whole(scrape))).toEqual([1, 0, 1])
  // What was just read is told again, without the database.
  await proxy.refuse()
  expect(own(await scrape())).toEqual([1, 0, 1])
  await proxy.pass()
})

test('a database that hangs is not waited for long, and two who ask at once ask once', async () => {
  const hanging = openDatabase(proxy.url)
  await readingSession(hanging).rows('select 1')
  const scrape = newProcess(hanging)
  proxy.freeze()
  const began = performance.now()
  const [one, other] = await Promise.all([scrape(), scrape()])
  const waited = performance.now() - began
  expect(waited).toBeGreaterThan(500)
  expect(waited).toBeLessThan(10_000)
  expect([one.get('accord_database_up'), one]).toEqual([0, other])
  await proxy.pass()
  await hanging.destroy()
})

test('the reasons to deny are those of decisions', () => {
  const source = readFileSync(
    join(import.meta.dirname, '../../src/consent/decisions/reasons.ts'),
    'utf8',
  )
  const [, list = ''] = /toOperators[^{]*\{([^]*?)\n\}/.exec(source) ?? []
  const codes = [...list.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, code = '']) => code)
  expect(codes.toSorted()).toEqual([...denyReasons])
})
