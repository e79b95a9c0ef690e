import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeFeedKeys } from '../../../src/base/sealing/feed-keys.ts'
import { newUuid } from '../../../src/base/values/ids.ts'
import type { Lease } from '../../../src/base/jobs/lease.ts'
import { emptyFrontier, grow, leafHash, rootOf } from '../../../src/base/tlog/merkle.ts'
import { transact } from '../../../src/base/database/database.ts'
import { overdueDays } from '../../../src/base/jobs/day-closing.ts'
import { dayBefore, dayOf } from '../../../src/base/values/calendar.ts'
import { secondsAfter } from '../../../src/base/values/clock.ts'
import { refusalsClosing } from '../../../src/consent/decisions/close-days.ts'
import {
  appendHouse,
  closingBody,
  closingOfEntry,
  entryClasses,
  logEntry,
} from '../../../src/ledger/chain/index.ts'
import { countStrayEntries } from '../../../src/ledger/chain/bulk-chain-store.ts'
import { auditDatabase } from '../../../src/ledger/transparency-log/audit.ts'
import { tellClosedDays, logClosing } from '../../../src/ledger/transparency-log/closed-days.ts'
import { openFeed } from '../../../src/ledger/heads/feed.ts'
import { feedFolder, feedFromFolder } from '../../../src/ledger/heads/feed-source.ts'
import { placesOf } from '../../../src/ledger/transparency-log/proof.ts'
import { announcePublic } from '../../../src/ledger/transparency-log/public.ts'
import {
  findLog,
  openLogFor,
  pendingRows,
  positions,
  takeIntoLog,
} from '../../../src/ledger/transparency-log/store.ts'
import { startLog } from '../../../src/ledger/transparency-log/log-duties.ts'
import type { LogStage } from './stage.ts'
import { issuer, openLogStage, year } from './stage.ts'
import { sequenceNow, underLease } from '../../support/leases.ts'

let stage: LogStage

beforeAll(async () => {
  stage = await openLogStage()
})

afterAll(() => stage.close())

const asSequencer = <T>(work: (lease: Lease) => Promise<T>): Promise<T> =>
  underLease(stage.session, 'log.sequence/0', work)
const openLog = () => asSequencer((lease) => openLogFor(stage.session, lease, year, 0))

async function entries(of = year) {
  const log = await findLog(stage.session, of, 0)
  return log === undefined ? [] : positions(stage.session, log.logId, 0, log.treeSize)
}

async function rootOfRows(of = year): Promise<Buffer> {
  const rows = await entries(of)
  return rootOf(
    grow(
      emptyFrontier,
      rows.map((row) => leafHash(logEntry(row.commitment, row.class))),
    ),
  )
}

// I26: one place for each event, and the places of one person's events in her order.
test('committed events are taken in once, in any order of commits, and each person’s in order', async () => {
  const people = [await stage.newPerson(), await stage.newPerson(), await stage.newPerson()]
  const [slow, ...others] = people
  if (slow === undefined) throw new Error('no person')
  const gate = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  // The first to take a number in the queue is the last to commit.
  const late = stage.deed(slow, async (book) => {
    const entry = await book.append({
      kind: 'consent.presented',
      actor: { type: 'person' },
      fields: {},
    })
    begun.resolve()
    await gate.promise
    return entry
  })
  await begun.promise
  for (const person of others) await stage.write(person, 4)
  expect(await stage.sequence()).toBe(8)
  gate.resolve()
  const { eventId } = await late
  for (const person of people) await stage.write(person, 3)
  expect(await stage.sequence()).toBe(10)
  expect(await stage.sequence()).toBe(0)
  const rows = await entries()
  expect(rows.map(({ leafIndex }) => leafIndex)).toEqual(rows.map((_, i) => i))
  expect(rows.findIndex((row) => row.eventId === eventId)).toBe(8)
  for (const person of people) {
    const written: { eventId: string }[] = await stage
      .db('ledgerEvent')
      .where({ personId: person })
      .orderBy('personSeq')
    const at = written.map((event) => rows.findIndex((row) => row.eventId === event.eventId))
    expect(at).toEqual(at.toSorted((a, b) => a - b))
    expect(at).not.toContain(-1)
  }
  const log = await findLog(stage.session, year, 0)
  expect(log?.root).toEqual(await rootOfRows())
  // Of a log without a signed tree each entry waits.
  const { places, signedAt } = await placesOf(stage.db, slow, { after: 0, limit: 10 })
  expect([...places]).toEqual([1, 2, 3, 4].map((seq) => [seq, 'waiting']))
  expect(signedAt).toBeUndefined()
  // And without a key that signs there is nothing to announce.
  expect(await announcePublic(stage.db, issuer, [], new Date())).toBe(0)
})

test('a second sequencer that read the same state writes nothing', async () => {
  await stage.write(await stage.newPerson(), 2)
  const log = await openLog()
  const ids = (await pendingRows(stage.session, 0, 10)).map(({ id }) => id)
  await stage.sequence()
  const grown = { root: log.root, frontier: log.frontier, nodes: [] }
  await expect(
    asSequencer((lease) => takeIntoLog(stage.session, lease, log, grown, ids)),
  ).rejects.toThrow('the tree has moved')
  const now = await openLog()
  await expect(
    asSequencer((lease) => takeIntoLog(stage.session, lease, now, grown, ids)),
  ).rejects.toThrow('the queue has moved')
  expect((await findLog(stage.session, year, 0))?.root).toEqual(await rootOfRows())
})

test('a tree whose frontier does not fit its root is not extended', async () => {
  const { logId, root } = await openLog()
  await stage.write(await stage.newPerson(), 1)
  await stage.tamper(`update log set root = '\\x${'00'.repeat(32)}' where log_id = :logId`, {
    logId,
  })
  await expect(stage.sequence()).rejects.toThrow('does not match')
  await stage.tamper('update log set root = :root where log_id = :logId', { logId, root })
  expect(await stage.sequence()).toBe(1)
})

test('an event goes into the log of its year, however late, and a closed log accepts none', async () => {
  const queue = (at: Date) =>
    stage.db('ledgerPending').insert({
      eventId: newUuid(at),
      shard: 0,
      class: entryClasses.register,
      commitment: Buffer.alloc(32, 7),
    })
  await queue(new Date(Date.UTC(year + 1, 0, 1)))
  await queue(new Date(Date.UTC(year - 1, 11, 31, 23, 59, 59)))
  await stage
    .db('ledgerPending')
    .insert({ eventId: randomUUID(), shard: 0, commitment: Buffer.alloc(32, 8) })
  const before = (await entries()).length
  expect(await stage.sequence()).toBe(3)
  expect([await entries(year - 1), await entries(year + 1)].map((rows) => rows.length)).toEqual([
    1, 1,
  ])
  expect(await entries()).toHaveLength(before + 1)
  await stage.tamper(`update log set state = 'frozen' where year = :year`, { year: year - 1 })
  await queue(new Date(Date.UTC(year - 1, 5, 1)))
  await sequenceNow(stage.session)
  expect(await entries(year - 1)).toHaveLength(1)
  expect(await entries(year + 1)).toHaveLength(2)
  const states = await stage.db('log').select('logId', 'state')
  await stage.tamper("update log set state = 'frozen'")
  await queue(new Date(Date.UTC(year - 1, 5, 1)))
  await expect(stage.sequence()).rejects.toThrow('no log is open')
  for (const { logId, state } of states)
    await stage.tamper('update log set state = :state where log_id = :logId', { logId, state })
  expect(await stage.sequence()).toBe(1)
})

test('a process without the key of the log sequences, and one without its folder does not: both say so', async () => {
  const said: string[] = []
  const { db, databaseUrl, desk, vault } = stage
  const restored = {
    isRestored: () => false,
    isInDoubt: () => false,
    cosignedMs: () => undefined,
    compareSoon: () => undefined,
    stop: async () => {},
  }
  const seal = [randomBytes(32)]
  const ledgerDir = mkdtempSync(join(tmpdir(), 'accord-feed-'))
  const working = (folder: string) => ({
    config: { issuer, ledgerDir: folder, outboundAllow: [] },
    keys: { log: [], seal },
    clock: () => new Date(),
    log: { ...desk.log, info: (_fields: object, text: string) => void said.push(text) },
    restored,
    feed: openFeed(feedFromFolder(feedFolder(folder)), makeFeedKeys(seal)),
  })
  await sequenceNow(stage.session)
  await stage.write(await stage.newPerson(), 1)
  await (await startLog(working(''), databaseUrl, vault)).stop()
  expect(await db('ledgerPending')).toHaveLength(1)
  const log = await startLog(working(ledgerDir), databaseUrl, vault)
  await expect.poll(async () => (await db('ledgerPending')).length).toBe(0)
  await log.stop()
  rmSync(ledgerDir, { recursive: true })
  expect(said).toContain('this process does no work for the log: no LEDGER_DIR')
  expect(said).toContain('this process does not sign the log: no key')
})

test('a batch does not use up log numbers, of which there are 32,767', async () => {
  const used = async () => {
    const { rows } = await stage.db.raw<{ rows: { lastValue: string }[] }>(
      `select last_value from log_log_id_seq`,
    )
    return rows[0]?.lastValue
  }
  const person = await stage.newPerson()
  await stage.write(person, 1)
  await stage.sequence()
  const before = await used()
  for (let n = 0; n < 3; n++) {
    await stage.write(person, 1)
    await stage.sequence()
  }
  expect(await used()).toBe(before)
})

test('days that are closed are told once, by one of two processes, and only of days that are over', async () => {
  const closings = [refusalsClosing, logClosing]
  const now = new Date()
  const day = (before: string) => dayBefore(dayOf(secondsAfter(now, -1800)), before)
  const isClosed = (through: string) => stage.db('refusedMark').update({ day: through })
  const tell = () => tellClosedDays(stage.db, closings, now)
  const told = async () => {
    await stage.sequence()
    const all = (await entries()).map((row) => closingOfEntry(logEntry(row.commitment, row.class)))
    return all.filter((one) => one !== undefined)
  }
  expect(await tell()).toBeUndefined()
  const strays = await countStrayEntries(stage.session)
  await isClosed(day('P4D'))
  expect((await Promise.all([tell(), tell(), tell()])).filter((one) => one)).toEqual([day('P4D')])
  expect(await tell()).toBeUndefined()
  expect(await told()).toEqual([{ through: day('P4D'), days: 0 }])
  // A mark that somebody moved ahead closes no day that is not over.
  await isClosed(day('-P9D'))
  expect(await tell()).toBe(day('P1D'))
  expect(await told()).toContainEqual({ through: day('P1D'), days: 3 })
  await stage.sign()
  // An entry of the house is nobody's event, and hides no other one.
  expect(await countStrayEntries(stage.session)).toBe(strays)
  expect(await overdueDays(stage.session, [logClosing], now)).toEqual([
    { closing: 'log', days: [] },
  ])
  expect(await overdueDays(stage.session, [logClosing], secondsAfter(now, 3 * 86_400))).toEqual([
    { closing: 'log', days: [expect.any(String), expect.any(String)] },
  ])
  // What stands here beside that belongs to nothing.
  const lies = async () => {
    const audit = { issuer, ledgerDir: '', vkeys: [], vault: undefined, publicLeaves: [] }
    const { findings } = await auditDatabase({ ...audit, session: stage.session })
    return findings.filter(({ because }) => !because.startsWith('nothing here has this entry'))
  }
  expect(await lies()).toEqual([])
  // Whoever writes to the database can have the log say a day too early: the log says it to everybody.
  const lie = closingBody({ through: day('-P9D'), days: 10 })
  await transact(stage.db, (tx) => appendHouse(tx, newUuid(now), lie))
  expect(await told()).toHaveLength(3)
  expect(await lies()).toEqual([
    expect.objectContaining({
      because: `it says that ${day('-P9D')} is closed, a day that is not over`,
    }),
  ])
  expect(await overdueDays(stage.session, [logClosing], secondsAfter(now, 3 * 86_400))).toEqual([
    { closing: 'log', days: [expect.any(String), expect.any(String)] },
  ])
})

test('positions and nodes are written once', async () => {
  for (const table of ['ledger_position', 'log_node'])
    await expect(stage.db.raw(`delete from ${table}`)).rejects.toThrow('the ledger never changes')
})
