import { randomBytes } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeFeedKeys } from '../../../src/base/sealing/feed-keys.ts'
import { fedEnd, makeVault, readOnlyMapping } from '../../../src/ledger/chain/index.ts'
import { uuidBytes } from '../../../src/base/values/ids.ts'
import { entryBytes } from '../../../src/ledger/chain/head-map.ts'
import type { EpochHeader } from '../../../src/ledger/heads/feed-format.ts'
import {
  readFeedFile,
  recordsAsBytes,
  recordsIn,
  writeFeedFile,
} from '../../../src/ledger/heads/feed-format.ts'
import { openFeedTurn } from '../../../src/ledger/heads/feed-writer.ts'
import type { Feed } from '../../../src/ledger/heads/feed.ts'
import { openFeed } from '../../../src/ledger/heads/feed.ts'
import { epochName, feedFolder, feedFromFolder } from '../../../src/ledger/heads/feed-source.ts'
import { followHeads } from '../../../src/ledger/heads/follow-heads.ts'
import { forkedNumber } from '../../../src/ledger/chain/head-map.ts'
import type { FeedFiles } from '../../../src/ledger/transparency-log/feed-turn.ts'
import { auditLogs } from '../../../src/ledger/transparency-log/audit.ts'
import { openFeeding } from '../../../src/ledger/transparency-log/feed-turn.ts'
import { treeGrownBy, sequenceOnce } from '../../../src/ledger/transparency-log/sequence.ts'
import { openLogFor, pendingRows, takeIntoLog } from '../../../src/ledger/transparency-log/store.ts'
import { underLease } from '../../support/leases.ts'
import { reopening } from '../chain/stage.ts'
import type { LogStage } from '../transparency-log/stage.ts'
import { issuer } from '../../support/broker.ts'
import { openLogStage, year } from '../transparency-log/stage.ts'

// The feed of heads: what the sequencer writes of each entry outside the database, and what a process that reads it believes.

const keyOfHouse = { data: [randomBytes(32)], seal: [randomBytes(32)] }
const keys = makeFeedKeys(keyOfHouse.seal)
const duty = 'log.sequence/0'

const quiet = () => undefined

let stage: LogStage
let feeding: FeedFiles
let folder: string
// The feed began before what is written here.
let nowMs = Date.now() - 600_000

beforeAll(async () => {
  stage = await openLogStage(undefined, keyOfHouse)
  folder = feedFolder(stage.ledgerDir)
  feeding = writing()
})
afterAll(() => stage.close())

function writing(): FeedFiles {
  const { ledgerDir, vault, desk } = stage
  const feed = openFeed(feedFromFolder(feedFolder(ledgerDir)), keys)
  return { feed, keys, vault, ledgerDir, log: desk.log, nowMs: () => nowMs }
}

function sequence(by = feeding): Promise<number> {
  nowMs += 2000
  return underLease(stage.session, duty, (lease) =>
    sequenceOnce(stage.session, lease, 0, new Date(), by),
  )
}

const fileOf = (n: number) => join(folder, epochName(n))

function rewrite(
  n: number,
  change: (records: ReturnType<typeof recordsIn>) => ReturnType<typeof recordsIn>,
  more = 0,
): void {
  const { header, plain } = readFeedFile(keys, 'epoch', readFileSync(fileOf(n)))
  const records = change(recordsIn(plain)).map(({ body, end }) => ({
    body,
    about: end === undefined ? ('public' as const) : { ...end, isDelayed: false },
  }))
  const told: EpochHeader = { ...header, end: header.end + more }
  writeFileSync(fileOf(n), writeFeedFile(keys, 'epoch', told, recordsAsBytes(records)))
}

async function readAnew(of = keys): Promise<Feed> {
  const feed = openFeed(feedFromFolder(folder), of)
  await feed.catchUp()
  return feed
}

/** A person with so many events, all in the log. */
async function person(events = 1): Promise<string> {
  const personId = await stage.newPerson()
  await stage.write(personId, events)
  await sequence()
  return personId
}

function seqIn(feed: Feed, personId: string): number | undefined {
  return fedEnd(feed.map, personId)?.nextSeq
}

test('an installation without one begins it with all chains; what is written after that comes in the order of the log', async () => {
  const before = await stage.newPerson()
  await stage.write(before, 3)
  await stage.sequence() // as a version without a feed did
  await stage.write(before, 1)
  await sequence()
  const reading = await readAnew()
  expect(seqIn(reading, before)).toBe(5)
  const after = await person(2)
  await reading.catchUp()
  expect([seqIn(reading, after), reading.map.people()]).toEqual([3, 2])
  const { commitment } = (await stage.write(after, 1)).at(-1) ?? { commitment: Buffer.alloc(0) }
  expect(seqIn(reading, after)).toBe(3)
  await sequence()
  await reading.catchUp()
  expect(fedEnd(reading.map, after)).toEqual({ nextSeq: 4, commitment: commitment.subarray(0, 16) })
  const fresh = await readAnew()
  expect(fresh.place()).toEqual(reading.place())
  expect([...fresh.map.pieces()]).toEqual([...reading.map.pieces()])
})

test('nobody without the key of the house reads whose its entries are', async () => {
  await person()
  const other = makeFeedKeys([randomBytes(32)])
  await expect(readAnew(other)).rejects.toThrow('a file is no newest of this house')
  const personId = await person()
  const bytes = Buffer.from(personId.replaceAll('-', ''), 'hex')
  const newest = readFileSync(join(folder, epochName(feeding.feed.place()?.epoch ?? 0)))
  expect(newest.indexOf(bytes)).toBe(-1)
})

describe('a running process stays where it was, and says why', () => {
  /** Does this to the files, looks, and puts the files back. */
  async function faultAfter(change: () => void, with_ = openedBefore): Promise<string> {
    const copy = `${folder}.copy`
    cpSync(folder, copy, { recursive: true })
    try {
      change()
      return await with_.catchUp().then(
        () => 'nothing',
        ({ message }: Error) => message,
      )
    } finally {
      rmSync(folder, { recursive: true, force: true })
      renameSync(copy, folder)
    }
  }
  let openedBefore: Feed
  let epoch: number

  beforeAll(async () => {
    await person()
    openedBefore = await readAnew()
    epoch = openedBefore.place()?.epoch ?? 0
    for (let n = 0; n < 3; n++) await person()
  })

  test.each<[string, () => void, RegExp]>([
    [
      'the feed is deleted',
      () => rmSync(folder, { recursive: true, force: true }),
      /feed of heads is gone/,
    ],
    ['an epoch is deleted', () => rmSync(fileOf(epoch + 1)), /^$|missing/],
    [
      'two epochs change places',
      () => {
        renameSync(fileOf(epoch + 1), `${folder}/x`)
        renameSync(fileOf(epoch + 2), fileOf(epoch + 1))
        renameSync(`${folder}/x`, fileOf(epoch + 2))
      },
      /does not follow/,
    ],
    [
      'a byte is another one',
      () => {
        const bytes = readFileSync(fileOf(epoch + 2))
        bytes[bytes.length - 20] = (bytes.at(-20) ?? 0) ^ 1
        writeFileSync(fileOf(epoch + 2), bytes)
      },
      /no epoch of this house/,
    ],
    [
      'an entry is left out by whoever has the key',
      () => rewrite(epoch + 1, (records) => records.slice(1), -1),
      /does not go on|does not lead/,
    ],
    [
      'an entry is another one by whoever has the key',
      () =>
        rewrite(epoch + 1, (records) =>
          records.map((one) => ({ ...one, body: Buffer.alloc(32, 7) })),
        ),
      /does not lead to its tree/,
    ],
  ])('%s', async (_, change, why) => {
    expect(await faultAfter(change)).toMatch(why)
    expect(openedBefore.place()?.epoch).toBe(epoch)
  })

  test('until what was changed is there again', async () => {
    await openedBefore.catchUp()
    expect(openedBefore.place()?.epoch).toBe(epoch + 3)
  })

  test('an older state of the feed is put back', async () => {
    const copy = `${folder}.older`
    cpSync(folder, copy, { recursive: true })
    await person()
    const running = await readAnew()
    const why = await faultAfter(() => {
      rmSync(folder, { recursive: true, force: true })
      renameSync(copy, folder)
    }, running)
    // It says nothing wrong, and is not younger than it was: that it stands still is what a process notices.
    expect([why, running.place()?.timeMs]).toEqual(['nothing', nowMs])
  })
})

test('« ledger verify » names a file of the feed that somebody changed, and a tree that it does not lead to', async () => {
  await person()
  const { session, ledgerDir, verifiers } = stage
  const audit = async (): Promise<unknown> => {
    const vkeys = verifiers.map(({ vkey }) => vkey)
    const feed = { source: feedFromFolder(folder), keys }
    return auditLogs({
      session,
      issuer,
      ledgerDir,
      vkeys,
      vault: undefined,
      publicLeaves: [],
      feed,
    })
  }
  expect(await audit()).toEqual([])
  const { epoch = 0, generation, snapshot } = (await readAnew()).place() ?? {}
  const part = join(folder, `snapshots/${generation}-${snapshot}/head`)
  for (const [file, name, kind] of [
    [fileOf(epoch), epochName(epoch), 'epoch'],
    [join(folder, 'newest'), 'newest', 'newest'],
    [part, `snapshots/${generation}-${snapshot}`, 'snapshot'],
  ] as const) {
    const whole = readFileSync(file)
    const bytes = Buffer.from(whole)
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    writeFileSync(file, bytes)
    expect(await audit()).toEqual(found(`${name}: a file is no ${kind} of this house`))
    writeFileSync(file, whole)
  }
  const whole = readFileSync(fileOf(epoch))
  rewrite(epoch, (records) => records.map((one) => ({ ...one, body: Buffer.alloc(32, 7) })))
  expect(await audit()).toEqual(
    found(`${epochName(epoch)}: epoch ${epoch} does not lead to its tree`),
  )
  writeFileSync(fileOf(epoch), whole)
  // A whole feed of another log is true to itself alone.
  const change =
    'update log set frontier = set_byte(frontier, 5, get_byte(frontier, 5) # 4) where year = :year'
  await stage.tamper(change, { year })
  const size = (await readAnew()).place()?.logs.get(`log/${year}/p0`)?.size
  expect(await audit()).toContainEqual({
    where: 'feed of heads',
    because: `log/${year}/p0: the feed of heads does not lead to the tree of ${size} entries`,
  })
  await stage.tamper(change, { year })
  expect(await audit()).toEqual([])
})

describe('nothing enters the log', () => {
  test.each<[string, string]>([
    ['as another entry’s', '(select record from ledger_pending order by id desc limit 1)'],
    ['as what nobody sealed', `overlay(record placing '\\xff'::bytea from 20)`],
  ])('%s', async (_, record) => {
    await sequence()
    const personId = await stage.newPerson()
    await stage.write(personId, 2)
    const rows = await stage.db('ledgerPending').select('id').orderBy('id')
    await stage.tamper(
      `update ledger_pending set record = ${record} where id = (select min(id) from ledger_pending)`,
    )
    await expect(sequence()).rejects.toThrow('nobody of this house says whose')
    expect(await stage.db('ledgerPending')).toHaveLength(2)
    // By the command of the page: its event says whose it is.
    await stage.db('ledgerPending').where({ id: rows[0]?.id }).update({ record: null })
    expect(await sequence()).toBe(2)
  })

  test('where the log in the database is another one than the feed', async () => {
    await stage.tamper('update log set tree_size = tree_size - 1 where year = :year', { year })
    await expect(sequence()).rejects.toThrow(/frontier|entries of/)
    await stage.tamper('update log set tree_size = tree_size + 1 where year = :year', { year })
    expect(await sequence()).toBe(0)
  })
})

test('what a process of an older version wrote, which says not whose it is, goes in as the event itself says', async () => {
  const { db } = stage
  const erased = await person()
  const own = await stage.newPerson()
  await stage.write(own, 3)
  await erase(erased)
  await stage.tamper('update ledger_pending set record = null')
  expect(await sequence()).toBe(4)
  const reading = await readAnew()
  expect([seqIn(reading, own), seqIn(reading, erased)]).toEqual([4, undefined])
  // Whoever writes there may take the word away, and gives no other: not of another chain, nor of an event that is gone.
  const put = await person()
  await stage.write(own, 1)
  const moved = `update ledger_event set person_id = '${put}', person_seq = 9`
  for (const change of [moved, 'delete from ledger_event']) {
    const last = `where person_id = '${own}' and person_seq = 4`
    const rows = await db('ledgerEvent').where({ personId: own, personSeq: 4 })
    await stage.tamper(`${change} ${last}`)
    await stage.tamper('update ledger_pending set record = null')
    await expect(sequence()).rejects.toThrow('nobody of this house says whose')
    await stage.tamper(`delete from ledger_event where person_id = '${put}' and person_seq = 9`)
    await db('ledgerEvent').insert(rows)
  }
  expect(await sequence()).toBe(1)
  expect(seqIn(await readAnew(), own)).toBe(5)
})

test('what a sequencer that was killed had taken, and not told, the next one tells', async () => {
  const personId = await stage.newPerson()
  await stage.write(personId, 2)
  await underLease(stage.session, duty, async (lease) => {
    const { session } = stage
    const turn = await openFeeding(feeding, session, lease)
    const entries = await pendingRows(session, 0, 10)
    const log = await openLogFor(session, lease, year, 0)
    const grown = treeGrownBy(log, entries)
    // It is written down, and the log takes it: then the process is gone.
    await turn.intend(log, { tree: grown.tree, entries })
    const ids = entries.map(({ id }) => id)
    await takeIntoLog(session, lease, log, grown, ids)
  })
  const next = writing()
  await sequence(next)
  expect(seqIn(await readAnew(), personId)).toBe(3)
})

test('files that are lost are written again by who took the last entry into the log, from memory and not from the database', async () => {
  const personId = await person(2)
  const running = await readAnew()
  const behind = writing()
  await behind.feed.catchUp()
  const putBack = await headToPutBack(personId)
  await stage.write(personId, 1)
  await sequence()
  rmSync(folder, { recursive: true })
  await putBack()
  await expect(sequence(behind)).rejects.toThrow('nobody of this house says whose')
  expect(existsSync(folder)).toBe(false)
  const other = await person()
  await running.catchUp()
  for (const feed of [running, await readAnew()])
    expect([seqIn(feed, personId), seqIn(feed, other)]).toEqual([4, 2])
  expect((await readAnew()).place()).toEqual(feeding.feed.place())
})

test('files that are lost with the process that took the last entries are written again by the next one, and what it had not read comes from the events', async () => {
  const [first, second] = [await person(2), await person(1)]
  const next = writing()
  await next.feed.catchUp()
  await stage.write(first, 1)
  await sequence()
  const third = await person(2)
  rmSync(folder, { recursive: true })
  // The process of `feeding` is gone, and takes nothing in any more.
  await stage.write(second, 1)
  await sequence(next)
  const read = await readAnew()
  expect([first, second, third].map((id) => seqIn(read, id))).toEqual([4, 3, 3])
  feeding = writing()
  await person()
  expect(seqIn(await readAnew(), first)).toBe(4)
})

test('where rows of the log are not those of its tree, lost files are written by nobody', async () => {
  await person(1)
  const next = writing()
  await next.feed.catchUp()
  const changed = await person(1)
  const { rows } = stage.session
  const [last] = await rows<{ commitment: Buffer; index: number }>(
    'select commitment, leaf_index::int as index from ledger_position order by leaf_index desc limit 1',
    [],
  )
  const setLast = async (bytes: Buffer | undefined) => {
    await rows('alter table ledger_position disable trigger user', [])
    await rows('update ledger_position set commitment = $1 where leaf_index = $2', [
      bytes,
      last?.index,
    ])
    await rows('alter table ledger_position enable trigger user', [])
  }
  await setLast(randomBytes(32))
  rmSync(folder, { recursive: true })
  await expect(sequence(next)).rejects.toThrow('the feed of heads is gone')
  expect(existsSync(folder)).toBe(false)
  await setLast(last?.commitment)
  await sequence(next)
  expect(seqIn(await readAnew(), changed)).toBe(2)
  feeding = writing()
})

test('what was written down and never taken is told by nobody', async () => {
  const personId = await stage.newPerson()
  await stage.write(personId, 1)
  const before = (await readAnew()).place()?.epoch ?? 0
  await underLease(stage.session, duty, async (lease) => {
    const turn = await openFeeding(feeding, stage.session, lease)
    const entries = await pendingRows(stage.session, 0, 10)
    const log = await openLogFor(stage.session, lease, year, 0)
    await turn.intend(log, { tree: treeGrownBy(log, entries).tree, entries })
  })
  await stage.write(personId, 1)
  await sequence(writing())
  const place = (await readAnew()).place()
  expect(place?.epoch).toBe(before + 1)
  expect(seqIn(await readAnew(), personId)).toBe(3)
})

test('a decision knows by the feed what is older, what is another end, and what the feed should have', async () => {
  const vault = makeVault(keyOfHouse, readOnlyMapping)
  const personId = await person(3)
  const { heads } = vault
  nowMs = Date.now()
  await sequence()
  const said: string[] = []
  const log = {
    debug: quiet,
    info: quiet,
    warn: quiet,
    error: (_: object, text: string) => said.push(text),
  }
  const source = feedFromFolder(folder)
  const followed = await followHeads({ source, keys, heads, log, mostLateMs: 60_000, everyMs: 5 })
  const commitment = fedEnd(followed.feed.map, personId)?.commitment ?? null
  const compared = (nextSeq: number, ageMs = 0, of = commitment) =>
    heads.compare(personId, { nextSeq, commitment: of }, ageMs)
  expect([compared(3), compared(4), compared(4, 0, Buffer.alloc(32))]).toEqual([
    'older',
    'same',
    'other',
  ])
  expect([compared(5, 5000), compared(5, 40_000)]).toEqual(['newer', 'unfed'])
  expect(heads.isBehind()).toBe(false)
  // What this process wrote itself is forgotten once the feed has it.
  const [written] = await stage.write(personId, 1)
  heads.note(personId, { nextSeq: 5, commitment: written?.commitment ?? null })
  expect(compared(4)).toBe('older')
  await sequence()
  await expect.poll(() => fedEnd(followed.feed.map, personId)?.nextSeq).toBe(5)
  await followed.stop()
})

/** @returns how to put the head and all that comes after it back as they are now */
async function headToPutBack(personId: string): Promise<() => Promise<void>> {
  const { rows } = stage.session
  const [head] = await rows<{ seq: number; row: unknown }>(
    `select next_seq as seq, to_jsonb(h) - 'known' as row from person_head h where person_id = $1`,
    [personId],
  )
  return async () => {
    await rows('alter table ledger_event disable trigger ledger_event_is_immutable', [])
    await rows('delete from ledger_event where person_id = $1 and person_seq >= $2', [
      personId,
      head?.seq,
    ])
    await rows('alter table ledger_event enable trigger ledger_event_is_immutable', [])
    await rows(
      `update person_head h set next_seq = w.next_seq, head_commitment = w.head_commitment, live = w.live, seal = w.seal
       from jsonb_populate_record(null::person_head, $2) w where h.person_id = $1`,
      [personId, JSON.stringify(head?.row)],
    )
  }
}

test('a chain that is put back and written on by somebody who had not read the feed yet is denied for good', async () => {
  const [personId, other] = [await person(2), await person(2)]
  const putBack = await headToPutBack(personId)
  const reader = await readAnew()
  await stage.write(personId, 1)
  await sequence()
  await putBack()
  for (const one of [personId, other]) await stage.write(one, 3)
  await sequence()
  await reader.catchUp()
  // For who reads each epoch, and for who begins by the snapshot that follows.
  expect([seqIn(reader, personId), seqIn(reader, other)]).toEqual([forkedNumber, 6])
  expect(seqIn(await readAnew(), personId)).toBe(forkedNumber)
})

test('after a restore, what replaces a lost event makes no fork for a process that ran through it', async () => {
  const personId = await person(2)
  const putBack = await headToPutBack(personId)
  const reader = await readAnew()
  await stage.write(personId, 1)
  await sequence()
  await reader.catchUp()
  await putBack()
  rmSync(folder, { recursive: true })
  feeding = writing()
  await stage.write(personId, 1)
  await sequence()
  await reader.catchUp()
  await stage.write(personId, 1)
  await sequence()
  await reader.catchUp()
  expect(seqIn(reader, personId)).toBe(5)
  expect(seqIn(await readAnew(), personId)).toBe(5)
})

test('after a day there is a snapshot, from which a process begins, and what is older than the one before goes', async () => {
  const personId = await person()
  const running = await readAnew()
  for (let day = 0; day < 2; day++) {
    nowMs += 25 * 3_600_000
    await person()
  }
  const fresh = await readAnew()
  await running.catchUp()
  expect([...fresh.map.pieces()]).toEqual([...running.map.pieces()])
  expect(fresh.place()).toEqual(running.place())
  expect(fresh.place()?.snapshot).toBe(fresh.place()?.epoch)
  expect(seqIn(fresh, personId)).toBe(2)
})

test('of an erased person nothing is left, in files and in whoever reads them, and what is put back of her is refused', async () => {
  const personId = await person(2)
  const known = (await readAnew()).map.find(uuidBytes(personId))
  const { heads } = makeVault(keyOfHouse, readOnlyMapping)
  const running = openFeed(feedFromFolder(folder), keys, { heads })
  await running.catchUp()
  const late = await readAnew()
  heads.follow(60_000)
  await erase(personId)
  await sequence()
  await running.catchUp()
  heads.cameTo(Date.now())
  const back = { nextSeq: 3, commitment: known?.commitment ?? null }
  expect([seqIn(running, personId), heads.compare(personId, back)]).toEqual([undefined, 'older'])
  nowMs += 25 * 3_600_000
  await person()
  nowMs += 11 * 60_000
  await sequence()
  for (const feed of [await readAnew(), feeding.feed]) expect(seqIn(feed, personId)).toBeUndefined()
  // A process that was away meanwhile begins by the snapshot.
  await late.catchUp()
  expect(seqIn(late, personId)).toBeUndefined()
  const tag = tagsIn([...late.map.pieces()])
  expect(tag.some((one) => personId.replaceAll('-', '').endsWith(one))).toBe(false)
  const place = late.place()
  expect(readdirSync(join(folder, 'snapshots'))).toEqual([
    `${place?.generation}-${place?.snapshot}`,
  ])
  const epochs = readdirSync(join(folder, 'epochs')).flatMap((one) =>
    readdirSync(join(folder, 'epochs', one)),
  )
  expect(epochs.filter((one) => Number(one) <= (place?.snapshot ?? 0))).toEqual([])
  expect(existsSync(join(folder, 'next'))).toBe(false)
  const fresh = makeVault(keyOfHouse, readOnlyMapping).heads
  await openFeed(feedFromFolder(folder), keys, { heads: fresh }).catchUp()
  fresh.follow(60_000)
  fresh.cameTo(Date.now())
  expect(fresh.compare(personId, back, 20_000)).toBe('unfed')
})

function found(because: string): unknown {
  return [{ where: 'feed of heads', because }]
}

test('after a restore the feed begins anew only once operators let the database go on; who knew more goes on knowing it', async () => {
  const personId = await person(2)
  const { commitment = Buffer.alloc(0) } = (await readAnew()).map.find(uuidBytes(personId)) ?? {}
  const copy = `${folder}.restored`
  cpSync(folder, copy, { recursive: true })
  const { heads } = makeVault(keyOfHouse, readOnlyMapping)
  const source = feedFromFolder(copy)
  const running = openFeed(source, keys, { heads })
  await running.catchUp()
  const ends = async function* () {
    yield [{ chainId: personId, nextSeq: 2, headCommitment: commitment, standing: 'open' as const }]
  }
  const turn = (isResumed: boolean) =>
    openFeedTurn({
      feed: openFeed(source, keys),
      source,
      folder: copy,
      keys,
      seals: stage.vault.seals,
      log: stage.desk.log,
      nowMs: () => nowMs,
      write: writeWhole,
      entriesIn: () => Promise.resolve([]),
      trees: [],
      ends,
      ownerOf: () => Promise.resolve(undefined),
      tellSnapshot: () => Promise.resolve(),
      isLetGo: () => Promise.resolve(isResumed),
    })
  await expect(turn(false)).rejects.toThrow('the database has 0 entries')
  await turn(true)
  await running.catchUp()
  const restored = { nextSeq: 2, commitment }
  expect(heads.compare(personId, restored)).toBe('older')
  const fresh = makeVault(keyOfHouse, readOnlyMapping).heads
  await openFeed(source, keys, { heads: fresh }).catchUp()
  // What was lost is lost: she goes on from there.
  expect(fresh.compare(personId, restored)).toBe('same')
  rmSync(copy, { recursive: true })
})

test('once another key seals, a snapshot under it stands in the place of the one before: the older key may go', async () => {
  const [older = Buffer.alloc(32)] = keyOfHouse.seal
  const newer = randomBytes(32)
  const alone = makeFeedKeys([newer])
  await person()
  // Restarted with both.
  const both = makeFeedKeys([newer, older])
  const restarted = { ...writing(), feed: openFeed(feedFromFolder(folder), both), keys: both }
  await expect(readAnew(alone)).rejects.toThrow('no newest of this house')
  await sequence(restarted)
  const reading = await readAnew(alone)
  expect([...reading.map.pieces()]).toEqual([...restarted.feed.map.pieces()])
  const { snapshot } = restarted.feed.place() ?? {}
  await sequence(restarted)
  // It is made once, and not at each turn; what it queued itself came after it.
  expect((await readAnew(alone)).place()?.snapshot).toBe(snapshot)
})

async function writeWhole(path: string, bytes: Buffer): Promise<void> {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
}

/** The last event of a person, which says that her access is erased. */
async function erase(personId: string): Promise<void> {
  await stage.deed(personId, (book) => {
    book.stand({ word: 'erased', number: 1 })
    return book.append(reopening(book.now))
  })
}

function tagsIn(pieces: readonly Buffer[]): string[] {
  const all = Buffer.concat(pieces)
  return Array.from({ length: all.length / entryBytes }, (_, n) =>
    all.toString('hex', n * entryBytes, n * entryBytes + 7),
  )
}
