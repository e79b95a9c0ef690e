import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Database, Transaction } from '../../src/base/database/database.ts'
import { openDatabase, transact } from '../../src/base/database/database.ts'
import type { RowSeals } from '../../src/base/sealing/row-seal.ts'
import { readClockOffset } from '../../src/base/database/clock-offset.ts'
import { writeDuration } from '../../src/base/values/clock.ts'
import type { BrakeAsked } from '../../src/registry/index.ts'
import {
  applyRegister,
  brakeByOrder,
  openRegister,
  registerFindings,
} from '../../src/registry/index.ts'
import type { BrakeDeed } from '../../src/registry/objects/brakes.ts'
import { lockRegister } from '../../src/registry/changes/store.ts'
import type { RegisterObject } from '../../src/registry/changes/store.ts'
import { blocksOf } from '../deploy/guide.ts'
import { signingCommand } from '../support/commands.ts'
import type { FreshDatabase } from '../support/database.ts'
import { freshDatabase } from '../support/database.ts'
import { newFolder } from '../support/fault-process.ts'
import { housePatience } from '../support/patience.ts'
import { sealsOf } from '../support/seals.ts'
import { letTimeMove, pass } from '../support/time.ts'
import { callTool } from '../support/tool.ts'
import { hashIn, signOrder } from '../support/two-signers.ts'
import { another, everything } from './whole-register.ts'

// Two operators at two machines: each has connections of its own, and both act at the same moment. Each round is about another agreement.

letTimeMove()

const issuer = 'http://accord.localhost'
const names = ['one', 'two', 'three'] as const
type Name = (typeof names)[number]
const rounds = 4
const agreements = Array.from({ length: 30 }, (_, n) => `agr_round-${n}`)

let fresh: FreshDatabase
let machines: readonly [Database, Database]
let seals: RowSeals
let folder: string
let [files, used] = [0, 0]

beforeAll(async () => {
  fresh = await freshDatabase()
  machines = [openDatabase(fresh.url, housePatience), openDatabase(fresh.url, housePatience)]
  folder = newFolder()
  seals = await sealsOf(join(folder, 'keys'))
  const signers = await Promise.all(names.slice(0, 2).map((name) => signer(name)))
  const more = agreements.map((id) => another('agreement', { agreement_id: id }))
  await apply([...everything.filter(({ kind }) => kind !== 'signer'), ...signers, ...more])
})
afterAll(async () => {
  await Promise.all(machines.map((db) => db.destroy()))
  await fresh.drop()
  rmSync(folder, { recursive: true, force: true })
})

function keyOf(name: Name): string {
  return join(folder, `${name}.jwk.json`)
}

async function signer(name: Name, change: object = {}): Promise<RegisterObject> {
  const [line = ''] = (await signingCommand(['key', keyOf(name)], new Date())) ?? []
  const made = { signer_id: `sig_${name}`, public_key: line.replace('public_key: ', '') }
  return another('signer', { ...made, ...change })
}

function apply(objects: readonly RegisterObject[]) {
  const [db] = machines
  return transact(db, (tx) => applyRegister(tx, seals, { objects, problems: [] }, new Date()))
}

const why = { reason: 'Un essai', 'reason-en': 'A trial' }

function next(): string {
  const id = agreements[used++]
  if (id === undefined) throw new Error('more rounds than agreements')
  return id
}

type Words = BrakeAsked['words']

function order(at: 0 | 1, deed: BrakeDeed['deed'], id: string, words: Words, now = new Date()) {
  const asked = { deed, kind: 'agreement', id, words } as const
  return brakeByOrder(machines[at], { seals, issuer }, asked, now)
}

const begin = (at: 0 | 1, id: string, by: Name) =>
  order(at, 'brake', id, { ...why, key: keyOf(by) })

async function signed(deed: BrakeDeed['deed'], id: string): Promise<Words> {
  const file = join(folder, `order${++files}.json`)
  await order(0, deed, id, { ...why, out: file })
  for (const name of ['one', 'two'] as const) await signOrder(file, keyOf(name), new Date())
  return { order: file }
}

/** Both at once. @returns what became of each: `done`, or why it was refused */
async function atOnce(...deeds: readonly Promise<unknown>[]): Promise<string[]> {
  const ended = await Promise.allSettled(deeds)
  return ended.map((one) => (one.status === 'fulfilled' ? 'done' : (one.reason as Error).message))
}

/** How many deeds were written, and what the newest brake on it is; everything written speaks for itself. */
async function written(id: string) {
  const [db] = machines
  expect(await registerFindings(db, seals)).toEqual([])
  const { brakes, agreement } = (await openRegister(db, seals)).current()
  const own = brakes.filter((one) => one.id === id)
  return { begun: own.length, brake: own.at(-1), status: agreement(id)?.status }
}

async function deedsWritten(): Promise<number> {
  return (await machines[0]('registerBrake')).length
}

const nothing = expect.stringContaining('Nothing suspends')

test('of two who begin at once, one suspends, and the other reads that it is so', async () => {
  for (let n = 0; n < rounds; n++) {
    const id = next()
    const said = await atOnce(begin(0, id, 'one'), begin(1, id, n % 2 === 0 ? 'one' : 'two'))
    expect(said.filter((one) => one !== 'done')).toEqual([
      expect.stringContaining('is suspended already'),
    ])
    expect(await written(id)).toMatchObject({ begun: 1, status: 'suspended' })
  }
})

test.each(['brake-confirm', 'brake-release'] as const)(
  'one order to %s, carried out at two machines at once, is carried out once',
  async (deed) => {
    for (let n = 0; n < rounds; n++) {
      const id = next()
      await begin(0, id, 'one')
      const words = await signed(deed, id)
      const before = await deedsWritten()
      const said = await atOnce(order(0, deed, id, words), order(1, deed, id, words))
      expect(said.filter((one) => one === 'done')).toHaveLength(1)
      expect(said.filter((one) => one !== 'done')).toEqual([
        expect.stringMatching(/carried out already|Nothing suspends/),
      ])
      expect(await deedsWritten()).toBe(before + 1)
      const isConfirmed = deed === 'brake-confirm'
      expect(await written(id)).toMatchObject({
        brake: { isConfirmed },
        status: isConfirmed ? 'suspended' : 'in_force',
      })
    }
  },
)

test('a release against a confirmation: it is released, whichever came first, and nothing is half', async () => {
  for (let n = 0; n < rounds; n++) {
    const id = next()
    await begin(0, id, 'one')
    const confirmation = await signed('brake-confirm', id)
    const release = await signed('brake-release', id)
    const at = n % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)
    const before = await deedsWritten()
    const deeds = [
      order(at[0], 'brake-confirm', id, confirmation),
      order(at[1], 'brake-release', id, release),
    ]
    const [confirmed, released] = await atOnce(...deeds)
    expect(released).toBe('done')
    expect(['done', nothing]).toContainEqual(confirmed)
    const isConfirmed = confirmed === 'done'
    expect(await deedsWritten()).toBe(before + (isConfirmed ? 2 : 1))
    expect(await written(id)).toMatchObject({ brake: { isConfirmed }, status: 'in_force' })
    // An order of the brake that is over says nothing about the next one.
    await begin(1, id, 'two')
    const late = await atOnce(order(0, 'brake-release', id, release))
    expect(late).toEqual([expect.stringContaining('it is over something else')])
    expect(await written(id)).toMatchObject({ begun: 2, status: 'suspended' })
  }
})

test('a confirmation that waits until the 24 hours are over confirms nothing, and the same one does not begin again', async () => {
  const [here] = machines
  const [late, early] = [next(), next()]
  await begin(0, late, 'one')
  await begin(0, early, 'one')
  const { brake } = await written(late)
  const left = ((brake?.until.getTime() ?? 0) - Date.now()) / 1000
  await pass(here, { seconds: Math.floor(left) - 60 })
  const confirmations = [
    await signed('brake-confirm', late),
    await signed('brake-confirm', early),
  ] as const
  await order(0, 'brake-confirm', early, confirmations[1])
  const before = await deedsWritten()
  const waited = await afterWaiting(
    () => order(1, 'brake-confirm', late, confirmations[0]),
    () => pass(here, { seconds: 70 }),
  )
  expect(waited).toEqual([nothing])
  expect(await deedsWritten()).toBe(before)
  expect(await written(late)).toMatchObject({ brake: { isConfirmed: false }, status: 'in_force' })
  expect(await written(early)).toMatchObject({ brake: { isConfirmed: true }, status: 'suspended' })
  expect(await atOnce(begin(1, late, 'one'))).toEqual([
    expect.stringContaining('no two confirmed it'),
  ])
  await begin(1, late, 'two')
  expect(await written(late)).toMatchObject({ begun: 2, status: 'suspended' })
})

test.each([
  ['docs/operate.md', 'FICHIER', 'ordre.json'],
  ['docs/operate.en.md', 'FILE', 'order.json'],
])('the block of %s does what it says, pasted as it stands', async (page, key, file) => {
  const id = next()
  const names_ = { 'agr_…': id, [key]: keyOf('one'), [file]: join(folder, `pasted-${file}`) }
  const lines = pasted(page, names_)
  const said: string[] = []
  for (const words of lines) said.push(...(await typed(words)))
  expect(said).toEqual([
    expect.stringContaining(`agreement ${id} is suspended now, until `),
    expect.stringContaining(`agreement ${id} since `),
    expect.stringContaining('nothing is done before it is signed'),
    expect.stringMatching(/^signed [0-9a-f]{64}$/m),
    expect.stringMatching(/^signed [0-9a-f]{64}$/m),
    expect.stringContaining(`agreement ${id} stays suspended, until `),
  ])
  // « brake release » ends it the same way.
  const ending = {
    ...names_,
    [file]: join(folder, `ending-${file}`),
    'brake confirm': 'brake release',
  }
  const ends = pasted(page, ending).slice(lines.findIndex((words) => words[1] === 'confirm'))
  for (const words of ends) said.push(...(await typed(words)))
  expect(said.at(-1)).toContain(`agreement ${id} is as the register says again`)
  expect(await written(id)).toMatchObject({ begun: 1, status: 'in_force' })
})

/** What a command says; an order is signed by each of the two, who have read it. */
async function typed(words: readonly string[]): Promise<string[]> {
  const env = {
    DATABASE_URL: fresh.url,
    KEYS_DIR: join(folder, 'keys'),
    ISSUER: issuer,
    CLOCK_OFFSET: writeDuration(await readClockOffset(machines[0])),
  }
  const isSigned = words[0] === 'order'
  const said: string[] = []
  for (const by of isSigned ? (['one', 'two'] as const) : ([undefined] as const)) {
    const given =
      by === undefined ? words : words.map((word) => (word === keyOf('one') ? keyOf(by) : word))
    const yes = isSigned ? ['--yes', hashIn(words[2] ?? '')] : []
    const { out, err, code } = await callTool([...given, ...yes], env)
    expect([code, err]).toEqual([0, ''])
    said.push(out)
  }
  return said
}

test('an order that waits until it is over, while its signer is taken out, or until its process is gone, changes nothing', async () => {
  const id = next()
  const [here] = machines
  await begin(0, id, 'one')
  const before = await deedsWritten()
  const release = (words: Words) => () => order(1, 'brake-release', id, words)
  const late = await afterWaiting(release(await signed('brake-release', id)), () =>
    pass(here, { seconds: 3700 }),
  )
  expect(late).toEqual([expect.stringContaining('it is older than an hour')])
  const ended = await afterWaiting(release(await signed('brake-release', id)), async (tx) => {
    const waits = "datname = current_database() and wait_event_type = 'Lock'"
    await tx.raw(`select pg_terminate_backend(pid) from pg_stat_activity where ${waits}`)
  })
  expect(ended).not.toEqual(['done'])
  const [third, gone] = [await signer('three'), await lastDayOf('one')]
  const bySigner = await afterWaiting(release(await signed('brake-release', id)), async (tx) => {
    await applyRegister(tx, seals, { objects: [third, gone], problems: [] }, new Date())
  })
  expect(bySigner).toEqual([expect.stringContaining('The order is not carried out: ')])
  expect(await deedsWritten()).toBe(before)
  expect(await written(id)).toMatchObject({ status: 'suspended' })
  await apply([await lastDayOf('one', { version: 3, until: undefined })])
})

/** What becomes of a deed that was judged, and waits for this work at the other machine. */
async function afterWaiting(
  deed: () => Promise<unknown>,
  work: (tx: Transaction) => Promise<void>,
): Promise<string[] | undefined> {
  const [here, there] = machines
  let waiting: Promise<string[]> | undefined
  await transact(here, async (tx) => {
    await lockRegister(tx)
    waiting = atOnce(deed())
    await vi.waitUntil(() => isOneWaiting(there), { timeout: 20_000, interval: 5 })
    await work(tx)
  })
  return waiting
}

async function lastDayOf(name: Name, change: object = {}): Promise<RegisterObject> {
  const { versions } = (await openRegister(machines[0], seals)).current()
  const newest = versions.findLast(({ id }) => id === `sig_${name}`)
  return another('signer', { ...newest?.content, version: 2, until: '2026-01-06', ...change })
}

async function isOneWaiting(db: Database): Promise<boolean> {
  const { rows } = await db.raw<{ rows: unknown[] }>(
    "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  )
  return rows.length > 0
}

/** The commands of the block about brakes, as bash reads them. */
function pasted(page: string, names_: Readonly<Record<string, string>>): string[][] {
  const [block, ...others] = blocksOf(page).filter(({ text }) => text.includes(' brake '))
  expect(others).toEqual([])
  const text = Object.entries(names_).reduce(
    (script, [name, real]) => script.replaceAll(name, real),
    block?.text ?? '',
  )
  // Its program says the words that it was given, in the place of npm.
  const script = `npm() { node -e 'console.log(JSON.stringify(process.argv.slice(1)))' -- "$@"; }\n${text}`
  return execFileSync('bash', ['-euc', script], { cwd: folder, encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as string[]).slice(4))
}
