import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { openSession } from '../../../src/base/database/db-session.ts'
import type { Lease } from '../../../src/base/jobs/lease.ts'
import type { Log, LogFields } from '../../../src/base/logging/log.ts'
import { makeFeedKeys } from '../../../src/base/sealing/feed-keys.ts'
import { newUuid } from '../../../src/base/values/ids.ts'
import { makeVault, originOf, readOnlyMapping } from '../../../src/ledger/chain/index.ts'
import { readTimeline } from '../../../src/ledger/chain/index.ts'
import type { Feed } from '../../../src/ledger/heads/index.ts'
import { FeedFault, feedFolder, feedFromFolder, openFeed } from '../../../src/ledger/heads/index.ts'
import { auditLogs } from '../../../src/ledger/transparency-log/audit.ts'
import type { FeedFiles } from '../../../src/ledger/transparency-log/feed-turn.ts'
import { treesInFeed, youngestFeeding } from '../../../src/ledger/transparency-log/feed-turn.ts'
import { restoreRows, toldRestores } from '../../../src/ledger/transparency-log/index.ts'
import { rebuildRecord } from '../../../src/ledger/transparency-log/rebuild-record.ts'
import { acknowledgeRestore } from '../../../src/ledger/transparency-log/restore-acknowledgement.ts'
import { watchRestore } from '../../../src/ledger/transparency-log/restore-watch.ts'
import { sequenceDuty, sequenceOnce } from '../../../src/ledger/transparency-log/sequence.ts'
import { signersOf } from '../../../src/ledger/transparency-log/signers.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { backupOf, freshDatabase, untyped } from '../../support/database.ts'
import { signNow, underLease } from '../../support/leases.ts'
import type { LogStage } from './stage.ts'
import { issuer, openLogStage, year } from './stage.ts'

// A database that lacks what the feed of heads has: a standby that was behind by seconds takes its place.

const secrets = [randomBytes(32)]
const keyOfHouse = { data: [randomBytes(32)], seal: [randomBytes(32)] }
const keys = makeFeedKeys(keyOfHouse.seal)
const names = [`log/${year}/p0`, originOf(issuer, year, 0), originOf(issuer, year, 1)] as const

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close()
})

const quiet = () => undefined

type House = LogStage & { readonly feeding: FeedFiles }

/** A house over a database, with the files of an earlier one or its own. */
async function openHouse(database: FreshDatabase, earlier?: string): Promise<House> {
  const stage = await openLogStage(secrets, keyOfHouse, database)
  open.push(stage)
  const { vault, session } = stage
  const ledgerDir = earlier ?? stage.ledgerDir
  const desk = { ...stage.desk, ledgerDir }
  const { log } = desk
  const feeding = { feed: reader(ledgerDir), keys, vault, ledgerDir, log, nowMs: () => Date.now() }
  const sequence = async () => {
    const turn = (lease: Lease) => sequenceOnce(session, lease, 0, new Date(), feeding)
    return underLease(session, 'log.sequence/0', turn, await youngestFeeding(feeding))
  }
  return { ...stage, ledgerDir, feeding, desk, sequence, sign: () => signNow(session, desk) }
}

const reader = (ledgerDir: string) => openFeed(feedFromFolder(feedFolder(ledgerDir)), keys)

async function readAnew({ ledgerDir }: House): Promise<Feed> {
  const feed = reader(ledgerDir)
  await feed.catchUp()
  return feed
}

/** What a process finds that compares now. @returns what it said */
async function compare(
  { db, vault: { seals }, ledgerDir }: House,
  feed: Feed,
  rounds = { every: 60_000, until: () => Promise.resolve() },
): Promise<{ readonly isRestored: boolean; readonly said: string[]; readonly times: number }> {
  const said: string[] = []
  let times = 0
  const error = ({ code = '', why = '' }: LogFields) => void said.push(`${code} ${why}`)
  const log: Log = { debug: quiet, info: quiet, warn: quiet, error }
  const config = { issuer, ledgerDir, outboundAllow: [] }
  // A comparison asks it once.
  const clock = () => {
    times++
    return new Date()
  }
  const watching = { db, config, keys: { log: secrets }, seals, log, clock, feed }
  const watch = await watchRestore(watching, { lookMs: 1, compareMs: rounds.every })
  await rounds.until()
  await watch.stop()
  return { isRestored: watch.isRestored(), said, times }
}

/**
 * Three entries are signed. A standby has these; the primary takes up to three more into the log, of which some are signed, and is gone.
 * @returns the house of the primary, and the one of the standby in its place
 */
async function failover(signedMore: number): Promise<{
  readonly person: string
  readonly primary: House
  readonly standby: House
  /** Of a process that read nothing since the first three. */
  readonly slept: Feed
}> {
  const database = await freshDatabase()
  const before = await openHouse(database)
  open.pop()
  const person = await before.newPerson()
  await before.write(person, 3)
  await before.sequence()
  await before.sign()
  const slept = await readAnew(before)
  await before.db.destroy()
  const older = await backupOf(database)
  const primary = await openHouse(database, before.ledgerDir)
  open.push({ close: async () => rmSync(before.ledgerDir, { recursive: true, force: true }) })
  if (signedMore > 0) {
    await primary.write(person, signedMore)
    await primary.sequence()
    await primary.sign()
  }
  await primary.write(person, 2)
  await primary.sequence()
  return { person, primary, standby: await openHouse(older, before.ledgerDir), slept }
}

const say = (house: House, operator: string) =>
  acknowledgeRestore(house.db, house.vault.seals, [{ operator, reason: 'x' }], new Date())

async function findingsOf(house: House, fed: Feed) {
  const { session, vault, ledgerDir } = house
  const ofLogs = [0, 1].flatMap((n) => signersOf(secrets, originOf(issuer, year, n)))
  const vkeys = ofLogs.map(({ verifier }) => verifier.vkey)
  const trees = treesInFeed(issuer, fed)
  const feed = { source: feedFromFolder(feedFolder(ledgerDir)), keys }
  const audit = { session, issuer, ledgerDir, vkeys, vault, publicLeaves: [], feed, fed: trees }
  const findings = await auditLogs(audit)
  // The document of a restore is not looked at here.
  return findings.map(({ because }) => because).filter((one) => !one.startsWith('nothing here has'))
}

test.each([0, 1])(
  'entries that only the feed of heads has are missed, beside %i that were signed: two let it go on, and feed and log begin anew',
  async (signedMore) => {
    const { person, primary, standby } = await failover(signedMore)
    const taken = 5 + signedMore
    const [name, origin, next] = names
    const running = primary.feeding.feed
    const loss = `${taken} entries had been taken into the log (the feed of heads); of them this database has a signed tree of 3`
    expect(await findingsOf(standby, running)).toContain(loss)
    const found = await compare(standby, running)
    expect(found).toMatchObject({ isRestored: true, said: [`LEDGER_RESTORED ${origin}: ${loss}`] })
    const rows = await restoreRows(standby.session)
    expect(rows).toMatchObject([{ held: 3, taken, knownTo: 'the feed of heads' }])
    const [told] = toldRestores(standby.vault.seals, rows, new Date(0))
    expect(told?.lost).toBe(taken - 3)

    // A deed goes on, and says it; nothing enters the log, and its line names the command.
    await standby.write(person, 1)
    const [event] = await readTimeline(standby.db, standby.vault, person, { after: 3, limit: 10 })
    expect(event?.payload?.['restored']).toMatchObject([{ log: origin, held: 3, taken }])
    const why = `the database has 3 entries of ${name}, and the feed of heads ${taken}: the database was put back (accord ledger restored)`
    const refused = () => expect(standby.sequence()).rejects.toThrow(new FeedFault(why))
    await refused()
    for (const operator of ['Anna', 'Bruno']) {
      expect(await compare(standby, await readAnew(standby))).toMatchObject({ isRestored: true })
      expect((await say(standby, operator)).join()).toContain(loss)
    }
    // The process that signs ends the log first.
    await refused()
    await standby.sign()
    const newcomer = await standby.newPerson()
    await standby.write(newcomer, 1)
    expect(await standby.sequence()).toBe(1 + 1 + 1 + 1)
    await standby.sign()
    const logs: { state: string; treeSize: string }[] = await standby
      .db('log')
      .where({ year })
      .orderBy('shard')
    expect(logs.map(({ state, treeSize }) => `${state} ${treeSize}`)).toEqual([
      'frozen 3',
      'open 4',
    ])

    // Nobody finds it again: who slept through it, who ran, and who starts now.
    for (const feed of [running, await readAnew(standby)])
      expect(await compare(standby, feed)).toMatchObject({ isRestored: false, said: [] })
    await running.catchUp()
    expect(await compare(standby, running)).toMatchObject({ isRestored: false, said: [] })
    const { heads } = makeVault(keyOfHouse, readOnlyMapping)
    const fresh = openFeed(feedFromFolder(feedFolder(standby.ledgerDir)), keys, { heads })
    await fresh.catchUp()
    const ends = await standby.db('personHead').orderBy('personId')
    for (const { personId, nextSeq, headCommitment: commitment } of ends)
      expect(heads.compare(personId, { nextSeq, commitment })).toBe('same')
    expect(await findingsOf(standby, fresh)).toEqual([])
    await recordComesBack(standby, [origin, next])
  },
)

/** The record of the signer is lost: what only the feed knew was never signed, and does not stand there. */
async function recordComesBack(house: House, origins: readonly string[]): Promise<void> {
  const { ledgerDir, session, databaseUrl, vault } = house
  const file = join(ledgerDir, 'signed.json')
  const before = readFileSync(file, 'utf8')
  rmSync(file)
  const checkpoints = origins.map((_, n) => join(ledgerDir, `log/${year}/p${n}/checkpoint`))
  const { session: keeping, close } = await openSession(databaseUrl)
  try {
    const { seals } = vault
    await rebuildRecord({ session, keeping, issuer, ledgerDir, secrets, seals, checkpoints })
  } finally {
    await close()
  }
  expect(existsSync(file)).toBe(true)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(before))
}

test('a loss that is larger than what two let go on is let go on by nobody', async () => {
  const { standby, primary, slept } = await failover(0)
  const { session, feeding } = standby
  // Its process is told to compare soon.
  let told = 0
  const duty = sequenceDuty(0, () => new Date(), { ...feeding, refused: () => void told++ })
  const turn = (lease: Lease) => duty.turn(session, lease)
  await underLease(session, 'log.sequence/0', turn, await youngestFeeding(feeding))
  expect(told).toBe(1)
  await compare(standby, primary.feeding.feed)
  for (const operator of ['Anna', 'Bruno']) await say(standby, operator)
  await standby.sign()
  await standby.tamper('update log_restore set taken = 4')
  await expect(standby.sequence()).rejects.toThrow('the feed of heads 5')
  await standby.tamper('update log_restore set taken = 5')
  expect(await standby.sequence()).toBeGreaterThan(0)
  expect(await compare(standby, slept)).toMatchObject({ isRestored: false })
})

test('who slept, or reads a feed that stands still, finds nothing in the database that went on, and what is missing in one that did not', async () => {
  const { person, primary, standby, slept } = await failover(1)
  const still = await readAnew(primary)
  await primary.write(person, 1)
  await primary.sequence()
  for (const feed of [slept, still])
    expect(await compare(primary, feed)).toMatchObject({ isRestored: false, said: [] })
  rmSync(join(standby.ledgerDir, 'signed.json'))
  expect(await compare(standby, slept)).toMatchObject({ isRestored: false })
  expect(await compare(standby, still)).toMatchObject({ isRestored: true })
  // Other entries than those of the feed, as many or more.
  const { standby: other, primary: gone } = await failover(0)
  rmSync(feedFolder(other.ledgerDir), { recursive: true })
  for (const more of [1, 1]) {
    await other.write(await other.newPerson(), more)
    await other.sequence()
    expect(await compare(other, gone.feeding.feed)).toMatchObject({ isRestored: true })
    await other.db('logRestore').delete()
  }
})

test('no comparison finds anything while the sequencer writes', async () => {
  const house = await openHouse(await freshDatabase())
  const turns = 200
  const write = async () => {
    for (let n = 0; n < turns; n++) {
      const of = { shard: 0, class: 0x52, commitment: randomBytes(32) }
      await untyped(house.db)('ledgerPending').insert({ ...of, eventId: newUuid(new Date()) })
      expect(await house.sequence()).toBeGreaterThan(0)
    }
  }
  const rounds = { every: 1, until: write }
  const { said, isRestored, times } = await compare(house, house.feeding.feed, rounds)
  expect([said, isRestored]).toEqual([[], false])
  expect(times).toBeGreaterThan(turns / 4)
})
