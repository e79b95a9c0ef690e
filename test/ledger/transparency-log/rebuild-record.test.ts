import { randomBytes } from 'node:crypto'
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkpointText } from '../../../src/base/tlog/checkpoint.ts'
import type { LogFields } from '../../../src/base/logging/log.ts'
import { emptyRoot, leafHash } from '../../../src/base/tlog/merkle.ts'
import { perfectRoot } from '../../../src/base/tlog/tiles.ts'
import { logEntry, originOf } from '../../../src/ledger/chain/index.ts'
import { walkFiles } from '../../../src/ledger/transparency-log/file-walk.ts'
import type { Session } from '../../../src/base/database/db-session.ts'
import { openSession } from '../../../src/base/database/db-session.ts'
import { takeLease } from '../../../src/base/jobs/lease.ts'
import { newUuid } from '../../../src/base/values/ids.ts'
import { signNote } from '../../../src/base/tlog/note.ts'
import { OperatorError } from '../../../src/base/values/operator-error.ts'
import { rebuildRecord } from '../../../src/ledger/transparency-log/rebuild-record.ts'
import { signersOf } from '../../../src/ledger/transparency-log/signers.ts'
import { findLog } from '../../../src/ledger/transparency-log/store.ts'
import { makeAskWitnesses } from '../../../src/ledger/transparency-log/witnesses.ts'
import type { RunningWitness } from '../../../src/ledger/witness/index.ts'
import { freePorts } from '../../support/house.ts'
import type { LogStage } from './stage.ts'
import { issuer, openLogStage, serveStageWitness, year } from './stage.ts'
import { untyped } from '../../support/database.ts'
import { signNow } from '../../support/leases.ts'

// The signer's record is lost, and perhaps the database is not of today either.

let stage: LogStage
let witness: RunningWitness
let port: number
let record: string
let older: Awaited<ReturnType<typeof findLog>>

beforeEach(async () => {
  stage = await openLogStage()
  record = join(stage.ledgerDir, 'signed.json')
  port = await freePorts(1)
  witness = await serveStageWitness(stage, port)
  await grow(300)
  older = await findLog(stage.session, year, 0)
  cpSync(stage.folder, `${stage.ledgerDir}/then`, { recursive: true })
  await grow(10)
})
afterEach(async () => {
  await witness.close().catch(() => undefined)
  await stage.close()
})

async function queue(count: number): Promise<void> {
  const rows = Array.from({ length: count }, () => ({
    eventId: newUuid(new Date()),
    shard: 0,
    class: 0x52,
    commitment: randomBytes(32),
  }))
  await untyped(stage.db).batchInsert('ledgerPending', rows, 1000)
  await stage.sequence()
}

async function grow(count: number): Promise<void> {
  await queue(count)
  const askWitnesses = makeAskWitnesses([`localhost:${port}`], stage.desk.log)
  await signNow(stage.session, { ...stage.desk, askWitnesses })
}

async function remember(...checkpoints: string[]): Promise<string[]> {
  return rememberAt(stage.ledgerDir, checkpoints)
}

/** @param through changes what the database answers */
async function rememberAt(
  ledgerDir: string,
  checkpoints: readonly string[] = [],
  through: (session: Session) => Session = (session) => session,
): Promise<string[]> {
  const { session, close } = await openSession(stage.databaseUrl)
  try {
    const { session: keeping, desk } = stage
    const parts = {
      session: through(session),
      keeping,
      issuer,
      ledgerDir,
      seals: stage.vault.seals,
    }
    return await rebuildRecord({ ...parts, secrets: desk.secrets, checkpoints })
  } finally {
    await close()
  }
}

// Its rows of entries do not come.
const away = ({ rows }: Session): Session => ({
  rows: (text, values) =>
    text.includes('from ledger_position')
      ? Promise.reject(new Error('the database is away'))
      : rows(text, values),
})

async function refusal(...checkpoints: string[]): Promise<string> {
  const error: unknown = await remember(...checkpoints).catch((cause: unknown) => cause)
  expect(error).toBeInstanceOf(OperatorError)
  return error instanceof Error ? error.message : ''
}

/** A restored backup: rows, checkpoints and files of then. */
async function restoreBackup(): Promise<void> {
  await stage.tamper('delete from ledger_position where leaf_index >= 300')
  await stage.tamper('delete from checkpoint where tree_size > 300; delete from log_signing')
  await stage.tamper('update log set tree_size = 300, root = :root, frontier = :frontier', {
    root: older?.root,
    frontier: older?.frontier,
  })
  rmSync(stage.folder, { recursive: true })
  cpSync(`${stage.ledgerDir}/then`, stage.folder, { recursive: true })
}

test('the record is rebuilt from checkpoints that witnesses cosigned, with the files, and signing goes on', async () => {
  const before = readFileSync(record)
  rmSync(record)
  rmSync(stage.folder, { recursive: true })
  const says = await remember()
  expect(says[0]).toContain(`${stage.origin}: 310 entries, known to http://localhost:${port}/`)
  expect(readFileSync(record)).toEqual(before)
  await grow(5)
  const { size, note } = await stage.published()
  expect(size).toBe(315)
  expect(note).toContain('witness.test/1')
  // A witness that has cosigned is not asked again.
  await signNow(stage.session, {
    ...stage.desk,
    asksAgain: () => true,
    askWitnesses: () => Promise.reject(new Error('it is asked')),
  })
  expect((await stage.published()).note).toBe(note)
})

test('files that are gone come back from rows that lead to the signed tree, and from no others', async () => {
  const told: string[] = []
  const say = (level: string) => (fields: LogFields, text: string) =>
    void told.push(`${level} ${fields.count ?? ''} ${text}`)
  const log = { ...stage.desk.log, warn: say('warn'), error: say('error') }
  const sign = () =>
    signNow(stage.session, { ...stage.desk, walk: walkFiles({ ...stage.desk, log }) })
  const walked = async () => {
    // A turn looks at the files of one log, the next one says what was found.
    const walk = walkFiles({ ...stage.desk, log })
    for (let n = 0; n < 2; n++) await signNow(stage.session, { ...stage.desk, walk })
    return told.splice(0)
  }
  const entries = join(stage.folder, 'tile/entries/000')
  const [hashes, top] = ['0/000', '1/000.p/1'].map((name) => join(stage.folder, 'tile', name))
  const files = [entries, hashes ?? '', top ?? '']
  const all = files.map((file) => readFileSync(file))
  expect(await walked()).toEqual([])
  for (const file of files) rmSync(file)
  expect(await walked()).toEqual(['warn 3 files of the log were gone, and were made again'])
  expect(files.map((file) => readFileSync(file))).toEqual(all)

  // One that the next signature needs, and all of them, without the walk.
  rmSync(stage.folder, { recursive: true })
  await grow(5)
  expect((await stage.published()).size).toBe(315)
  expect(files.map((file) => readFileSync(file))).toEqual(all)
  await sign()

  // A row that flipped, and the same in the tile above: neither leads to the signed root.
  rmSync(entries)
  const flip = 'set_byte(commitment, 3, get_byte(commitment, 3) # 1)'
  await stage.tamper(`update ledger_position set commitment = ${flip} where leaf_index = 7`)
  const lost = 'error 1 files of the log are gone, and the database cannot prove them'
  expect(await walked()).toEqual([lost])
  const { rows } = await stage.db.raw<{ rows: { hash: Buffer }[] }>(
    'select commitment as hash from ledger_position where leaf_index < 256 order by leaf_index',
  )
  const leaves = rows.map(({ hash }) => leafHash(logEntry(hash, 0x52)))
  await stage.tamper('update log_node set hash = :hash where level = 1 and node_index = 0', {
    hash: perfectRoot(leaves, 256),
  })
  expect(await walked()).toEqual([lost])
  await stage.tamper('delete from ledger_position where leaf_index = 7')
  expect(await walked()).toEqual([lost])
  expect(existsSync(entries)).toBe(false)
})

test('an older backup of the database and files is not signed on, because witnesses know a larger tree', async () => {
  rmSync(record)
  await restoreBackup()
  expect(await refusal()).toContain('knows of 310 entries, but the database holds 300')
  // It has grown since, to the same size and beyond: another history.
  await queue(10)
  expect(await refusal()).toContain('another history')
  await queue(10)
  expect(await refusal()).toContain('does not contain the 310 entries')
  expect(existsSync(record)).toBe(false)
  // Nor with a checkpoint of then: it is no proof that there was none later.
  expect(await refusal(join(stage.ledgerDir, 'then/checkpoint'))).toContain('another history')
})

test('without answering witnesses nothing is rebuilt, except from a checkpoint that others kept', async () => {
  rmSync(record)
  const kept = join(stage.ledgerDir, 'kept')
  cpSync(join(stage.folder, 'checkpoint'), kept)
  await witness.close()
  expect(await refusal()).toContain('0 answered, and that is not enough')
  rmSync(join(stage.ledgerDir, 'witnesses'))
  expect(await refusal()).toContain('not enough')
  // What lies in the folder is later than what was kept: it counts. A log in which nothing was ever taken has no tree to remember.
  await stage.tamper('delete from checkpoint')
  await stage.db('log').insert({ year: year - 1, shard: 0, root: emptyRoot })
  const says = await remember(join(stage.ledgerDir, 'then/checkpoint'))
  expect(says.slice(0, 2)).toEqual([
    `${originOf(issuer, year - 1)}: nobody knows of a signed tree`,
    expect.stringContaining('310 entries'),
  ])
  await stage.tamper('delete from log where year = :year', { year: year - 1 })
  rmSync(record)
  await restoreBackup()
  expect(await refusal(kept)).toContain('knows of 310 entries, but the database holds 300')
})

test('notes of another key or log, and a row that flipped, are refused', async () => {
  rmSync(record)
  const forged = join(stage.ledgerDir, 'forged')
  const tree = { origin: stage.origin, size: 400, root: randomBytes(32) }
  writeFileSync(forged, signNote(checkpointText(tree), signersOf([randomBytes(32)], stage.origin)))
  expect(await refusal(forged)).toContain('signed by none of these keys')
  writeFileSync(forged, 'no note')
  expect(await refusal(forged)).toContain('is no signed note')
  const checkpoint = join(stage.folder, 'checkpoint')
  const honest = readFileSync(checkpoint)
  const other = checkpointText({ ...tree, origin: `${stage.origin}x` })
  const secrets = stage.desk.secrets.filter((secret) => Buffer.isBuffer(secret))
  writeFileSync(checkpoint, signNote(other, signersOf(secrets, stage.origin)))
  expect(await refusal()).toContain('checkpoint is of another log.')
  writeFileSync(checkpoint, honest)
  const flip = 'set_byte(commitment, 3, get_byte(commitment, 3) # 1)'
  await stage.tamper(`update ledger_position set commitment = ${flip} where leaf_index = 7`)
  expect(await refusal()).toContain('tile 0/0 of its rows is not what the tree holds')
  await stage.tamper('delete from ledger_position where leaf_index = 7')
  expect(await refusal()).toContain(
    'The database does not hold what it should: rows of the log are missing.',
  )
  // A database that does not answer is no database that lost rows.
  await expect(rememberAt(stage.ledgerDir, [], away)).rejects.toThrow('the database is away')
  expect(existsSync(record)).toBe(false)
})

test('an existing record is never replaced, nor a record rebuilt beside a process that signs', async () => {
  expect(await refusal()).toContain('signed.json is there')
  rmSync(record)
  const other = await openSession(stage.databaseUrl)
  const holder = crypto.randomUUID()
  await takeLease(other.session, { duty: 'log.sign/0', holder, lifeMs: 60_000 })
  expect(await refusal()).toContain('stop it first')
  await other.close()
  await expect(rememberAt('')).rejects.toThrow('This machine does not sign')
  // A witness without an address is not asked; one that knows nothing of the log has answered.
  const policy = join(stage.ledgerDir, 'witnesses')
  const [line = ''] = readFileSync(policy, 'utf8').split('\n')
  writeFileSync(policy, `${line.replace(/ http.*$/, '')}\nquorum w\n`)
  await expect.poll(() => refusal()).toContain('0 answered')
  writeFileSync(policy, `${line}/nothing\nquorum w\n`)
  expect(await remember()).toEqual([
    expect.stringContaining('310 entries, known to'),
    expect.stringContaining('written:'),
  ])
})
