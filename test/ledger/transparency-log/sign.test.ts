import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  consistencyRanges,
  emptyFrontier,
  grow,
  hashRanges,
  holdsConsistency,
  leafHash,
  rootOf,
} from '../../../src/base/tlog/merkle.ts'
import type { Session } from '../../../src/base/database/db-session.ts'
import { readPolicy } from '../../../src/base/tlog/log-policy.ts'
import { openNote } from '../../../src/base/tlog/note.ts'
import { judgeTree } from '../../../src/base/tlog/trusted-tree.ts'
import { entriesIn, nodesFromTiles, tilesOf } from '../../../src/base/tlog/tiles.ts'
import { dayAfter, dayOf } from '../../../src/base/values/calendar.ts'
import { checkpointsOfDays } from '../../../src/ledger/transparency-log/checkpoint-days.ts'
import { heldSizeOfTree, largest } from '../../../src/ledger/transparency-log/compare-restored.ts'
import { youngestIn } from '../../../src/ledger/transparency-log/temporary-files.ts'
import {
  readLogFile,
  readTileFile,
  tilesFromFiles,
} from '../../../src/ledger/transparency-log/files.ts'
import {
  isSignedTree,
  newestTree,
  findLog,
  logRows,
  saveCheckpoint,
} from '../../../src/ledger/transparency-log/store.ts'
import { RefusalToSign } from '../../../src/ledger/transparency-log/record.ts'
import { signDuty } from '../../../src/ledger/transparency-log/sign.ts'
import { policyText } from '../../../src/ledger/transparency-log/api.ts'
import { signersOf, verifiersOf } from '../../../src/ledger/transparency-log/signers.ts'
import { newUuid } from '../../../src/base/values/ids.ts'
import type { LogStage } from './stage.ts'
import { issuer, openLogStage, year } from './stage.ts'
import { untyped } from '../../support/database.ts'
import { signNow, underLease } from '../../support/leases.ts'

let stage: LogStage

beforeEach(async () => {
  stage = await openLogStage()
})

afterEach(() => stage.close())

/** Many entries at once, without people. */
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

test('each signed checkpoint agrees with the files and extends the one before', async () => {
  const trees = []
  for (const count of [1, 200, 54, 1, 70, 600]) {
    await queue(count)
    await stage.sign()
    trees.push(await stage.published())
    expect(trees.at(-1)?.size).toBe((await findLog(stage.session, year, 0))?.treeSize)
  }
  const last = trees.at(-1)
  if (last === undefined) throw new Error('nothing is published')
  const read = nodesFromTiles(last.size, tilesFromFiles(stage.folder))
  for (const tree of trees) {
    const path = await hashRanges(consistencyRanges(tree.size, last.size), read)
    expect(holdsConsistency(tree, last, path)).toBe(true)
  }
  const entries: Buffer[] = []
  for (const tile of tilesOf(last.size)) {
    const bytes = await readTileFile(stage.folder, tile)
    if (tile.level === 'entries')
      entries.push(...(entriesIn(bytes ?? Buffer.alloc(0), tile.width) ?? []))
  }
  expect(rootOf(grow(emptyFrontier, entries.map(leafHash)))).toEqual(last.root)
  // Where the edge was, only the full tile is left; nothing half written stays.
  expect(readdirSync(join(stage.folder, 'tile/0'))).toEqual(['000', '001', '002', '003.p'])
  expect(readdirSync(join(stage.folder, 'tile/0/003.p'))).toEqual([String(last.size - 768)])
  // Whoever asks for an earlier edge gets it from the full tile (C2SP tlog-tiles); a machine without the folder has no file.
  const tile = { level: 0, index: 1 }
  const full = await readTileFile(stage.folder, { ...tile, width: 256 })
  expect(await readTileFile(stage.folder, { ...tile, width: 10 })).toEqual(full?.subarray(0, 320))
  expect(await readLogFile('', { year, shard: 0 }, 'checkpoint')).toBeUndefined()
})

test('what a database holds of a tree that others know is its newest signed tree, unless it contains that tree', async () => {
  const held = async (size: number, root: Buffer | null, shard = 0) => {
    const known = { origin: stage.origin, year, shard, size, root, knownTo: 'a witness' }
    return heldSizeOfTree(stage.session, await logRows(stage.session), known)
  }
  expect(await newestTree(stage.db)).toBe('')
  await queue(4)
  expect(await held(9, null)).toBe(0)
  await stage.sign()
  const signed = await stage.published()
  await queue(3)
  const { root } = (await findLog(stage.session, year, 0)) ?? signed
  await queue(3)
  await stage.sign()
  const now = await stage.published()
  const other = randomBytes(32)
  for (const [size, its] of [
    [0, other],
    [4, null],
    [4, signed.root],
    [7, root],
    [10, now.root],
  ] as const)
    expect(await held(size, its)).toBeUndefined()
  for (const size of [4, 7, 10, 11]) expect(await held(size, other)).toBe(10)
  expect(await held(4, signed.root, 1)).toBe(0)
  await stage.tamper('delete from ledger_position where leaf_index = 2')
  expect(await held(7, root)).toBe(10)

  const known = { origin: stage.origin, year, shard: 0, knownTo: 'w' }
  const trees = [4, 7, 7, 7, 5].map((size, n) => ({ ...known, size, root: n === 2 ? root : null }))
  expect(largest(trees)).toEqual([{ ...known, size: 7, root }])

  // In one line, as a page shows it.
  const line = await newestTree(stage.db)
  expect(line).toBe(`${stage.origin} 10 ${now.root.toString('base64')}`)
  const shown = ['', line, line.replace(' 10 ', ' 4 '), line.replace(' 10 ', ' 010 '), 'no tree']
  expect(await Promise.all(shown.map((one) => isSignedTree(stage.db, one)))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ])
  const today = dayOf(new Date())
  const days = await checkpointsOfDays(stage.session, issuer, today, dayAfter(today, 'P1D'))
  const { size, root: last } = now
  expect(days).toMatchObject([
    { day: today, origin: stage.origin, size, root: last, names: [stage.origin] },
  ])
})

test('without new entries nothing is signed; a checkpoint that was not published is published again', async () => {
  await stage.grow(3)
  const { note } = await stage.published()
  await stage.sign()
  expect((await stage.published()).note).toBe(note)
  // Nor where the witnesses are to be asked again, and none is named.
  await signNow(stage.session, { ...stage.desk, asksAgain: () => true })
  expect((await stage.published()).note).toBe(note)
  // Killed after the record was written, before anything was published.
  rmSync(join(stage.folder, 'checkpoint'))
  await stage.tamper('delete from checkpoint')
  await stage.sign()
  expect((await stage.published()).note).toBe(note)
})

async function refusal(): Promise<string> {
  const before = await stage.published().catch(() => undefined)
  const error: unknown = await stage.sign().catch((cause: unknown) => cause)
  expect(error).toBeInstanceOf(RefusalToSign)
  expect(await stage.published().catch(() => undefined)).toEqual(before)
  return error instanceof Error ? error.message : ''
}
const logs = () => stage.db('log').where({ year }).first<{ logId: number }>()

// I29: nothing is signed that contradicts what was signed before.
describe('refuses to sign', () => {
  test('an older state of the database, and one that has grown differently', async () => {
    await queue(5)
    const older = await findLog(stage.session, year, 0)
    await queue(5)
    await stage.sign()
    // A restored backup: rows and checkpoints of then.
    await stage.tamper('delete from ledger_position where leaf_index >= 5; delete from checkpoint')
    await stage.tamper('update log set tree_size = 5, root = :root, frontier = :frontier', {
      root: older?.root,
      frontier: older?.frontier,
    })
    expect(await refusal()).toContain('10 entries were signed, but the database holds 5')
    await queue(5)
    expect(await refusal()).toContain('another tree of 10 entries')
    await queue(5)
    expect(await refusal()).toContain('does not contain the 10 that were signed')
  })

  test('a tree that does not extend its own record, or without a readable record', async () => {
    await stage.grow(4)
    const record = join(stage.ledgerDir, 'signed.json')
    const text = readFileSync(record, 'utf8')
    await stage.grow(4)
    writeFileSync(record, text)
    expect(await refusal()).toContain('8 entries are published, but signed.json knows of 4')
    rmSync(record)
    expect(await refusal()).toContain('knows of 0')
    for (const bad of [
      '',
      '{',
      '{"v":1}',
      '{"v":1,"logs":{"a":{"size":-1,"root":""}}}',
      '{"v":1,"logs":{"a":{"size":1}}}',
      '{"v":1,"logs":{"a":null}}',
      '{"v":2,"logs":{}}',
    ]) {
      writeFileSync(record, bad)
      expect(await refusal()).toContain('cannot be read')
    }
    // Its duty says so at once, again after a minute, and when it is for another reason.
    const [said, at]: [unknown[], Date] = [[], new Date()]
    let [compared, later] = [0, 0]
    const duty = signDuty({
      ...stage.desk,
      clock: () => new Date(at.getTime() + later),
      log: { ...stage.desk.log, error: ({ outcome }) => void said.push(outcome) },
      refused: () => void compared++,
    })
    const turn = async () =>
      underLease(
        stage.session,
        'log.sign/0',
        (lease) => duty.turn(stage.session, lease),
        await youngestIn(stage.ledgerDir),
      )
    for (later of [0, 59_999, 60_000]) await turn()
    const unreadable: unknown = expect.stringContaining('signed.json cannot be read')
    expect([said, compared]).toEqual([[unreadable, unreadable], 3])
    writeFileSync(join(stage.ledgerDir, 'witnesses'), 'quorum most\n')
    await turn()
    expect(said.slice(2)).toEqual([
      expect.stringContaining('witnesses has a line 1 that is none of a policy'),
    ])
    // Any other fault ends the turn.
    writeFileSync(join(stage.ledgerDir, 'witnesses'), Buffer.alloc(300_000))
    await expect(turn()).rejects.toThrow('is too long')
  })

  test('a row with a flipped bit, before it is published', async () => {
    await queue(300)
    const { logId } = await logs()
    await stage.tamper(
      `update ledger_position set commitment = set_byte(commitment, 3, get_byte(commitment, 3) # 1) where log_id = :logId and leaf_index = 17`,
      { logId },
    )
    expect(await refusal()).toContain('tile 0/0')
    await stage.tamper(
      `update ledger_position set commitment = set_byte(commitment, 3, get_byte(commitment, 3) # 1) where log_id = :logId and leaf_index = 17`,
      { logId },
    )
    await stage.tamper(
      `update ledger_position set commitment = set_byte(commitment, 3, get_byte(commitment, 3) # 1) where log_id = :logId and leaf_index = 299`,
      { logId },
    )
    expect(await refusal()).toContain('do not lead to its root')
  })

  test('on a file with a flipped bit, when it is needed next', async () => {
    await queue(300)
    await stage.sign()
    const tile = join(stage.folder, 'tile/0/001.p/44')
    await queue(1)
    const upper = join(stage.folder, 'tile/1/000.p/1')
    const bytes = readFileSync(upper)
    writeFileSync(upper, Buffer.concat([Buffer.from([(bytes[0] ?? 0) ^ 1]), bytes.subarray(1)]))
    expect(readFileSync(tile)).toHaveLength(44 * 32)
    expect(await refusal()).toContain('do not lead to its root')
  })
})

test('a process that was stopped while another signed does not overwrite its files', async () => {
  await queue(300)
  await stage.sign()
  const record = join(stage.ledgerDir, 'signed.json')
  const signed = readFileSync(record, 'utf8').replace('"size": 300', '"size": 400')
  await queue(10)
  // What this process still reads of the tree, the other one has long signed.
  const session: Session = {
    rows: async (text, values) => {
      if (text.includes('from ledger_position')) writeFileSync(record, signed)
      return stage.session.rows(text, values)
    },
  }
  await expect(signNow(session, stage.desk)).rejects.toThrow('another process signed')
  expect(readFileSync(record, 'utf8')).toBe(signed)
  expect((await stage.published()).size).toBe(300)
})

test('the failure to write a tile is reported after all other writes have ended; a strange folder of drafts is no empty one', async () => {
  await queue(2000)
  mkdirSync(join(stage.folder, 'tile/0/003'), { recursive: true })
  await expect(stage.sign()).rejects.toThrow('EISDIR')
  const written = readdirSync(join(stage.folder, 'tile/0'))
  const drafts = join(stage.ledgerDir, 'signing', String(await youngestIn(stage.ledgerDir)))
  expect(readdirSync(drafts)).toEqual([])
  rmSync(join(stage.folder, 'tile/0/003'), { recursive: true })
  await stage.sign()
  expect((await stage.published()).size).toBe(2000)
  expect(written).toContain('006')

  const elsewhere = join(stage.ledgerDir, 'elsewhere')
  mkdirSync(elsewhere)
  writeFileSync(join(elsewhere, 'signing'), '')
  await expect(youngestIn(elsewhere)).rejects.toThrow('ENOTDIR')
})

test('a new key signs beside the old one, then alone, and each log has its own keys', async () => {
  await stage.grow(2)
  const own = stage.desk.secrets.filter((secret) => Buffer.isBuffer(secret))
  const both = [randomBytes(32), ...own]
  await stage.write(await stage.newPerson(), 1)
  await stage.sequence()
  await signNow(stage.session, { ...stage.desk, secrets: both })
  const { note } = await stage.published()
  const verifiers = signersOf(both, stage.origin).map(({ verifier }) => verifier)
  for (const verifier of verifiers) expect(openNote(note, [verifier]).signatures).toHaveLength(1)
  await stage.write(await stage.newPerson(), 1)
  await stage.sequence()
  await signNow(stage.session, { ...stage.desk, secrets: both.slice(0, 1) })
  const log = await findLog(stage.session, year, 0)
  const alone = readFileSync(join(stage.folder, 'checkpoint'), 'utf8')
  expect(openNote(alone, verifiers).signatures.map(({ verifier }) => verifier)).toEqual(
    verifiers.slice(0, 1),
  )
  const known: { vkey: string }[] = await stage.db('logKey').where({ logId: log?.logId })
  expect(known.map(({ vkey }) => vkey).toSorted()).toEqual(
    verifiers.map(({ vkey }) => vkey).toSorted(),
  )
  const [other] = signersOf(both, `${stage.origin}x`)
  expect(verifiers.some(({ raw }) => raw.equals(other?.verifier.raw ?? raw))).toBe(false)
})

test('a log signs by ML-DSA-44 beside Ed25519, under its own name, and both keys are known', async () => {
  await stage.grow(2)
  const { secrets } = stage.desk
  const two = [...secrets, { lasting: randomBytes(32) }]
  await stage.write(await stage.newPerson(), 1)
  await stage.sequence()
  const began = Math.floor(Date.now() / 1000)
  await signNow(stage.session, { ...stage.desk, secrets: two })
  const { note } = await stage.published()
  const verifiers = await verifiersOf(two, stage.origin)
  expect(verifiers.map(({ name, algorithm }) => [name, algorithm])).toEqual([
    [stage.origin, 'ed25519'],
    [stage.origin, 'ml-dsa-44'],
  ])
  const [, lasting] = openNote(note, verifiers).signatures
  expect(lasting?.time).toBeGreaterThanOrEqual(began)
  const log = await findLog(stage.session, year, 0)
  const known: { vkey: string }[] = await stage.db('logKey').where({ logId: log?.logId })
  const all = known.map(({ vkey }) => vkey)
  for (const { vkey } of verifiers) expect(all).toContain(vkey)
  const policy = readPolicy(await policyText(stage.db, { issuer }))
  expect(policy.logs.map(({ verifier }) => verifier.vkey)).toEqual(
    expect.arrayContaining(verifiers.map(({ vkey }) => vkey)),
  )
  expect(judgeTree(note, policy, new Date())).toMatchObject({ isByLog: true, isQuorum: true })
  // Without it the log goes on, and the key has signed up to there.
  await stage.write(await stage.newPerson(), 1)
  await stage.sequence()
  await stage.sign()
  const later = await stage.db('logKey').where({ vkey: verifiers[1]?.vkey ?? '' })
  expect(later).toEqual([expect.objectContaining({ lastSize: expect.anything() })])
})

test('a checkpoint of the same size with another root does not replace the existing one', async () => {
  await stage.grow(2)
  const log = await findLog(stage.session, year, 0)
  const { note } = await stage.published()
  const other = { treeSize: 2, root: Buffer.alloc(32), note: 'x' }
  await underLease(stage.session, 'log.sign/0', (lease) =>
    saveCheckpoint(stage.session, lease, log?.logId ?? 0, other),
  )
  const [row]: { note: string }[] = await stage.db('checkpoint')
  expect(row?.note).toBe(note)
})
