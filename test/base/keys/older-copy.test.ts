import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../../src/base/database/database.ts'
import { heldKeys } from '../../../src/base/keys/key-check.ts'
import type { KeyState, NotedKey } from '../../../src/base/keys/key-check.ts'
import type { KeyPairs } from '../../../src/base/keys/key-pairs.ts'
import {
  addWaitingPair,
  checksNothingKept,
  dropPair,
  keyPairs,
  putPairFirst,
  stopSigning,
} from '../../../src/base/keys/key-pairs.ts'
import { knownKeys } from '../../../src/base/keys/key-store.ts'
import { createMissingKeys, openKeys, readHeldKeys } from '../../../src/base/keys/keys.ts'
import { openKnownKeys } from '../../../src/base/keys/known-keys.ts'
import { changesSince } from '../../../src/base/keys/older-copy.ts'
import { addSecret, dropOldSecrets } from '../../../src/base/keys/secret-files.ts'
import { purposes as everyPurpose } from '../../../src/base/values/key-purposes.ts'
import type { KeyPurpose } from '../../../src/base/values/key-purposes.ts'
import { signalMapping } from '../../../src/consent/signals/index.ts'
import { makeVault, readTimeline } from '../../../src/ledger/chain/index.ts'
import type { RecordedEntry } from '../../../src/ledger/chain/head.ts'
import { openRecord } from '../../../src/ledger/chain/head.ts'
import { makeFeedKeys } from '../../../src/base/sealing/feed-keys.ts'
import { noHash, writeFeedFile } from '../../../src/ledger/heads/feed-format.ts'
import { feedFolder } from '../../../src/ledger/heads/feed-source.ts'
import { openStage } from '../../ledger/chain/stage.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { backupOf, freshDatabase, patience, untyped } from '../../support/database.ts'
import { newFolder } from '../../support/fault-process.ts'
import { callTool } from '../../support/tool.ts'

// A copy of the database is put back beside the KEYS_DIR of today. Every purpose that may change has changed since the copy.

const rotated = everyPurpose.filter(
  (name) => !['pairwise', 'id-token-rsa', 'log-pq'].includes(name),
)
const ofRows = ['data', 'seal'] as const
const incident = join(
  import.meta.dirname,
  '../../../docs/operate/incidents/database-restored.en.md',
)

let folder: string
/** KEYS_DIR of the time of the copy, as a safe has it; after one rotation of each purpose, and after three. */
let [safe, once, thrice] = ['', '', '']
let backup: FreshDatabase
let person: string

beforeAll(async () => {
  folder = newFolder()
  ;[safe, once, thrice] = ['safe', 'once', 'thrice'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  await createMissingKeys(safe, { upstream: true, signals: true })
  const database = await freshDatabase()
  const stage = await openStage(await openKeys(safe), database)
  await openKnownKeys(stage.db, { mode: 'production', keysDir: safe })
  person = await stage.newPerson()
  await stage.write(person, 2)
  await stage.db.destroy()
  backup = database
  cpSync(safe, once, { recursive: true })
  for (const purpose of rotated) await rotate(once, purpose)
  cpSync(once, thrice, { recursive: true })
  for (let n = 0; n < 2; n++)
    for (const purpose of rotated.filter((name) => name !== 'signals'))
      await rotate(thrice, purpose)
})
afterAll(async () => {
  await backup.drop()
  rmSync(folder, { recursive: true })
})

let turn = 0

/** As `keys rotate`, `--use` and `retire` leave the folder. */
async function rotate(dir: string, purpose: KeyPurpose): Promise<void> {
  const before = heldKeys(await readHeldKeys(dir)).get(purpose) ?? []
  if (purpose === 'log') {
    await addSecret(dir, purpose)
    return dropOldSecrets(dir, purpose)
  }
  if (!isPair(purpose)) {
    rmSync(join(dir, purpose))
    return void (await createMissingKeys(dir))
  }
  await addWaitingPair(dir, purpose)
  const added =
    heldKeys(await readHeldKeys(dir))
      .get(purpose)
      ?.find((one) => !before.includes(one)) ?? ''
  await putPairFirst(dir, purpose, added, new Date(Date.now() + ++turn * 1000))
  const old = before[0] ?? ''
  await (checksNothingKept(purpose) ? dropPair(dir, purpose, old) : stopSigning(dir, purpose, old))
}

function isPair(purpose: string): purpose is KeyPairs {
  return Object.hasOwn(keyPairs, purpose)
}

/** A machine of today on the copy. */
async function putBack(dir: string, more: Readonly<Record<string, string>> = {}) {
  const copy = await backupOf(backup)
  const keysDir = join(folder, `keys-${++turn}`)
  cpSync(dir, keysDir, { recursive: true })
  const own = { DATABASE_URL: copy.url, KEYS_DIR: keysDir, ISSUER: 'http://accord.localhost' }
  const env = { ...own, ...more }
  const db = openDatabase(copy.url, patience)
  return {
    db,
    keysDir,
    start: () => openKnownKeys(db, { mode: 'production', keysDir }),
    accord: (...words: string[]) => callTool(words, env),
    restored: (...words: string[]) => callTool(['ledger', 'restored', '--keys', ...words], env),
    async end() {
      await db.destroy()
      await copy.drop()
    },
  }
}

async function valuesOf(dir: string): Promise<ReadonlyMap<KeyPurpose, string>> {
  const held = heldKeys(await readHeldKeys(dir))
  return new Map([...held].map(([purpose, [first = '']]) => [purpose, first]))
}

/** What an operator types of these, as the page of the incident has it. */
function typedInPage(values: Readonly<Record<string, string>>): string[][] {
  const lines = readFileSync(incident, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('accord ledger restored --keys'))
  return lines.map((line) =>
    line
      .split(/\s+/)
      .slice(1)
      .map((word) => values[word] ?? word),
  )
}

type House = Awaited<ReturnType<typeof putBack>>
type Values = ReadonlyMap<KeyPurpose, string>

test('three rotations of every purpose later: refused, shown, confirmed, and it stands by the keys of today', async () => {
  const house = await putBack(thrice)
  const [then, now] = [await valuesOf(safe), await valuesOf(house.keysDir)]
  await startsNothing(house, then, now)
  await confirms(house, then, now)
  await standsByToday(house, now)

  // The KEYS_DIR of the time of the copy is older than the database now.
  rmSync(house.keysDir, { recursive: true })
  cpSync(safe, house.keysDir, { recursive: true })
  expect((await house.restored()).err).toContain('KEYS_DIR is older than the database')
  await house.end()
})

test('one rotation of every purpose later: shown, confirmed, and it starts', async () => {
  const house = await putBack(once)
  const now = await valuesOf(house.keysDir)
  await confirms(house, await valuesOf(safe), now)
  await house.start()
  expect(await valuesOf(house.keysDir)).toEqual(now)
  await house.end()
})

test('a key without which the feed of heads does not open stays, and its sentence says why', async () => {
  const ledgerDir = join(folder, 'ledger')
  const feed = feedFolder(ledgerDir)
  mkdirSync(feed, { recursive: true })
  // A feed that was put back with the copy.
  const { seal } = await openKeys(safe)
  const of = { generation: 1, epoch: 0, timeMs: 1, before: noHash, snapshot: 0, snapshotMs: 1 }
  const newest = writeFeedFile(makeFeedKeys(seal), 'newest', of, Buffer.alloc(0))
  writeFileSync(join(feed, 'newest'), newest)
  const house = await putBack(once, { LEDGER_DIR: ledgerDir })
  const [, code = ''] =
    /--confirm (\S+)/.exec((await house.restored('--older-keys', safe)).out) ?? []

  const { out } = await house.restored('--older-keys', safe, '--confirm', code)

  const old = (await valuesOf(safe)).get('seal') ?? ''
  expect(out).toContain(
    `seal ${old} stays in KEYS_DIR for now. The feed of heads needs the key still`,
  )
  expect(heldKeys(await readHeldKeys(house.keysDir)).get('seal')).toContain(old)
  await house.end()
})

/** As the page of the incident has it. */
async function confirms(house: House, then: Values, now: Values): Promise<void> {
  const code = await shows(house, then, now)
  const [, confirm = []] = typedInPage({ '/root/older/keys': safe, CODE: code })
  const done = await house.accord(...confirm)
  expect(done).toMatchObject({ code: 0, err: '' })
  for (const purpose of ofRows)
    expect(done.out).toContain(`${purpose} ${then.get(purpose)} went again`)
}

/** Its sentence names each purpose and the command; that wants the keys under which rows of the copy are. */
async function startsNothing(house: House, then: Values, now: Values): Promise<void> {
  const refused = String(await house.start().catch((error: unknown) => error))
  for (const purpose of rotated) expect(refused).toContain(`${purpose} is ${now.get(purpose)}`)
  const named = '« accord ledger restored --keys »'
  expect(refused).toContain(named)
  const said = await house.accord('ledger', 'restored', '--operator', 'Anna', '--reason', 'x')
  expect([said.code, said.err]).toEqual([1, expect.stringContaining(named)])
  const blind = await house.restored()
  expect(blind.code).toBe(1)
  for (const purpose of ofRows) expect(blind.err).toContain(`${purpose} ${then.get(purpose)}`)
  expect(blind.err).toContain('--older-keys DIR')
}

/** What becomes of each purpose, and nothing is done yet. @returns the code of it */
async function shows(house: House, then: Values, now: Values): Promise<string> {
  const before = await knownKeys(house.db)
  const [look = []] = typedInPage({ '/root/older/keys': safe })
  const shown = await house.accord(...look)
  expect(shown).toMatchObject({ code: 0, err: '' })
  for (const purpose of rotated) {
    const line = shown.out.split('\n').find((one) => one.startsWith(`${purpose} `))
    expect(line).toContain(`${now.get(purpose)} ${becomes(purpose)}`)
    expect(line).toContain(leaves(purpose, then.get(purpose)))
  }
  const [, code = ''] = /--confirm ([0-9a-f]{8})\n$/.exec(shown.out) ?? []
  const other = await house.restored('--older-keys', safe, '--confirm', '00000000')
  expect([other.code, other.err]).toEqual([1, expect.stringContaining('is not what was shown')])
  expect(await knownKeys(house.db)).toEqual(before)
  return code
}

function becomes(purpose: string): string {
  const isPublished = isPair(purpose) || purpose === 'log'
  return isPublished ? 'is announced anew, and signs' : 'is taken as it is'
}

function leaves(purpose: KeyPurpose, old = ''): string {
  if (ofRows.some((one) => one === purpose)) return `rows under ${old} are put under the newest`
  const isChecking = isPair(purpose) && !checksNothingKept(purpose)
  return isChecking ? '' : `${old} is retired`
}

/** The folder is that of today again, and what the copy holds is read by it. */
async function standsByToday(house: House, now: Values): Promise<void> {
  await house.start()
  expect(await valuesOf(house.keysDir)).toEqual(now)
  const keys = await openKeys(house.keysDir)
  expect([keys.data.length, keys.seal.length]).toEqual([1, 1])
  const vault = makeVault(keys, signalMapping)
  const events = await readTimeline(house.db, vault, person, { after: 0, limit: 10 })
  expect(events.map(({ payload }) => payload === undefined)).toEqual([false, false])
  const waiting = await untyped(house.db)('ledgerPending').whereNotNull('record')
  const opened = (waiting as (RecordedEntry & { record: Buffer })[]).map(
    (row) => openRecord(vault.seals, row, row.record)?.chainId,
  )
  expect(opened).toEqual([person, person])
  expect((await house.restored()).out).toContain('nothing changed since the copy')
}

test('another pairwise key is refused, and a key that only waits is announced and waits', async () => {
  const house = await putBack(safe)
  mkdirSync(join(folder, 'other'), { mode: 0o700 })
  await createMissingKeys(join(folder, 'other'))
  const cookies = join(house.keysDir, 'cookie')
  writeFileSync(
    cookies,
    readFileSync(cookies, 'utf8') + readFileSync(join(folder, 'other/cookie'), 'utf8'),
  )
  const { out } = await house.restored()
  expect(out).toMatch(/^cookie +\S+ is announced anew, and waits\n/)
  const [, code = ''] = /--confirm (\S+)/.exec(out) ?? []
  expect((await house.restored('--confirm', code)).code).toBe(0)
  await house.start()

  cpSync(join(folder, 'other/pairwise'), join(house.keysDir, 'pairwise'))
  const refused = String(await house.start().catch((error: unknown) => error))
  expect(refused).toMatch(/pairwise is \S+, where \S+ is expected, and never changes/)
  expect((await house.restored()).err).toContain('pairwise is')
  expect((await house.restored()).err).toContain('of another installation')
  await house.end()
})

const at = new Date('2026-03-01T00:00:00Z')
let minutes = 0
function known(purpose: string, checkValue: string, state: KeyState): NotedKey {
  const when = new Date(at.getTime() + ++minutes * 60_000)
  return {
    purpose,
    checkValue,
    state,
    notedAt: when,
    usedAt: state === 'announced' ? null : when,
    renewedAt: null,
  }
}

function changes(own: string[], ...noted: [string, KeyState][]) {
  return changesSince(
    new Map([['cookie', own]]),
    noted.map(([value, state]) => known('cookie', value, state)),
  )
}

const none = { fresh: [], used: [], gone: [], needed: [] }
const change = (what: object) => ({
  changes: [{ purpose: 'cookie', ...none, ...what }],
  faults: [],
})

test('what a copy knows from the middle of a rotation is told apart from a folder that is older', () => {
  // Announced when the copy was made, and used since; another one was never used.
  expect(changes(['b'], ['a', 'used'], ['b', 'announced'])).toEqual(
    change({ used: ['b'], gone: ['a'] }),
  )
  expect(changes(['c'], ['a', 'used'], ['b', 'announced'])).toEqual(
    change({ fresh: [{ value: 'c', state: 'used' }], gone: ['a', 'b'] }),
  )
  // Both were used then, and the older one was retired since.
  expect(changes(['b'], ['a', 'used'], ['b', 'used'])).toEqual(change({ gone: ['a'] }))
  expect(changes(['a', 'b'], ['a', 'used'])).toEqual(
    change({ fresh: [{ value: 'b', state: 'announced' }] }),
  )
  expect(changes(['a'], ['a', 'used'], ['b', 'announced'])).toEqual({ changes: [], faults: [] })
  for (const noted of [
    [
      ['a', 'used'],
      ['b', 'used'],
    ],
    [
      ['a', 'retired'],
      ['b', 'used'],
    ],
  ] as [string, KeyState][][])
    expect(changes(['a'], ...noted).faults).toEqual([
      expect.stringContaining('KEYS_DIR is older than the database'),
    ])
})
