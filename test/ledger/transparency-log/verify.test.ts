import { randomBytes } from 'node:crypto'
import { readFileSync, readdirSync, rmSync, truncateSync, writeFileSync, cpSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Audit } from '../../../src/ledger/transparency-log/audit.ts'
import { auditDatabase } from '../../../src/ledger/transparency-log/audit.ts'
import { sealRestore } from '../../../src/ledger/transparency-log/restore.ts'
import { insertRestore } from '../../../src/ledger/transparency-log/restore-store.ts'
import { checkpointText } from '../../../src/base/tlog/checkpoint.ts'
import { newUuid } from '../../../src/base/values/ids.ts'
import { emptyFrontier, grow, leafHash, rootOf } from '../../../src/base/tlog/merkle.ts'
import { signNote } from '../../../src/base/tlog/note.ts'
import { tilePath, tilesOf } from '../../../src/base/tlog/tiles.ts'
import type { Finding } from '../../../src/base/tlog/verify-log.ts'
import { logEntry } from '../../../src/ledger/chain/index.ts'
import { transact } from '../../../src/base/database/database.ts'
import { announcedLeaves, publishObject } from '../../../src/ledger/transparency-log/public.ts'
import { tilesFromRows } from '../../../src/ledger/transparency-log/rows-source.ts'
import { signersOf } from '../../../src/ledger/transparency-log/signers.ts'
import { findLog, positions } from '../../../src/ledger/transparency-log/store.ts'
import type { LogStage } from './stage.ts'
import { issuer, openLogStage, year } from './stage.ts'

// Whoever owns the database and the files, but none of the keys, changes one thing in a log of some people.

let stage: LogStage
let people: string[]
let kept: string

beforeAll(async () => {
  stage = await openLogStage()
  people = []
  for (const count of [4, 3, 5, 2]) people.push(await stage.grow(count))
  await stage.db.raw('create schema kept')
  for (const table of tables) await stage.db.raw(`create table kept.${table} as table ${table}`)
  kept = `${stage.ledgerDir}-kept`
  cpSync(stage.ledgerDir, kept, { recursive: true })
})
afterAll(async () => {
  await stage.close()
  rmSync(kept, { recursive: true, force: true })
})

const tables = [
  'ledger_event',
  'ledger_position',
  'log_node',
  'log',
  'checkpoint',
  'ledger_pending',
  'person_head',
]

beforeEach(async () => {
  for (const table of tables.filter((name) => name !== 'person_head')) {
    await stage.tamper(`delete from ${table}`)
    await stage.tamper(`insert into ${table} overriding system value select * from kept.${table}`)
  }
  await stage.tamper(
    `update person_head h set next_seq = k.next_seq, head_commitment = k.head_commitment, updated_at = k.updated_at
     from kept.person_head k where k.person_id = h.person_id`,
  )
  rmSync(stage.ledgerDir, { recursive: true })
  cpSync(kept, stage.ledgerDir, { recursive: true })
})

async function audit(withKeys = true, more: Partial<Audit> = {}): Promise<Finding[]> {
  const { findings } = await auditDatabase({
    session: stage.session,
    issuer,
    ledgerDir: stage.ledgerDir,
    vkeys: withKeys ? stage.verifiers.map(({ vkey }) => vkey) : [],
    vault: withKeys ? stage.vault : undefined,
    publicLeaves: [],
    ...more,
  })
  return [...findings]
}

const flip = (column: string) => `${column} = set_byte(${column}, 5, get_byte(${column}, 5) # 4)`

/** The files and the tree made anew from what the rows say now, as whoever owns both would. */
async function rewriteAll(): Promise<void> {
  const log = await findLog(stage.session, year, 0)
  const rows = await positions(stage.session, log?.logId ?? 0, 0, 1000)
  const leaves = rows.map((row) => leafHash(logEntry(row.commitment, row.class)))
  const tree = grow(emptyFrontier, leaves)
  await stage.tamper('update log set tree_size = :size, root = :root, frontier = :frontier', {
    size: leaves.length,
    root: rootOf(tree),
    frontier: Buffer.concat([...tree.nodes]),
  })
  const read = tilesFromRows(stage.session, log?.logId ?? 0)
  for (const tile of tilesOf(leaves.length))
    writeFileSync(join(stage.folder, tilePath(tile)), await read(tile))
}

test('an unchanged log is valid, with keys and without', async () => {
  expect(await audit()).toEqual([])
  expect(await audit(false)).toEqual([])
  // The operator's key is enough where the database names none.
  const keys = await stage.db('logKey')
  await stage.tamper('delete from log_key')
  expect(await audit()).toEqual([])
  await stage.db('logKey').insert(keys)
})

test('what the register says it announced, and no log has, is named', async () => {
  const sha256 = randomBytes(32)
  const kind = 'register-version'
  const leaf = { kind, ref: 'org_one@1', leafId: undefined, holds: true, sha256 } as const
  expect(await audit(true, { publicLeaves: [leaf] })).toEqual([
    { where: 'org_one@1', because: 'it has no entry in the public log' },
  ])
})

test('a public document whose entry is in no log and does not wait for one is named', async () => {
  await transact(stage.db, (tx) => publishObject(tx, { kind: 'verifier' }, new Date()))
  const publicLeaves = await announcedLeaves(stage.db)
  expect(await audit(true, { publicLeaves })).toEqual([])
  for (const { leafId } of publicLeaves)
    await stage.tamper(`delete from ledger_pending where event_id = '${leafId}'`)
  expect(await audit(true, { publicLeaves })).toContainEqual({
    where: publicLeaves[0]?.ref,
    because: 'its entry is in no log, and does not wait for one',
  })
  await stage.tamper('delete from public_object')
})

test('a log that the signer signed and the database does not have is named', async () => {
  for (const table of ['log', 'ledger_position', 'checkpoint', 'log_node'])
    await stage.tamper(`delete from ${table}`)
  expect(await audit()).toContainEqual({
    where: stage.origin,
    because: '14 entries were signed, but the database has no such log',
  })
  // What operators let go on is no finding; without keys nobody can tell whether they did. An earlier address had logs of its own.
  const record = readFileSync(join(stage.ledgerDir, 'signed.json'), 'utf8')
  const { logs } = JSON.parse(record) as { logs: Record<string, unknown> }
  const earlier = { 'accord.example/log/2024/p0': logs[stage.origin], accord: logs[stage.origin] }
  const all = JSON.stringify({ v: 1, logs: { ...logs, ...earlier } })
  writeFileSync(join(stage.ledgerDir, 'signed.json'), all)
  const found = { origin: stage.origin, year, shard: 0, held: 0, taken: 14, root: null }
  const at = { foundAt: new Date(), wentOnAt: new Date(), takenUpAt: null }
  const gone = {
    ...found,
    ...at,
    restoreId: newUuid(new Date()),
    knownTo: 'signed.json',
    words: [],
  }
  const row = { ...gone, seal: sealRestore(stage.vault.seals, gone) }
  await insertRestore(stage.db, row)
  const noted = () =>
    audit().then((findings) => findings.filter(({ where }) => where === row.origin))
  expect((await noted()).map(({ because }) => because).join()).toContain(
    'the database was put back: 14 entries had been taken into the log (signed.json); of them this database has a signed tree of 0; no two operators',
  )
  await stage.db('logRestore').update({ wentOnAt: row.wentOnAt, seal: row.seal })
  expect(await noted()).toEqual([])
  expect((await audit()).filter(({ because }) => because.includes('no such log'))).toEqual([])
  expect((await audit(false)).map(({ because }) => because).join()).toContain(
    'cannot be checked without keys',
  )
  await stage.db('logRestore').delete()
  writeFileSync(join(stage.ledgerDir, 'signed.json'), 'nothing')
  expect(await audit()).toContainEqual({
    where: issuer,
    because: expect.stringContaining('cannot be read') as string,
  })
})

describe('in the database', () => {
  const position = 'update ledger_position set'
  test.each<[string, string, number]>([
    ['an entry edited', `${position} ${flip('commitment')} where leaf_index = 6`, 6],
    ['an entry deleted', 'delete from ledger_position where leaf_index = 6', 6],
    ['the last entry deleted', 'delete from ledger_position where leaf_index = 13', 13],
    [
      'an entry after the last',
      `insert into ledger_position select log_id, 80, 14, gen_random_uuid(), root from log`,
      14,
    ],
    [
      'two entries swapped',
      `${position} commitment = (select commitment from kept.ledger_position k where k.leaf_index = 11 - ledger_position.leaf_index), event_id = (select event_id from kept.ledger_position k where k.leaf_index = 11 - ledger_position.leaf_index) where leaf_index in (5, 6)`,
      5,
    ],
    ['an entry of another class', `${position} class = 82 where leaf_index = 9`, 9],
    [
      'all renumbered',
      `${position} leaf_index = leaf_index + 1000; ${position} leaf_index = leaf_index - 999`,
      0,
    ],
  ])('%s: the first wrong entry is named', async (_, statement, index) => {
    if (statement.includes('11 -')) {
      await stage.tamper('delete from ledger_position where leaf_index in (5, 6)')
      await stage.tamper(
        'insert into ledger_position select log_id, class, 11 - leaf_index, event_id, commitment from kept.ledger_position where leaf_index in (5, 6)',
      )
    } else for (const one of statement.split('; ')) await stage.tamper(one)
    const [first] = await audit(false)
    expect(first?.index).toBe(index)
  })

  test('an inserted entry with the rest renumbered is found', async () => {
    await stage.tamper(
      'update ledger_position set leaf_index = leaf_index + 1000 where leaf_index >= 4',
    )
    await stage.tamper(
      `insert into ledger_position select log_id, 80, 4, :id, :commitment from log`,
      { id: newUuid(new Date()), commitment: randomBytes(32) },
    )
    await stage.tamper(
      'update ledger_position set leaf_index = leaf_index - 999 where leaf_index >= 1000',
    )
    expect((await audit(false))[0]?.index).toBe(4)
  })

  test.each<[string, string, string]>([
    [
      'its event edited',
      `update ledger_event set ${flip('commitment')} where person_id = :p and person_seq = 2`,
      'its entry is of something else',
    ],
    [
      'its event and its entry edited alike',
      `with e as (update ledger_event set ${flip('commitment')} where person_id = :p and person_seq = 2 returning event_id) update ledger_position set ${flip('commitment')} where event_id = (select event_id from e)`,
      'the database holds another entry',
    ],
    [
      'its body edited',
      `update ledger_event set ${flip('body')} where person_id = :p and person_seq = 2`,
      'it does not open',
    ],
    [
      'its event deleted',
      'delete from ledger_event where person_id = :p and person_seq = 2',
      'it is missing',
    ],
    [
      'the end of its chain cut',
      'delete from ledger_event where person_id = :p and person_seq = 5; update person_head set next_seq = 5, head_commitment = (select commitment from kept.ledger_event e where e.person_id = :p and person_seq = 4), updated_at = (select recorded_at from kept.ledger_event e where e.person_id = :p and person_seq = 4) where person_id = :p',
      'nothing here has this entry: an event, a register version, an announcement or a published file is gone',
    ],
    [
      'an event that no log has',
      `delete from ledger_position where event_id = (select event_id from ledger_event where person_id = :p and person_seq = 5)`,
      'it is in no log',
    ],
  ])('a change of a person’s chain is found: %s', async (_, statement, because) => {
    const [, , p] = people
    for (const one of statement.split('; ')) await stage.tamper(one, { p: p ?? '' })
    const found = await audit()
    expect(found.map((finding) => finding.because).join('\n')).toContain(because)
  })

  test('a log cut to an older, consistent state is found, its files included', async () => {
    await stage.tamper('delete from ledger_position where leaf_index >= 7')
    await stage.tamper('delete from checkpoint where tree_size > 7')
    await stage.tamper(
      'delete from ledger_event e where not exists (select 1 from ledger_position p where p.event_id = e.event_id)',
    )
    await rewriteAll()
    const checkpoint: { note: string } = await stage.db('checkpoint').where({ treeSize: 7 }).first()
    writeFileSync(join(stage.folder, 'checkpoint'), checkpoint.note)
    const [first] = await audit(false)
    expect(first).toMatchObject({
      index: 7,
      because: '14 entries were signed, but the database holds 7',
    })
  })

  test('a log rewritten without the key is found, because no signature fits its tree', async () => {
    await stage.tamper(`update ledger_position set ${flip('commitment')} where leaf_index = 8`)
    await stage.tamper(
      `update ledger_event e set commitment = p.commitment from ledger_position p where p.event_id = e.event_id`,
    )
    await rewriteAll()
    const [first] = await audit(false)
    // Signed were trees of 4, 7, 12, and 14 entries.
    expect(first?.index).toBe(7)
    expect(first?.because).toContain('an entry from 7 to 11')
    expect((await audit()).some(({ index }) => index === 8)).toBe(true)
  })

  test('a checkpoint forged with another key or moved to another size is found', async () => {
    const [forger] = signersOf([randomBytes(32)], stage.origin)
    if (forger === undefined) throw new Error('no signer')
    const note = signNote(
      checkpointText({ origin: stage.origin, size: 14, root: randomBytes(32) }),
      [forger],
    )
    await stage.tamper('update checkpoint set note = :note where tree_size = 14', { note })
    expect((await audit())[0]?.because).toContain('signed by none of these keys')
    await stage.tamper(
      'update checkpoint set note = (select note from kept.checkpoint where tree_size = 7) where tree_size = 14',
    )
    expect((await audit())[0]?.because).toContain('is of another tree')
  })

  test('told another address than the processes, it names both instead of seeing forgeries', async () => {
    const found = await audit(true, { issuer: 'http://localhost:9' })
    expect(found[0]?.because).toContain(`is of ${stage.origin}: ISSUER here says localhost:9/`)
  })

  test('a changed frontier or root of the log is found', async () => {
    await stage.tamper(`update log set ${flip('frontier')}`)
    expect((await audit(false))[0]?.because).toContain('frontier')
    await stage.tamper(`update log set frontier = frontier || root`)
    expect((await audit(false))[0]?.because).toContain('frontier')
    await stage.tamper(`update log set ${flip('root')}`)
    expect((await audit(false))[0]?.because).toContain(
      'the tree of 14 entries is not the one that was signed',
    )
  })
})

const file = (name: string) => join(stage.folder, name)

function flipAt(name: string, at: number): void {
  const bytes = readFileSync(file(name))
  bytes[at] = (bytes[at] ?? 0) ^ 1
  writeFileSync(file(name), bytes)
}

describe('in the files', () => {
  const tile = 'tile/0/000.p/14'
  const bundle = 'tile/entries/000.p/14'
  test.each<[string, () => void, number | undefined, string]>([
    ['a bit of an entry', () => flipAt(bundle, 36 * 6 + 20), 6, 'another hash of it'],
    ['a bit of the length of an entry', () => flipAt(bundle, 36 * 6), 0, 'no bundle'],
    ['the version of an entry', () => flipAt(bundle, 36 * 6 + 2), 6, 'no entry of a version'],
    ['a bit of a hash', () => flipAt(tile, 32 * 9 + 3), 9, 'another hash of it'],
    ['a tile cut', () => truncateSync(file(tile), 32 * 5), 5, 'another hash of it'],
    [
      'a tile with a tail',
      () => writeFileSync(file(tile), Buffer.alloc(33), { flag: 'a' }),
      0,
      'another length',
    ],
    ['a tile gone', () => rmSync(file(tile)), 0, `${tile} is missing`],
    ['a bundle gone', () => rmSync(file(bundle)), 0, 'is missing'],
    ['the checkpoint gone', () => rmSync(file('checkpoint')), undefined, 'is missing'],
    ['the checkpoint changed', () => flipAt('checkpoint', 20), undefined, 'checkpoint'],
    [
      'the record of the signer unreadable',
      () => writeFileSync(join(stage.ledgerDir, 'signed.json'), '{'),
      undefined,
      'cannot be read',
    ],
  ])('%s', async (_, deed, index, because) => {
    deed()
    const [first] = await audit(false)
    expect(first?.because).toContain(because)
    expect(first?.index).toBe(index)
  })

  test('an entry and its hash changed together are found in the database', async () => {
    flipAt(bundle, 36 * 6 + 20)
    const entry = readFileSync(file(bundle)).subarray(36 * 6 + 2, 36 * 7)
    const bytes = readFileSync(file(tile))
    leafHash(entry).copy(bytes, 32 * 6)
    writeFileSync(file(tile), bytes)
    const [first] = await audit(false)
    expect(first).toMatchObject({
      index: 6,
      because: 'in the files: the database holds another entry',
    })
  })

  test('the folder has no other files', () => {
    expect(readdirSync(stage.folder).toSorted()).toEqual(['checkpoint', 'tile'])
  })
})
