import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLog } from '../../src/base/logging/log.ts'
import { makeMeter } from '../../src/base/logging/meter.ts'
import type { Database, Transaction } from '../../src/base/database/database.ts'
import { openDatabase, transact } from '../../src/base/database/database.ts'
import {
  applyRegister,
  brakeByOrder,
  openRegister,
  registerFindings,
} from '../../src/registry/index.ts'
import type { BrakeAsked } from '../../src/registry/index.ts'
import type { BrakeDeed } from '../../src/registry/objects/brakes.ts'
import { makeBrakeNotices } from '../../src/registry/objects/brake-notices.ts'
import { brakeOn, brakesOf, standingBrakes } from '../../src/registry/objects/brakes.ts'
import { toldBrakes } from '../../src/pages/status/told-brakes.ts'
import type { Register } from '../../src/registry/objects/register.ts'
import { RegisterUntrusted } from '../../src/registry/changes/seal.ts'
import type { RegisterObject } from '../../src/registry/changes/store.ts'
import { tellBrakes } from '../../src/house/brake-gauges.ts'
import { rings } from '../support/alarm-rules.ts'
import { registerCommand, signingCommand } from '../support/commands.ts'
import type { FreshDatabase } from '../support/database.ts'
import { freshDatabase } from '../support/database.ts'
import { newFolder } from '../support/fault-process.ts'
import { housePatience } from '../support/patience.ts'
import { seriesIn } from '../support/series.ts'
import { given, seals } from '../support/seals.ts'
import { signChange, signOrder } from '../support/two-signers.ts'
import { unservable } from '../support/unservable.ts'
import { another, everything, writeFiles } from './whole-register.ts'

// One suspends, two let it stand or end it. One story: each test goes on from the register of the one before.

const { issuer } = given
const names = ['one', 'two', 'mallory'] as const
type Name = (typeof names)[number]
const agreement = { kind: 'agreement', id: 'agr_one' } as const

let fresh: FreshDatabase
let db: Database
let folder: string
let files = 0

beforeAll(async () => {
  fresh = await freshDatabase()
  db = openDatabase(fresh.url, housePatience)
  folder = newFolder()
  const signers = await Promise.all(names.map(signer))
  const others = everything.filter(({ kind }) => kind !== 'signer')
  await apply([...others, ...signers.slice(0, 2)])
})
afterAll(async () => {
  await db.destroy()
  await fresh.drop()
  rmSync(folder, { recursive: true, force: true })
})

async function signer(name: Name): Promise<RegisterObject> {
  const [line = ''] = (await signingCommand(['key', keyOf(name)], new Date())) ?? []
  const made = { signer_id: `sig_${name}`, public_key: line.replace('public_key: ', '') }
  return another('signer', made)
}

function keyOf(name: Name): string {
  return join(folder, `${name}.jwk.json`)
}

function apply(objects: readonly RegisterObject[]) {
  return transact(db, (tx) => applyRegister(tx, seals, { objects, problems: [] }, new Date()))
}

const why = { reason: 'Un essai', 'reason-en': 'A trial' }

function order(deed: BrakeAsked['deed'], words: BrakeAsked['words'], of = agreement) {
  return brakeByOrder(db, { seals, issuer }, { deed, ...of, words }, new Date())
}

function begin(by: Name, of?: typeof agreement) {
  return order('brake', { ...why, key: keyOf(by) }, of)
}

/** An order in a file, signed by these. */
async function signed(deed: BrakeAsked['deed'], ...by: readonly Name[]): Promise<string> {
  const file = join(folder, `order${++files}.json`)
  await order(deed, { ...why, out: file })
  for (const name of by) await signOrder(file, keyOf(name), new Date())
  return file
}

async function status() {
  const register = (await openRegister(db, seals)).current()
  return register.agreement('agr_one')?.status
}

test('a signer suspends at once; nobody else does, and no order under which two signed is undone by it', async () => {
  writeFiles(join(folder, 'files'), [another('category', { version: 2 })])
  const change = join(folder, 'change.json')
  const plan = ['plan', join(folder, 'files'), '--out', change, '--reason', 'a', '--reason-en', 'a']
  await registerCommand(db, plan, new Date(), unservable, given)
  for (const name of ['one', 'two'] as const) await signChange(change, keyOf(name), new Date())

  const live = await openRegister(db, seals)
  await expect(begin('mallory')).rejects.toThrow('a signature is by no signer')
  await expect(order('brake', { ...why, operator: 'Anna' })).rejects.toThrow('Somebody of the reg')
  await expect(order('brake-release', why)).rejects.toThrow('Nothing suspends agr_one')
  await expect(begin('one', { ...agreement, id: 'agr_none' as 'agr_one' })).rejects.toThrow(
    'The register has no agreement agr_none.',
  )
  expect([await status(), live.current().agreement('agr_one')?.status]).toEqual([
    'in_force',
    'in_force',
  ])
  // Two at once: one of them suspends.
  const [one, other] = await Promise.allSettled([begin('one'), begin('one')])
  expect([one?.status, other?.status].toSorted()).toEqual(['fulfilled', 'rejected'])
  const held = await live.at(live.current().epoch + 1)
  expect(held.agreement('agr_one')).toMatchObject({ status: 'suspended', version: 1 })
  expect(held.agreement('agr_one@1')?.status).toBe('suspended')
  // Whoever wants to ask these bodies still finds them.
  expect(held.bodies).toHaveLength(2)
  expect(held.versions.find(({ id }) => id === 'agr_one')?.content['status']).toBe('in_force')

  // Everybody is told by which office.
  expect(toldBrakes(held, new Date())).toMatchObject([
    { kind: 'agreement', id: 'agr_one', isConfirmed: false, by: [held.signer('sig_one')?.office] },
  ])

  await registerCommand(db, ['apply', change], new Date(), unservable, given)
  expect(await status()).toBe('suspended')
})

test('one alone neither lets it stand nor ends it; two do, and each order once', async () => {
  for (const deed of ['brake-confirm', 'brake-release'] as const) {
    await expect(order(deed, { ...why, key: keyOf('two') })).rejects.toThrow('and 1 did')
    const twice = await signed(deed, 'one', 'one')
    await expect(order(deed, { order: twice })).rejects.toThrow('sig_one signed twice')
    const forged = await signed(deed, 'one', 'mallory')
    await expect(order(deed, { order: forged })).rejects.toThrow('by no signer')
  }
  const confirmation = await signed('brake-confirm', 'one', 'two')
  const [said] = await order('brake-confirm', { order: confirmation })
  expect(said).toMatch(/^agreement agr_one stays suspended, until /)
  await expect(order('brake-confirm', { order: confirmation })).rejects.toThrow('already')
  const release = await signed('brake-release', 'one', 'two')
  await order('brake-release', { order: release })
  expect(await status()).toBe('in_force')
  // Two found it right: the same one may do so again; an order of the brake before says nothing about this one.
  await begin('one')
  await expect(order('brake-release', { order: release })).rejects.toThrow('something else')
  await order('brake-release', { order: await signed('brake-release', 'one', 'two') })
  await expect(begin('one')).rejects.toThrow('no two confirmed it')
  await begin('two')
  expect(await status()).toBe('suspended')
})

const forgedRelease = `with forged as (
    select replace(document, '"deed":"brake",', '"deed":"brake-release",') as document from public_object
    where document like '%"deed":"brake",%' and document like '%"kind":"register-brake"%' limit 1),
  published as (
    insert into public_object (document, sha256, leaf_id, announced_at)
    select document, sha256(convert_to(document, 'UTF8')), gen_random_uuid(), now() from forged returning sha256)
  insert into register_brake (sha256, operator) select sha256, null from published`

const gone = 'register_brake of agreement agr_one: it was published, and its row is gone'
const unsealed = 'register: its versions or its brakes do not bear the seal'

test.each([
  [
    'a row is taken away',
    'delete from register_brake where brake_no = (select max(brake_no) from register_brake)',
    [unsealed, gone],
  ],
  ['all of them are', 'delete from register_brake', [unsealed, gone, gone, gone, gone, gone, gone]],
  [
    'its document is',
    `delete from public_object where document like '%register-brake%'`,
    Array<string>(6).fill('register_brake N: it is not what its public'),
  ],
  [
    'an end is put back, of another brake',
    `insert into register_brake (sha256, operator) select sha256(sha256), operator from register_brake limit 1`,
    [unsealed, 'register_brake N: it is not what its public'],
  ],
  [
    'another name stands there',
    `update register_brake set operator = 'Anna'`,
    [unsealed, ...Array<string>(6).fill('register_brake N: it is not what its public document')],
  ],
  [
    'somebody lets it end, without a signature',
    forgedRelease,
    [unsealed, 'register_brake N: its order does not speak for it'],
  ],
])(
  'where %s, no process loads the register, no files seal it anew, and « ledger verify » names it',
  async (_what, sql, named) => {
    const live = await openRegister(db, seals)
    await undone(async (tx) => {
      await tx.raw(sql)
      await expect(openRegister(tx, seals)).rejects.toThrow(RegisterUntrusted)
      expect(await faults(tx)).toEqual(named.map((start) => expect.stringContaining(start)))
      await takeSeals(tx)
      const objects = filesOf(live.current())
      await expect(applyRegister(tx, seals, { objects, problems: [] }, new Date())).rejects.toThrow(
        /^(brake|a brake|The order is not carried out)/,
      )
    })
    expect(live.current().agreement('agr_one')?.status).toBe('suspended')
    expect(await faults(db)).toEqual([])
  },
)

async function faults(of: Database | Transaction): Promise<string[]> {
  return (await registerFindings(of, seals)).map(
    ({ where, because }) => `${where.replace(/brake \d+$/, 'brake N')}: ${because}`,
  )
}

test('a register whose seals were lost is sealed anew with its brakes, whose orders speak for themselves', async () => {
  const objects = filesOf((await openRegister(db, seals)).current())
  await undone(async (tx) => {
    await takeSeals(tx)
    await expect(openRegister(tx, seals)).rejects.toThrow(RegisterUntrusted)
    await applyRegister(tx, seals, { objects, problems: [] }, new Date())
    const held = (await openRegister(tx, seals)).current()
    expect(held.agreement('agr_one')?.status).toBe('suspended')
  })
})

test('a brake stays proved by the keys of its day, when its signers have others or left', async () => {
  const now = filesOf((await openRegister(db, seals)).current())
  const two = now.find(({ id }) => id === 'sig_two')
  await undone(async (tx) => {
    const made = await signingCommand(['key', join(folder, 'next.jwk.json')], new Date())
    const key = (made ?? []).join('').replace(/^.*public_key: /, '')
    const [next, left] = [
      another('signer', { signer_id: 'sig_one', version: 2, public_key: key }),
      another('signer', { ...two?.content, version: 2, until: '2026-01-06' }),
    ]
    const changed = { objects: [next, left], problems: [] }
    await applyRegister(tx, seals, changed, new Date())
    const objects = filesOf((await openRegister(tx, seals)).current())
    expect(await faults(tx)).toEqual([])
    await takeSeals(tx)
    await applyRegister(tx, seals, { objects, problems: [] }, new Date())
    const held = (await openRegister(tx, seals)).current()
    expect(held.agreement('agr_one')?.status).toBe('suspended')
  })
})

/** What somebody with SQL does past the broker, and what follows; nothing of it stays. */
async function undone(work: (tx: Transaction) => Promise<void>): Promise<void> {
  const tx = await db.transaction()
  try {
    await tx.raw('set local session_replication_role = replica')
    await work(tx)
  } finally {
    await tx.rollback()
  }
}

async function takeSeals(tx: Transaction): Promise<void> {
  await tx.raw('delete from register_seal')
  await tx.raw('update register_state set seal = null')
}

/** The newest version of each object, as its file says it. */
function filesOf({ versions }: Register): RegisterObject[] {
  const newest = new Map(versions.map((one) => [`${one.kind} ${one.id}`, one]))
  return [...newest.values()].filter(({ kind }) => kind !== 'change')
}

test('the files of an earlier instant come with what was suspended at once then', async () => {
  const [brake] = (await openRegister(db, seals)).current().brakes
  const [began = new Date(), ended = new Date()] = [brake?.begunAt, brake?.releasedAt]
  const suspended = async (ms: number, name: string) => {
    const words = ['export', join(folder, name), '--at', new Date(ms).toISOString()]
    const said = await registerCommand(db, words, new Date(), unservable, given)
    return said?.filter((line) => line.includes('suspended'))
  }
  const line = 'suspended at once then, which no file says: agreement agr_one'
  expect(await suspended(began.getTime() - 1, 'before')).toEqual([])
  expect(await suspended(began.getTime(), 'at')).toEqual([line])
  expect(await suspended(ended.getTime() - 1, 'within')).toEqual([line])
  expect(await suspended(ended.getTime(), 'after')).toEqual([])
})

test('a brake ends by the time alone, to the millisecond, and two make it thirty days', () => {
  const day = 24 * 3600 * 1000
  const endOf = (...deeds: BrakeDeed[]) =>
    [0, day - 1, day, 30 * day, 31 * day].map(
      (ms) => brakeOn(brakesOf(deeds), 'agreement', 'agr_one', at(ms)) !== undefined,
    )
  expect(endOf(told('brake', 0))).toEqual([true, true, false, false, false])
  expect(endOf(told('brake', 0), told('brake-confirm', day - 1))).toEqual([
    true,
    true,
    true,
    true,
    false,
  ])
  // Once it has ended nothing lengthens it; by a clock that is behind, it stands.
  expect(endOf(told('brake', 0), told('brake-confirm', day))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ])
  // What is released is so for whoever knows of it, also by a clock that is behind.
  const released = [told('brake', 0), told('brake-release', 5)]
  expect(endOf(...released)).toEqual([false, false, false, false, false])
  expect(endOf(...released, told('brake', 6))[0]).toBe(true)
  expect(brakeOn(brakesOf([told('brake', 0)]), 'agreement', 'agr_one', at(-5))).toBeDefined()
  expect(brakeOn(brakesOf([told('brake', 0)]), 'organisation', 'agr_one', at(5))).toBeUndefined()
})

const hours = 3600 * 1000

test.each([
  // One alone: at once, and two hours before it ends.
  [[told('brake', 0)], 0, ['BRAKE_BEGUN'], ['AccordBrakeBegun']],
  [[told('brake', 0)], 22 * hours, ['BRAKE_BEGUN'], ['AccordBrakeBegun']],
  [
    [told('brake', 0)],
    22 * hours + 1,
    ['BRAKE_BEGUN', 'BRAKE_ENDS'],
    ['AccordBrakeBegun', 'AccordBrakeEnds'],
  ],
  [[told('brake', 0)], 24 * hours, [], []],
  // Two: three days before it ends.
  [[told('brake', 0), told('brake-confirm', 1)], 27 * 24 * hours + 1, [], []],
  [
    [told('brake', 0), told('brake-confirm', 1)],
    27 * 24 * hours + 2,
    ['BRAKE_ENDS'],
    ['AccordBrakeConfirmedEnds'],
  ],
  [[told('brake', 0), told('brake-release', 1)], 2, [], []],
])('who watches lines and alarms hears of it: %#', async (deeds, ms, codes, alarms) => {
  const brakes = brakesOf(deeds)
  const said: unknown[] = []
  const notice = makeBrakeNotices({
    ...openLog('fatal', { write: () => undefined }),
    error: (fields) => void said.push(fields['code']),
  })
  for (let n = 0; n < 3; n++) notice(brakes, at(ms))
  expect(said).toEqual(codes)
  const meter = makeMeter()
  const live = { current: () => ({ brakes }) as unknown as Register } // of which nothing else is read
  tellBrakes({ meter, clock: () => at(ms), live })
  const series = seriesIn(await meter.text())
  const count = standingBrakes(brakes, at(ms)).length
  expect(series.get('accord_brakes{kind="agreement"}')).toBe(count)
  const rung = ['AccordBrakeBegun', 'AccordBrakeEnds', 'AccordBrakeConfirmedEnds']
  expect(rung.filter((alarm) => rings(alarm, series))).toEqual(alarms)
})

function told(deed: BrakeDeed['deed'], ms: number): BrakeDeed {
  return {
    ...agreement,
    deed,
    at: at(ms),
    reason: { fr: 'a', en: 'a' },
    by: ['sig_one'],
    orderSha256: String(ms),
  }
}

function at(ms: number): Date {
  return new Date(Date.UTC(2026, 2, 8) + ms)
}
