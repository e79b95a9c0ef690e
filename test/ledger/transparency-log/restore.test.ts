import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { Log, LogFields } from '../../../src/base/logging/log.ts'
import type { RestoreWatch } from '../../../src/base/values/restore-watch.ts'
import { openSession } from '../../../src/base/database/db-session.ts'
import { newUuid } from '../../../src/base/values/ids.ts'
import { readCheckpoint } from '../../../src/base/tlog/checkpoint.ts'
import { emptyRoot } from '../../../src/base/tlog/merkle.ts'
import { openNote } from '../../../src/base/tlog/note.ts'
import { OperatorError } from '../../../src/base/values/operator-error.ts'
import { auditDatabase } from '../../../src/ledger/transparency-log/audit.ts'
import { policyText } from '../../../src/ledger/transparency-log/api.ts'
import { ledgerRestored } from '../../../src/tool/ledger.ts'
import { sayingsBy } from '../../../src/tool/ledger-parts.ts'
import type { DatabaseParts } from '../../../src/ledger/transparency-log/index.ts'
import {
  letDatabaseGoOn,
  restoreRows,
  toldRestores,
} from '../../../src/ledger/transparency-log/index.ts'
import {
  openRestoresInWords,
  acknowledgeRestore,
} from '../../../src/ledger/transparency-log/restore-acknowledgement.ts'
import { twoSigners } from '../../support/two-signers.ts'
import { proofOf } from '../../../src/ledger/transparency-log/proof.ts'
import { walkFiles } from '../../../src/ledger/transparency-log/file-walk.ts'
import { recallRecord } from '../../../src/ledger/transparency-log/lost-record.ts'
import { rebuildRecord } from '../../../src/ledger/transparency-log/rebuild-record.ts'
import { RefusalToSign } from '../../../src/ledger/transparency-log/record.ts'
import { watchRestore } from '../../../src/ledger/transparency-log/restore-watch.ts'
import { signersOf } from '../../../src/ledger/transparency-log/signers.ts'
import { findLog } from '../../../src/ledger/transparency-log/store.ts'
import { makeAskWitnesses } from '../../../src/ledger/transparency-log/witnesses.ts'
import { originOf, readTimeline } from '../../../src/ledger/chain/index.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { backupOf, freshDatabase, untyped } from '../../support/database.ts'
import { freePorts } from '../../support/house.ts'
import { signNow } from '../../support/leases.ts'
import type { RunningWitness } from '../../../src/ledger/witness/index.ts'
import type { LogStage } from './stage.ts'
import { issuer, openLogStage, serveStageWitness, year } from './stage.ts'
import { readOf } from '../../support/commands.ts'

// The database of a log is put back from a backup that is older than what was signed.

const secrets = [randomBytes(32)]
const keys = { data: [randomBytes(32)], seal: [randomBytes(32)] }
const quick = { lookMs: 20, compareMs: 60_000 }

let before: LogStage
/** The database before the last entries were signed; each test restores it. */
let backup: FreshDatabase
let person: string
let witness: RunningWitness
let port: number
/** What the signer remembers when the database is put back. */
let record: string

beforeAll(async () => {
  const database = await freshDatabase()
  const first = await openLogStage(secrets, keys, database)
  port = await freePorts(1)
  witness = await serveStageWitness(first, port)
  const sign = (stage: LogStage) =>
    signNow(stage.session, {
      ...stage.desk,
      ledgerDir: first.ledgerDir,
      askWitnesses: makeAskWitnesses([`localhost:${port}`], stage.desk.log),
    })
  person = await first.newPerson()
  // More than a tile, so that the tree has nodes.
  await queue(first, 297)
  await first.write(person, 3)
  await first.sequence()
  await sign(first)
  // In the tree, and signed only after the backup.
  await first.write(person, 3)
  await first.sequence()
  await first.db.destroy()
  backup = await backupOf(database)
  const second = await openLogStage(secrets, keys, database)
  await second.write(person, 4)
  await second.sequence()
  await sign(second)
  before = { ...second, ledgerDir: first.ledgerDir, folder: first.folder }
  record = readFileSync(join(before.ledgerDir, 'signed.json'), 'utf8')
  await second.db.destroy()
})
afterAll(async () => {
  await witness.close()
  await before.close()
  rmSync(before.ledgerDir, { recursive: true })
  await backup.drop()
})

/** Entries without people. */
async function queue({ db }: LogStage, count: number): Promise<void> {
  const rows = Array.from({ length: count }, () => ({
    eventId: newUuid(new Date()),
    shard: 0,
    class: 0x52,
    commitment: randomBytes(32),
  }))
  await untyped(db).batchInsert('ledgerPending', rows, 1000)
}

type Restored = LogStage & {
  readonly watch: RestoreWatch
  readonly said: string[]
}
const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close()
})

/** A house that starts on the backup. @param ledgerDir of the machine: empty where it does not sign */
async function restore(ledgerDir: string, outboundAllow?: string[]): Promise<Restored> {
  writeFileSync(join(before.ledgerDir, 'signed.json'), record)
  const stage = await openLogStage(secrets, keys, await backupOf(backup))
  open.push(stage)
  const said: string[] = []
  const watch = await watchRestore(watching({ ...stage, said }, ledgerDir, outboundAllow), quick)
  open.push({ close: () => watch.stop() })
  const desk = { ...stage.desk, ledgerDir }
  return { ...stage, ledgerDir, watch, said, desk, sign: () => signNow(stage.session, desk) }
}

const quiet = () => undefined
const nothingThere: RequestListener = (_, response) => void response.writeHead(404).end()

type Speaking = Pick<LogStage, 'db' | 'vault'> & { readonly said: string[] }

const clock = () => new Date()

function watching(
  { db, vault: { seals }, said }: Speaking,
  ledgerDir: string,
  outboundAllow = [`localhost:${port}`],
) {
  const note = (fields: LogFields) => void said.push(`${fields.code ?? ''} ${fields.why ?? ''}`)
  const info = (_fields: LogFields, text: string) => void said.push(text)
  const log: Log = { debug: quiet, info, warn: quiet, error: note }
  const config = { issuer, ledgerDir, outboundAllow }
  return { db, config, keys: { log: ledgerDir === '' ? [] : secrets }, seals, log, clock }
}

const say = (stage: LogStage, operator: string, now = new Date()) =>
  acknowledgeRestore(stage.db, stage.vault.seals, [{ operator, reason: 'the disk is lost' }], now)

/** `accord ledger restored`, as an operator of this database runs it. */
async function restored(
  stage: LogStage,
  words: readonly string[],
  more: Partial<DatabaseParts> = {},
): Promise<string[] | undefined> {
  const given: DatabaseParts = {
    ...stage,
    secrets,
    parts: undefined,
    closings: [],
    code: () => Promise.resolve({ differences: [], says: [] }),
    publicLeaves: [],
    registerFindings: () => Promise.resolve([]),
    feed: undefined,
    sayingsOf: (found, said) => sayingsBy({ issuer, signers: [], now: new Date() }, found, said),
    ...more,
  }
  const asked = readOf(ledgerRestored, words)?.asked
  return asked && 'words' in asked ? letDatabaseGoOn(given, asked.words) : undefined
}

/** A further comparison, of a process that begins now. */
async function compareAgain(stage: Restored, ledgerDir: string, outboundAllow: string[] = []) {
  const watch = await watchRestore(watching(stage, ledgerDir, outboundAllow), quick)
  await watch.stop()
  return watch.isRestored()
}

/** What the signer remembers, with more logs of this year. */
function remember(sizes: Readonly<Record<number, number>>): void {
  const { logs } = JSON.parse(record) as { logs: Record<string, unknown> }
  const more = Object.entries(sizes).map(([shard, size]) => [
    originOf(issuer, year, Number(shard)),
    { size, root: randomBytes(32).toString('base64') },
  ])
  const all = { v: 1, logs: { ...logs, ...Object.fromEntries(more) } }
  writeFileSync(join(before.ledgerDir, 'signed.json'), JSON.stringify(all))
}

const standing = async ({ db }: LogStage) => (await db('logStanding').first())?.isRestored

const restoresIn = async ({ db, vault }: LogStage) =>
  (await readTimeline(db, vault, person, { after: 6, limit: 10 })).map(
    ({ payload }) => payload?.['restored'],
  )

test('a database that is older than the signer’s record is found, and waits', async () => {
  const stage = await restore(before.ledgerDir)
  expect(stage.watch.isRestored()).toBe(true)
  expect(await standing(stage)).toBe(true)
  expect(stage.said).toEqual([
    `LEDGER_RESTORED ${before.origin}: 307 entries had been taken into the log (signed.json); of them this database has a signed tree of 300`,
  ])
  // Deeds go on, and each person's next event says what was found; the tree waits, and nothing is signed.
  await stage.write(person, 2)
  expect(await restoresIn(stage)).toEqual([
    [expect.objectContaining({ log: before.origin, held: 300, taken: 307 })],
    undefined,
  ])
  expect(await stage.sequence()).toBe(0)
  await expect(stage.sign()).rejects.toThrow(RefusalToSign)

  // The next comparison finds the same, and what an operator said of it counts on. A person is told how much may be lost.
  await say(stage, 'Anna')
  const found = await restoreRows(stage.session)
  expect(await compareAgain(stage, before.ledgerDir)).toBe(true)
  expect(await restoreRows(stage.session)).toEqual(found)
  const foundAt = found[0]?.foundAt ?? new Date(0)
  const told = (since: Date) => toldRestores(stage.vault.seals, found, since)
  expect([told(new Date(0)), told(foundAt)]).toEqual([[{ foundAt, lost: 7 }], []])

  // A tree that was cut before a whole bundle of the files.
  await stage.tamper('update log set tree_size = 100')
  const audit = { ...stage, issuer, ledgerDir: before.ledgerDir, publicLeaves: [] }
  const vkeys = before.verifiers.map(({ vkey }) => vkey)
  const { findings } = await auditDatabase({ ...audit, vkeys })
  expect(findings).toContainEqual({
    where: stage.origin,
    index: 100,
    because: '307 entries were signed, but the database holds 100',
  })
})

test('a copy is held against files that went on: what was signed since is counted, and another entry is found', async () => {
  const stage = await restore(before.ledgerDir)
  const vkeys = before.verifiers.map(({ vkey }) => vkey)
  const look = async (isCopy: boolean) => {
    const audit = { ...stage, issuer, ledgerDir: before.ledgerDir, publicLeaves: [], isCopy }
    const { findings, says } = await auditDatabase({ ...audit, vkeys })
    const because = findings.map((one) => one.because)
    return { because: because.filter((one) => !ofThisTest.test(one)), says: says[0] }
  }
  expect(await look(false)).toEqual({
    because: ['307 entries were signed, but the database holds 303'],
    says: `${stage.origin}: 303 entries, 2 checkpoints`,
  })
  expect(await look(true)).toEqual({
    because: [],
    says: `${stage.origin}: 303 entries, 2 checkpoints; 4 more were signed since this copy`,
  })
  await stage.tamper(
    'update ledger_position set commitment = sha256(commitment) where leaf_index = 200',
  )
  expect((await look(true)).because).not.toEqual([])
})
/** Entries that were queued without people, and what the process of this test found itself. */
const ofThisTest =
  /^nothing here has this entry|^297 entries belong to no event|^the database was put back/

test('each of several lost logs of a year is closed, and one goes on; after sixteen none can', async () => {
  const stage = await restore(before.ledgerDir)
  const goOn = async () => {
    const found = await openRestoresInWords(stage.db)
    for (const name of ['Anna', 'Bruno'])
      await restored(stage, ['--reason', 'x', '--operator', name])
    await stage.sign()
    return found
  }
  const logs = async () => {
    const rows: { shard: number; state: string; treeSize: string }[] = await stage
      .db('log')
      .where({ year })
      .orderBy('shard')
    return rows.map(({ shard, state, treeSize }) => `${shard} ${state} ${treeSize}`)
  }
  // The database never had the one, and had nothing signed of the other.
  await stage.db('log').insert({ year, shard: 1, queue: 0, root: emptyRoot })
  remember({ 1: 5, 2: 3 })
  expect(await compareAgain(stage, before.ledgerDir)).toBe(true)
  const lost = [
    [0, 300, 307],
    [1, 0, 5],
    [2, 0, 3],
  ] as const
  expect(await goOn()).toBe(
    lost
      .map(([shard, ...counts]) => `${originOf(issuer, year, shard)}: ${counts.join(' of ')}`)
      .join('; '),
  )
  expect(await logs()).toEqual(['0 frozen 300', '1 frozen 0', '2 frozen 0', '3 open 0'])

  const many = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [n + 4, 9]))
  remember({ 1: 5, 2: 3, ...many })
  expect(await compareAgain(stage, before.ledgerDir)).toBe(true)
  // More than an order can name is named by its hash.
  expect(await goOn()).toMatch(/^[0-9a-f]{64}$/)
  expect((await logs()).filter((log) => log.includes('open'))).toEqual(['3 open 0'])
  expect(await logs()).toHaveLength(16)

  remember({ 1: 5, 2: 3, 3: 1, ...many })
  expect(await compareAgain(stage, before.ledgerDir)).toBe(true)
  await expect(goOn()).rejects.toThrow('has no successor: a year has 16 logs')
})

test('a witness that serves no checkpoints says its size; one that serves another log’s says nothing', async () => {
  const stage = await restore('', [])
  let answer = nothingThere
  const front = createServer((request, response) => answer(request, response)).listen(
    0,
    'localhost',
  )
  await once(front, 'listening')
  open.push({ close: async () => void front.close() })
  const host = `localhost:${(front.address() as AddressInfo).port}`
  const lines = `witness w ${witness.vkey} http://${host}\nquorum w\n`
  await stage.db('logWitnesses').update({ lines })
  expect(await compareAgain(stage, '', [host])).toBe(false)

  // Whatever log it is asked about.
  const note = readFileSync(join(before.folder, 'checkpoint'), 'utf8')
  answer = (request, response) =>
    response.writeHead(request.url?.includes('check') ? 200 : 404).end(note)
  expect(await compareAgain(stage, '', [host])).toBe(true)
  expect((await restoreRows(stage.session)).map(({ origin }) => origin)).toEqual([stage.origin])
  await stage.db('logRestore').delete()

  answer = ({ method }, response) =>
    response.writeHead(method === 'POST' ? 409 : 404).end(method === 'POST' ? '320\n' : '')
  expect(await compareAgain(stage, '', [host])).toBe(true)
  expect(await restoreRows(stage.session)).toMatchObject([
    { held: 300, taken: 320, root: null, knownTo: 'the witness w' },
  ])
  // That it goes on is public, with what is known of the tree.
  const words = ['--reason', 'x', '--operator']
  const alone = restored(stage, [...words, 'Anna'], { vault: undefined })
  await expect(alone).rejects.toThrow('KEYS_DIR is required')
  const written = { sayingsOf: () => Promise.resolve({ lines: ['written'] }) }
  expect(await restored(stage, ['--reason', 'x', '--out', 'x'], written)).toEqual(['written'])
  await restored(stage, [...words, 'Anna'])
  expect(await restored(stage, [...words, 'Bruno'])).toContainEqual(
    expect.stringContaining('It goes on.'),
  )
  const [told]: { document: string }[] = await stage.db('publicObject')
  expect(JSON.parse(told?.document ?? '')).toMatchObject({
    kind: 'log-restored',
    taken: 320,
    root: null,
  })
})

const at = (minutes: number) => new Date(Date.now() + minutes * 60_000)

test('once the register has two signers their keys say it: over what was found, each counted once', async () => {
  const stage = await restore(before.ledgerDir)
  const two = await twoSigners()
  open.push({ close: async () => two.remove() })
  const found = await openRestoresInWords(stage.db)
  expect(found).toBe(`${before.origin}: 300 of 307`)
  const judging = { issuer, signers: two.signers, now: new Date() }
  const by = async (words: Parameters<typeof sayingsBy>[2], about = found) => {
    const sayings = await sayingsBy(judging, about, words)
    if ('lines' in sayings) throw new Error('it was only written')
    return sayings
  }
  const go = async (words: Parameters<typeof by>[0]) =>
    (await acknowledgeRestore(stage.db, stage.vault.seals, await by(words), new Date())).join()
  const reason = 'the disk is lost'
  await expect(by({ operator: 'Anna Tremblay', reason })).rejects.toThrow('--key FILE')
  const [one, other] = two.keys
  const waits = /sig_un has said so\. Nothing goes on before another operator/
  expect(await go({ key: one, reason })).toMatch(waits)
  expect(await go({ key: one, reason })).toMatch(waits)
  const order = two.file('restored.json')
  expect(await sayingsBy(judging, found, { out: order, reason })).toHaveProperty('lines')
  await two.sign(order, other)
  await expect(by({ order }, 'another log: 1 of 2')).rejects.toThrow('over something else')
  expect(await standing(stage)).toBe(true)
  expect(await go({ order })).toContain('It goes on.')
  expect(await standing(stage)).toBe(false)
})

test('two operators let it go on within an hour; the next log of the year takes up the signing', async () => {
  const stage = await restore(before.ledgerDir)
  await stage.write(person, 2)
  const waits = /Nothing goes on before another operator/
  expect((await say(stage, 'Anna Tremblay')).join()).toMatch(waits)
  expect((await say(stage, '  anna TREMBLAY')).join()).toMatch(waits)
  expect((await say(stage, 'Bruno', at(61))).join()).toMatch(waits)
  expect(await standing(stage)).toBe(true)
  expect((await say(stage, 'Anna Tremblay', at(62))).join()).toContain('It goes on.')
  await expect.poll(() => stage.watch.isRestored()).toBe(false)
  await expect(say(stage, 'Carla')).rejects.toThrow('nothing to let go on')

  // The tree waits for the signer, which begins the next log; what no signed tree held is put there in its order.
  expect(await stage.sequence()).toBe(0)
  await stage.sign()
  expect(await stage.sequence()).toBe(3 + 2 + 1)
  await stage.sign()
  const [old, next] = [await findLog(stage.session, year, 0), await findLog(stage.session, year, 1)]
  expect([old?.state, old?.treeSize, next?.state, next?.treeSize]).toEqual([
    'frozen',
    300,
    'open',
    6,
  ])
  const events = await readTimeline(stage.db, stage.vault, person, { after: 0, limit: 10 })
  for (const { eventId } of events)
    expect(await proofOf(stage.db, person, eventId)).toMatchObject({ proof: expect.any(String) })

  // The signer's record keeps what the old log was, and its newest checkpoint is still served.
  const signed = readFileSync(join(before.ledgerDir, 'signed.json'), 'utf8')
  expect(JSON.parse(signed).logs).toMatchObject(JSON.parse(record).logs)
  const newest = readFileSync(join(before.folder, 'checkpoint'), 'utf8')
  expect(readCheckpoint(openNote(newest, before.verifiers).text).size).toBe(307)
  // Who lets it permit for longer while nothing enters the log says so to everybody.
  const late = (logBehindMs?: number) => policyText(stage.db, { issuer, logBehindMs })
  const said = '\n# nothing is permitted once nothing has entered the log for 900 seconds\n'
  expect(await late(900_000)).toContain(said)
  for (const usual of [60_000, undefined]) expect(await late(usual)).not.toContain('permitted')
  expect(await policyText(stage.db, { issuer })).toContain(
    `closed at 300 entries, root ${old?.root.toString('base64')}: it goes on in http://${originOf(issuer, year, 1)}`,
  )
  const audit = { ...stage, issuer, ledgerDir: before.ledgerDir, publicLeaves: [] }
  const vkeys = [0, 1].flatMap((n) =>
    signersOf(secrets, originOf(issuer, year, n)).map(({ verifier }) => verifier.vkey),
  )
  const { findings, says } = await auditDatabase({ ...audit, vkeys })
  expect(says.join('\n')).toMatch(
    /The entries 300 to 306 may belong to no row.*Bruno \(the disk is lost\) and Anna Tremblay/,
  )
  // Only what the test itself queued, without people.
  expect(findings.map(({ because }) => because)).toEqual([
    'nothing here has this entry: an event, a register version, an announcement or a published file is gone',
    '297 entries belong to no event',
  ])
  await loseFiles(stage)
  // A further comparison knows what was lost.
  const again = await watchRestore(watching(stage, before.ledgerDir), quick)
  open.push({ close: () => again.stop() })
  expect(again.isRestored()).toBe(false)
})

/** Of a house that two let go on: its record is gone, then the whole folder. Both come back, by a command and without one. */
async function loseFiles(stage: Restored): Promise<void> {
  const { ledgerDir, session, databaseUrl, desk } = stage
  const file = join(ledgerDir, 'signed.json')
  const known = () => JSON.parse(readFileSync(file, 'utf8')) as unknown
  const told = known()
  const { seals } = stage.vault
  const remembered = async () => {
    const { session: keeping, close } = await openSession(databaseUrl)
    try {
      const parts = { session, keeping, issuer, ledgerDir, secrets, seals, checkpoints: [] }
      return await rebuildRecord(parts)
    } finally {
      await close()
    }
  }
  rmSync(file)
  await expect(stage.sign()).rejects.toThrow('signed.json knows of 0')
  expect(await remembered()).toContainEqual(expect.stringContaining('/p0: 307 entries, known to'))
  expect(known()).toEqual(told)

  // Of a larger tree than the one that two let go on, nobody said anything.
  rmSync(file)
  const row = await stage.db('logRestore').first()
  await stage.db('logRestore').update({ taken: 306 })
  await expect(remembered()).rejects.toThrow('knows of 307 entries, but the database holds 300')
  await stage.db('logRestore').update({ taken: row?.taken })

  const kept = mkdtempSync(join(tmpdir(), 'accord-kept-'))
  cpSync(ledgerDir, kept, { recursive: true })
  for (const name of ['log', 'witnesses', 'signing'])
    rmSync(join(ledgerDir, name), { recursive: true })
  const alone = { ...desk, recall: recallRecord(desk, []), walk: walkFiles(desk) }
  await expect(signNow(session, alone)).rejects.toThrow(/not proved.*accord ledger remember/)
  const allowed = [`localhost:${port}`]
  const recalling = { ...desk, recall: recallRecord(desk, allowed), walk: walkFiles(desk) }
  for (let n = 0; n < 4; n++) await signNow(session, recalling)
  expect(known()).toEqual(told)
  const read = (name: string) => readFileSync(join(ledgerDir, name), 'utf8')
  expect(read('witnesses')).toBe(readFileSync(join(kept, 'witnesses'), 'utf8'))
  // What the database has of the log that ended, and all of the one that goes on.
  const own = readCheckpoint(openNote(read(`log/${year}/p0/checkpoint`), before.verifiers).text)
  expect(own.size).toBe(300)
  for (const path of [`p0/tile/entries/000`, 'p0/tile/0/000', 'p1/tile/entries/000.p/6'])
    expect(read(`log/${year}/${path}`)).toBe(readFileSync(join(kept, `log/${year}`, path), 'utf8'))
  rmSync(ledgerDir, { recursive: true })
  cpSync(kept, ledgerDir, { recursive: true })
  rmSync(kept, { recursive: true })
}

test('a row that somebody deletes comes back, and words that no operator said count for nothing', async () => {
  const stage = await restore(before.ledgerDir)
  const says = new Set<boolean>()
  // Before the next comparison the process that found it remembers.
  const comesBack = () =>
    vi.waitFor(
      async () => {
        says.add(stage.watch.isRestored())
        expect(await standing(stage)).toBe(true)
      },
      { interval: 1, timeout: 20_000 },
    )
  await stage.db('logRestore').delete()
  await comesBack()
  await stage.db('logRestore').update({ wentOnAt: new Date(), takenUpAt: new Date() })
  await comesBack()
  expect([...says]).toEqual([true])
  await stage.db('logRestore').where({ wentOnAt: null }).update({ taken: 301 })
  await expect(say(stage, 'Anna')).rejects.toThrow(OperatorError)
})

/** Watches in a hurry, and soon in doubt. */
async function hurry(stage: Restored, allowed: string[]): Promise<RestoreWatch> {
  const every = { lookMs: 5, compareMs: 5, doubtMs: 100 }
  const made = await watchRestore(watching({ ...stage, said: [] }, '', allowed), every)
  open.push({ close: () => made.stop() })
  return made
}

test('who hinders the comparison gains nothing: what was found counts without its row, and after minutes without one nothing is permitted', async () => {
  const stage = await restore('', [])
  await stage.tamper(`create function refuse_rows() returns trigger language plpgsql as
    $$ begin raise exception 'no'; end $$;
    create trigger refuse_rows before insert on log_restore execute function refuse_rows()`)
  const allowed: string[] = []
  const finds = await hurry(stage, allowed)
  expect(finds.isRestored()).toBe(false)
  allowed.push(`localhost:${port}`)
  await expect.poll(() => finds.isRestored()).toBe(true)
  expect(await standing(stage)).toBe(false)
  // Where what is compared cannot be read, it finds nothing, and does not know that nothing is missing.
  const other = await restore('', [])
  const doubts = await hurry(other, [])
  await other.tamper('alter table log rename to log_elsewhere')
  await expect.poll(() => doubts.isInDoubt()).toBe(true)
  expect(doubts.isRestored()).toBe(false)
  await other.tamper('alter table log_elsewhere rename to log')
  await expect.poll(() => doubts.isInDoubt()).toBe(false)
})

test('without the record, a witness tells; a tree that grew differently is found, too', async () => {
  const stage = await restore('')
  expect(stage.watch.isRestored()).toBe(true)
  expect(stage.said.join()).toContain('307 entries had been taken into the log (the witness w)')

  // To the same size, and to a larger one.
  for (const more of [4, 10]) {
    const grown = await restore('', [])
    await queue(grown, more)
    expect(await grown.sequence()).toBe(more)
    const asked = await watchRestore(watching(grown, ''), quick)
    open.push({ close: () => asked.stop() })
    expect(asked.isRestored()).toBe(true)
  }
})

test('a start goes on where no witness answers, and says so; a comparison later may find more, or what it cannot read', async () => {
  const stage = await restore('', [])
  expect(stage.watch.isRestored()).toBe(false)
  expect(stage.said.splice(0)).toEqual(['WITNESSES_SILENT '])
  const file = join(before.ledgerDir, 'signed.json')
  writeFileSync(file, record.replace('"size": 307', '"size": 305'))
  expect(await compareAgain(stage, before.ledgerDir)).toBe(true)
  const [first] = await restoreRows(stage.session)
  expect(first).toMatchObject({ held: 300, taken: 305 })
  await say(stage, 'Anna')
  writeFileSync(file, record)
  await compareAgain(stage, before.ledgerDir)
  // It was found then; what an operator said of less counts no more.
  const { seal: _seal, ...same } = { ...first, taken: 307, root: expect.any(Buffer) as unknown }
  expect(await restoreRows(stage.session)).toEqual([expect.objectContaining(same)])

  stage.said.splice(0)
  writeFileSync(file, '{')
  await compareAgain(stage, before.ledgerDir)
  expect(stage.said).toEqual([`LEDGER_UNKNOWN ${file} cannot be read: restore it from its backup`])
  writeFileSync(file, Buffer.alloc(300_000))
  await expect(compareAgain(stage, before.ledgerDir)).rejects.toThrow('is too long')

  // What a witness says when it answers again counts.
  const allowed: string[] = []
  writeFileSync(file, record)
  const again = await watchRestore(watching(stage, '', allowed), { lookMs: 5, compareMs: 5 })
  open.push({ close: () => again.stop() })
  allowed.push(`localhost:${port}`)
  await expect.poll(() => stage.said).toContain('a witness answers again')
  expect(again.isRestored()).toBe(true)
})
