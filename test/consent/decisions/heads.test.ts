import { readFileSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openSession } from '../../../src/base/database/db-session.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import { logSecretsOf } from '../../../src/base/keys/log-keys.ts'
import { writeId } from '../../../src/base/values/ids.ts'
import { makeFeedKeys } from '../../../src/base/sealing/feed-keys.ts'
import { partsNow } from '../../../src/house/folds.ts'
import { makeKnownHeads } from '../../../src/ledger/chain/known-heads.ts'
import { beginWalk, nightlyFoldDuty } from '../../../src/ledger/fold/nightly-fold.ts'
import { lastWalk } from '../../../src/ledger/fold/walk-store.ts'
import type { Feed } from '../../../src/ledger/heads/index.ts'
import { feedFolder, feedFromFolder, openFeed } from '../../../src/ledger/heads/index.ts'
import type { FeedFiles } from '../../../src/ledger/transparency-log/feed-turn.ts'
import { sequenceOnce } from '../../../src/ledger/transparency-log/sequence.ts'
import { callTool } from '../../support/tool.ts'
import { issuer, ownEnv } from '../../support/broker.ts'
import { json } from '../../support/service.ts'
import { freePorts, openHouse } from '../../support/house.ts'
import { signNow, underLease } from '../../support/leases.ts'
import type { Whole } from '../../support/put-back.ts'
import { putBack, wholePerson } from '../../support/put-back.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import {
  allowAgain,
  newSharer,
  openLoad,
  portOf,
  reasonOf,
  stopAt,
} from '../../support/sharing-load.ts'
import type { Stage } from '../../support/sharing.ts'
import { decide, evaluation, holderToken, startStage } from '../../support/sharing.ts'
import { letTimeMove, pass } from '../../support/time.ts'

// Whoever has the whole database and no key puts people back, or keeps their events out of the log. Two processes decide, and others start;
// the sequencer works when a test says so.

letTimeMove()
const env = { LOG_BEHIND: '60' }
const quiet = () => undefined

let stage: Stage
let load: Load
let token: string
let files: FeedFiles
let feedOf: () => Feed
let ledgerDir: string

beforeAll(async () => {
  stage = await startStage(undefined, undefined, undefined, { env })
  load = await openLoad(stage)
  token = await holderToken(stage, 'decide')
  ledgerDir = join(dirname(stage.keysDir), 'ledger')
  const { seal } = await openKeys(stage.keysDir)
  const keys = makeFeedKeys(seal)
  feedOf = () => openFeed(feedFromFolder(feedFolder(ledgerDir)), keys)
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
  files = { feed: feedOf(), keys, vault: load.vault, ledgerDir, log, nowMs: () => Date.now() }
  await sequence()
  await served()
}, 180_000)

afterAll(async () => {
  await load.close()
  await stage.stop()
})

/**
 * Somebody who shares, and whose token counts. It is inactive while a process has not read the feed yet, or has not looked at the database
 * since a test took a trigger away or two settled a lost log.
 */
async function served(): Promise<Sharer> {
  const sharer = await vi.waitUntil(() => newSharer(load).catch(() => undefined), slowly)
  if (sharer === undefined) throw new Error('nobody is served')
  return sharer
}

/** One turn of the sequencer. */
async function sequence(): Promise<void> {
  const { session, close } = await openSession(stage.databaseUrl)
  try {
    await underLease(session, 'log.sequence/0', (lease) =>
      sequenceOnce(session, lease, 0, new Date(), files),
    )
  } finally {
    await close()
  }
}

async function askAt(port: number, { sub }: Sharer) {
  const decision = await decide(stage, token, evaluation(sub), port)
  return [decision.decision, reasonOf(decision)]
}

/** Whether a process says to the holder that her token lives. */
async function isActiveAt(port: number, { accessToken }: Sharer): Promise<unknown> {
  return json(await stage.revenue.introspect(accessToken, { port }))['active']
}

/** What « Mes partages » of a process says to her, and home, which says the same first; both say above all, and /status too, that all is halted. */
async function saidAt(port: number, { browser }: Sharer): Promise<string> {
  const list = (await browser.get('/mes-partages', { port })).body
  const home = (await browser.get('/espace', { port })).body
  const status = (await browser.get('/status.json', { port })).body
  const isHalted = list.includes(nobodyForNow)
  expect([
    home.includes(nobodyForNow),
    home.includes(uncheckedLog),
    list.includes(uncheckedLog),
    /"decisions"[^}]*"down"/.test(status),
  ]).toEqual(Array<boolean>(4).fill(isHalted))
  return list
}

const uncheckedLog = 'Nous ne pouvons pas vérifier notre journal'
const nobodyForNow =
  'Aucun organisme ne peut recevoir d’un autre des renseignements sur vous pour le moment.'

/** How many sharings of hers a process says that it would permit. */
async function permissibleAt(port: number, { sub }: Sharer): Promise<number> {
  const { context: _, ...asked } = evaluation(sub)
  const properties = { data_subject: { format: 'iss_sub', iss: issuer, sub } }
  const resource = { type: 'dataset', properties }
  const sought = { ...asked, action: { name: 'disclose' }, resource }
  const told = await stage.revenue.api('/access/v1/search/resource', token, sought, { port })
  expect(told.status, told.body).toBe(200)
  return (json(told)['results'] as unknown[]).length
}

const permit = [true, 'CONSENT_ACTIVE']
const untrusted = [false, 'RECORD_UNTRUSTED']
const behind = [false, 'LOG_BEHIND']
/**
 * Until a process has read the feed again, which it does each second. A decision is no way to wait for it: each permit is a further event,
 * from which the feed has time anew.
 */
const slowly = { timeout: 15_000, interval: 200 }

/** One more process. */
function started(host: number, more: Readonly<Record<string, string>> = {}) {
  const settings = { ...ownEnv, ...env, ...more }
  return openHouse(stage.databaseUrl, dirname(stage.keysDir), issuer, settings, host)
}

/** The answer of a process that was just started: it has read the feed before it answers. */
async function askFresh(sharer: Sharer, more?: Readonly<Record<string, string>>) {
  const house = await started(1, more)
  try {
    return await askAt(house.port, sharer)
  } finally {
    await house.stop()
  }
}

async function sharerInFeed(): Promise<Sharer & { readonly whole: Whole }> {
  const sharer = await served()
  await sequence()
  return { ...sharer, whole: await wholePerson(load.db, sharer) }
}

test('a person who is put back to before her stop is denied by who started since, and by each process once it has read the feed', async () => {
  const sharer = await sharerInFeed()
  expect(await askFresh(sharer)).toEqual(permit)
  await putBack(load.db, sharer.whole)
  for (const n of [0, 1]) expect(await isActiveAt(portOf(stage, n), sharer)).toBe(true)
  for (const n of [0, 1]) expect(await permissibleAt(portOf(stage, n), sharer)).toBe(2)
  await stopAt(sharer, sharer.consentId, portOf(stage, 0))
  await sequence()
  await putBack(load.db, sharer.whole)
  expect(await askFresh(sharer)).toEqual(untrusted)
  expect(await askAt(portOf(stage, 0), sharer)).toEqual(untrusted)
  await expect.poll(() => isActiveAt(portOf(stage, 1), sharer), slowly).toBe(false)
  expect(await askAt(portOf(stage, 1), sharer)).toEqual(untrusted)
  expect(await isActiveAt(portOf(stage, 0), sharer)).toBe(false)
  for (const n of [0, 1]) expect(await permissibleAt(portOf(stage, n), sharer)).toBe(0)
  const last = await load
    .db('ledgerEvent')
    .where(hers(sharer))
    .orderBy('personSeq', 'desc')
    .first('eventId')
  const named = `person_head ${writeId('evt', String(last?.eventId))}`
  const verified = await verify()
  expect([verified.code, verified.err]).toEqual([
    1,
    expect.stringContaining(`${named}: ${putBackSays}`),
  ])
  // What `verify` found is noted in her chain, which has another end since.
  expect(await foundAtNight()).toContainEqual(
    expect.stringMatching(
      /^person_head evt_\w+: the feed of heads has another end of this chain: its person was put back$/,
    ),
  )
})

function accord(...words: string[]) {
  const env = { DATABASE_URL: stage.databaseUrl, KEYS_DIR: stage.keysDir, CLOCK_OFFSET: 'P0D' }
  return callTool(words, { ...env, LEDGER_DIR: ledgerDir, ISSUER: issuer })
}

const verify = () => accord('ledger', 'verify')

const hers = ({ personId }: Sharer) => ({ personId })
const putBackSays = 'the feed of heads has a later end of this chain: its person was put back'

/** What a night names, in a process that has read the feed and wrote nothing. */
async function foundAtNight(): Promise<readonly string[]> {
  const { db, live, log } = load
  const vault = { ...load.vault, heads: makeKnownHeads() }
  await openFeed(feedFromFolder(feedFolder(ledgerDir)), files.keys, vault).catchUp()
  const { session, close } = await openSession(stage.databaseUrl)
  try {
    const reading = () => partsNow({ db, live })
    const duty = nightlyFoldDuty({ vault, db, log, clock: () => new Date(), partsNow: reading })
    await beginWalk(db, new Date())
    while (await underLease(session, 'ledger.fold', (lease) => duty.turn(session, lease)));
    const { named = [] } = (await lastWalk(session)) ?? {}
    return named.map(({ table, called, because }) => `${table} ${called}: ${because}`)
  } finally {
    await close()
  }
}

test('a person who is put back and written about by who had not read the feed is denied by each process, for good', async () => {
  const [sharer, other] = [await sharerInFeed(), await sharerInFeed()]
  await stopAt(sharer, sharer.consentId, portOf(stage, 0))
  await sequence()
  await putBack(load.db, sharer.whole)
  // The deeds of this process, which reads no feed, make her chain longer than what the feed has of it.
  await allowAgain(load, sharer.personId)
  await sequence()
  for (const n of [0, 1]) {
    await expect.poll(() => isActiveAt(portOf(stage, n), sharer), slowly).toBe(false)
    expect(await askAt(portOf(stage, n), sharer)).toEqual(untrusted)
    expect(await permissibleAt(portOf(stage, n), sharer)).toBe(0)
  }
  expect(await askFresh(sharer)).toEqual(untrusted)
  expect(await askFresh(other)).toEqual(permit)
})

test('a permit that was cut out once the log had it counts for who started since', async () => {
  const sharer = await sharerInFeed()
  expect(await askAt(portOf(stage, 0), sharer)).toEqual(permit)
  await sequence()
  await putBack(load.db, sharer.whole)
  expect(await askFresh(sharer)).toEqual(untrusted)
})

test('whose events do not get into the log gets no further permit after 15 seconds, where they were written neither', async () => {
  const [kept, other] = [await sharerInFeed(), await sharerInFeed()]
  await load.db.raw('update person_head set shard = 7 where person_id = ?', [kept.personId])
  for (const one of [kept, other]) expect(await askAt(portOf(stage, 0), one)).toEqual(permit)
  await sequence()
  await pass(load.db, { seconds: 20 })
  await sequence()
  expect(await askFresh(other)).toEqual(permit)
  expect(await askFresh(kept)).toEqual(untrusted)
  // Also where she was written about in the meantime.
  for (const n of [0, 1]) {
    await expect.poll(() => isActiveAt(portOf(stage, n), kept), slowly).toBe(false)
    expect(await askAt(portOf(stage, n), kept)).toEqual(untrusted)
  }
})

test.each<[string, () => void, () => void]>([
  [
    'the sequencer does nothing, because somebody holds its lease',
    () => undefined,
    () => undefined,
  ],
  [
    'the feed is taken away',
    () => renameSync(feedFolder(ledgerDir), `${ledgerDir}/away`),
    () => renameSync(`${ledgerDir}/away`, feedFolder(ledgerDir)),
  ],
])(
  'nothing is permitted after a minute in which %s, and something again once it goes on',
  async (_, begin, end) => {
    const sharer = await sharerInFeed()
    await expect.poll(() => askAt(portOf(stage, 0), sharer), slowly).toEqual(permit)
    await sequence()
    begin()
    await pass(load.db, { seconds: 70 })
    for (const n of [0, 1]) {
      expect(await askAt(portOf(stage, n), sharer)).toEqual(behind)
      expect(await isActiveAt(portOf(stage, n), sharer)).toBe(false)
      expect(await saidAt(portOf(stage, n), sharer)).toContain(nobodyForNow)
    }
    end()
    await sequence()
    for (const n of [0, 1]) {
      await expect.poll(() => askAt(portOf(stage, n), sharer), slowly).toEqual(permit)
      expect(await saidAt(portOf(stage, n), sharer)).not.toContain(nobodyForNow)
    }
  },
)

test('a process on a machine without the folder reads the feed at the address of another, and permits nothing where it cannot', async () => {
  const [stopped, other] = [await sharerInFeed(), await sharerInFeed()]
  const headsPort = await freePorts(1)
  const address = { HEADS_URL: `http://127.0.0.1:${headsPort}` }
  // Nobody is there yet: it knows nothing of what is newest, from its start on.
  expect(await askFresh(other, address)).toEqual(behind)
  const giver = await started(0, { HEADS_PORT: String(headsPort) })
  const reader = await started(1, address)
  try {
    const path = `${address.HEADS_URL}/newest`
    expect((await fetch(path)).status).toBe(200)
    expect(await askAt(reader.port, stopped)).toEqual(permit)
    await stopAt(stopped, stopped.consentId, portOf(stage, 0))
    await sequence()
    await putBack(load.db, stopped.whole)
    await expect.poll(() => askAt(reader.port, stopped), slowly).toEqual(untrusted)
    expect(await askAt(reader.port, other)).toEqual(permit)
    await giver.stop()
    await expect(fetch(path)).rejects.toThrow('fetch failed')
    await pass(load.db, { seconds: 70 })
    await sequence()
    await expect.poll(() => askAt(portOf(stage, 0), other), slowly).toEqual(permit)
    expect(await askAt(reader.port, other)).toEqual(behind)
    await expect.poll(() => reader.output(), slowly).toContain('LOG_BEHIND')
  } finally {
    await Promise.all([giver.stop(), reader.stop()])
  }
})

test('who was put back and written about is put right: her true events from a copy, a feed that begins anew, and two who settle it', async () => {
  const sharer = await sharerInFeed()
  await stopAt(sharer, sharer.consentId, portOf(stage, 0))
  await sequence()
  // In the place of a copy: the same database, before it was changed.
  await load.db.raw(blockOf(0, (sql) => sql.replace('con_…', sharer.consentId)))
  await putBack(load.db, sharer.whole)
  await allowAgain(load, sharer.personId)
  await sequence()
  expect((await verify()).err).toContain(putBackSays)
  await load.db.raw(blockOf(1, (sql) => sql))
  expect(await askFresh(sharer)).toEqual(untrusted)
  renameSync(feedFolder(ledgerDir), `${ledgerDir}/heads-of-before`)
  files = { ...files, feed: feedOf() }
  await sequence()
  // What was written about her meanwhile is named, and nothing is settled while it is there.
  await verify()
  const { err: named } = await settle(sharer)
  expect(named).toMatch(/^Nothing is settled/)
  for (const [, table = '', called = ''] of named.matchAll(
    /^ {2}(\w+) (\w+): no event tells of it$/gm,
  ))
    await deleteRow(table, called)
  expect((await settle(sharer)).out).toContain('Settled')
  await sequence()
  expect(await askFresh(sharer)).toEqual([false, 'CONSENT_REVOKED'])
  await allowAgain(load, sharer.personId)
  expect(await askFresh(sharer)).toEqual(permit)
  // The log goes on having the entries of what is gone, and `verify` says so; of her it names nothing else.
  const { err: after } = await verify()
  expect(after).toContain('nothing here has this entry')
  expect(after).not.toMatch(new RegExp(`feed of heads|${sharer.consentId}`))
})

function settle({ consentId }: Sharer) {
  const why = ['--reason', 'Un essai.', '--reason-en', 'A trial.', '--operator', 'Qui essaie']
  return accord('person', 'settle', consentId, ...why)
}

/** The blocks of SQL of the page for operators, for her or for a row. */
function blockOf(n: number, change: (sql: string) => string): string {
  const page = readFileSync('docs/operate/incidents/person-put-back.en.md', 'utf8')
  const [, sql = ''] = [...page.matchAll(/```sql\n(.*?)```/gs)][n] ?? []
  return change(sql)
}

function deleteRow(table: string, called: string): Promise<unknown> {
  const column = { con: 'consent_id', evt: 'event_id', pre: 'presentation_id', req: 'request_id' }
  const kind = called.slice(0, 3) as keyof typeof column // as the commands name rows
  const line = `delete from ${table} where '${kind}_' || written(${column[kind]}) = '${called}';`
  return load.db.raw(blockOf(2, (sql) => sql.replace(/^delete .*$/m, line)))
}

test('a database that lacks what only the feed has is denied by each process until two let it go on: then a lost stop is said, and a newcomer is permitted', async () => {
  const [sharer, logs] = [await sharerInFeed(), await load.db('log')]
  await stopAt(sharer, sharer.consentId, portOf(stage, 0))
  await sequence()
  // A standby that had not received it takes over. Nothing of it was signed.
  await putBack(load.db, sharer.whole)
  for (const { logId, treeSize, root, frontier } of logs)
    await cutLog(logId, treeSize, root, frontier)
  const lost = [false, 'LEDGER_RESTORED']
  expect(await askFresh(sharer)).toEqual(lost)
  for (const n of [0, 1])
    await expect.poll(() => askAt(portOf(stage, n), sharer), slowly).toEqual(lost)
  await expect(sequence()).rejects.toThrow('accord ledger restored')
  for (const operator of ['Anna', 'Bruno'])
    expect(
      await accord('ledger', 'restored', '--operator', operator, '--reason', 'x'),
    ).toMatchObject({
      code: 0,
    })
  await sign()
  await sequence()
  const newcomer = await sharerInFeed()
  expect(await askFresh(newcomer)).toEqual(permit)
  for (const n of [0, 1])
    await expect.poll(() => askAt(portOf(stage, n), newcomer), slowly).toEqual(permit)
  const { body } = await sharer.browser.get('/acces/rien-ne-manque', { port: portOf(stage, 0) })
  expect(body).toContain('nos données ont été reprises d’une copie plus ancienne')
})

/** Takes what was put into a log since away from it, as in a database that never received it. */
async function cutLog(logId: number, size: string, root: Buffer, frontier: Buffer): Promise<void> {
  await load.db.transaction(async (tx) => {
    await tx.raw('set local session_replication_role = replica')
    await tx.raw('delete from ledger_position where log_id = ? and leaf_index >= ?', [logId, size])
    const beyond = '(node_index + 1) * (256::numeric ^ level) > ?'
    await tx.raw(`delete from log_node where log_id = ? and ${beyond}`, [logId, size])
    const grown = 'update log set tree_size = ?, root = ?, frontier = ? where log_id = ?'
    await tx.raw(grown, [size, root, frontier, logId])
  })
}

const now = () => new Date()
const nobody = () => Promise.resolve('')

/** One turn of the process that signs. */
async function sign(): Promise<void> {
  const { session, close } = await openSession(stage.databaseUrl)
  try {
    const { log } = files
    const secrets = logSecretsOf(await openKeys(stage.keysDir))
    const { seals } = load.vault
    await signNow(session, {
      issuer,
      ledgerDir,
      shard: 0,
      secrets,
      clock: now,
      log,
      seals,
      askWitnesses: nobody,
    })
  } finally {
    await close()
  }
}
