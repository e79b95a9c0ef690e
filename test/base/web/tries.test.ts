import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../../src/base/platform/database.ts'
import { openDatabase } from '../../../src/base/platform/database.ts'
import { makeLine } from '../../../src/base/platform/line.ts'
import { networkOf, rungsOf } from '../../../src/base/web/network.ts'
import { Refusal, Unavailable } from '../../../src/base/platform/refusal.ts'
import type { TryToCount, Tries } from '../../../src/base/web/tries.ts'
import { makeTries } from '../../../src/base/web/tries.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'
import { housePatience } from '../../support/patience.ts'

// Two `Tries` over one database are two processes.

let fresh: FreshDatabase
let db: Database
let ahead = 0
let tries: Tries
let other: Tries

const clock = () => new Date(Date.now() + ahead)

beforeAll(async () => {
  fresh = await freshDatabase()
  db = openDatabase(fresh.url, housePatience)
  tries = makeTries({ db, clock })
  other = makeTries({ db, clock })
})

afterAll(async () => {
  await db.destroy()
  await fresh.drop()
})

let names = 0
const name = () => `name ${(names += 1)}`
const peerOf = () => `10.0.${Math.floor(names / 250)}.${(names += 1) % 250}`

function passwordAt(peer: string, address: string, browser?: string): TryToCount {
  return { kind: 'password', peer, address, browser }
}

function code(peer: string): TryToCount {
  return { kind: 'message-code', peer }
}

const wrong = () => Promise.reject(new Refusal('sign-in.refused'))
const right = () => Promise.resolve('right')
const away = () => Promise.reject(new Unavailable(new Error('too many wait')))

/** How each of so many tries was answered: judged, or stopped before. */
async function answers(
  tried: TryToCount,
  count: number,
  judge: () => Promise<unknown> = wrong,
): Promise<string[]> {
  const all = []
  for (let i = 0; i < count; i++) all.push(await answer(tries, tried, judge))
  return all
}

async function answer(
  at: Tries,
  tried: TryToCount,
  judge: () => Promise<unknown>,
  usedUp?: () => Promise<void>,
): Promise<string> {
  return at.judge(tried, judge, usedUp).then(
    () => 'right',
    (error: unknown) => (error instanceof Refusal ? error.code : 'outage'),
  )
}

function times(value: string, count: number): string[] {
  return Array.from({ length: count }, () => value)
}

test('the count of a right password is given back, that of a wrong one is not', async () => {
  const [address, peer] = [name(), peerOf()]

  expect(await answers(passwordAt(peer, address), 40, right)).toEqual(times('right', 40))
  expect(await answers(passwordAt(peer, address), 21)).toEqual([
    ...times('sign-in.refused', 20),
    'too-many-attempts',
  ])
})

test('a password whose result is not shown yet stays counted until its count is given back', async () => {
  const tried = passwordAt(peerOf(), name())
  const judged = []
  for (let i = 0; i < 20; i++) judged.push(await tries.judgeUnsaid(tried, right))

  expect(await answer(tries, tried, right)).toBe('too-many-attempts')
  // It was counted once more, and stopped; that one is nobody's to give back.
  for (const { taken } of judged.slice(0, 2)) await tries.giveBack(taken)
  expect(await answer(tries, tried, right)).toBe('right')
})

test('a count is given back only in its own period, and never more than was counted', async () => {
  const tried = passwordAt(peerOf(), name())
  const { taken } = await tries.judgeUnsaid(tried, right)
  ahead += 2 * 3600 * 1000
  await answers(tried, 20)
  for (let i = 0; i < 5; i++) await tries.giveBack(taken)
  expect(await answer(tries, tried, right)).toBe('too-many-attempts')

  const later = passwordAt(peerOf(), name())
  const { taken: once } = await tries.judgeUnsaid(later, right)
  for (let i = 0; i < 5; i++) await tries.giveBack(once)
  expect(await answers(later, 21)).toEqual([...times('sign-in.refused', 20), 'too-many-attempts'])
})

test('of many tries at once on two processes no more than the limit are compared', async () => {
  const tried: TryToCount = { kind: 'second-code', peer: peerOf(), account: name() }
  let [judged, told] = [0, 0]
  const judge = () => {
    judged += 1
    return wrong()
  }
  const tell = () => {
    told += 1
    return Promise.resolve()
  }
  await Promise.all(
    Array.from({ length: 60 }, (_, i) => answer(i % 2 === 0 ? tries : other, tried, judge, tell)),
  )

  expect([judged, told]).toEqual([10, 1])
})

test('an attacker who uses up the tries of an address keeps its person out of none of her browsers', async () => {
  const address = name()
  for (let place = 0; place < 5; place++)
    await answers(passwordAt(`203.0.113.${place}`, address), 20)
  expect(await answer(tries, passwordAt(peerOf(), address), right)).toBe('too-many-attempts')

  const hers = passwordAt(peerOf(), address, 'her browser')
  expect(await answers(hers, 21)).toEqual([...times('sign-in.refused', 20), 'too-many-attempts'])
  expect(await answer(tries, passwordAt(peerOf(), address, 'her phone'), right)).toBe('right')
})

test('a network that has used up its tries keeps nobody out of her own browser, and no other network out', async () => {
  const peer = peerOf()
  for (let i = 0; i < 100; i++) await answer(tries, passwordAt(peer, name()), wrong)

  expect(await answer(tries, passwordAt(peer, name()), right)).toBe('too-many-attempts')
  expect(await answer(tries, passwordAt(peer, name(), 'her browser'), right)).toBe('right')
  expect(await answer(tries, passwordAt(peerOf(), name()), right)).toBe('right')
})

test('tries of a network over its limit are not counted against an address or account', async () => {
  const [peer, account] = [peerOf(), name()]
  for (let i = 0; i < 100; i++)
    await answer(tries, { kind: 'recovery-code', peer, account: name() }, wrong)
  for (let i = 0; i < 50; i++) await answer(tries, { kind: 'recovery-code', peer, account }, wrong)

  const elsewhere: TryToCount = { kind: 'recovery-code', peer: peerOf(), account }
  expect(await answers(elsewhere, 6)).toEqual([...times('sign-in.refused', 5), 'too-many-attempts'])
})

test('a try that was not compared is not counted', async () => {
  const tried = passwordAt(peerOf(), name())

  expect(await answers(tried, 30, away)).toEqual(times('outage', 30))
  expect(await answer(tries, tried, right)).toBe('right')
})

test('an IPv6 address counts at /64, /56 and /48, each with four times as many', async () => {
  const fill = async (net: string) => {
    for (let i = 0; i < 70; i++) await answer(tries, code(`${net}::${i.toString(16)}`), wrong)
  }
  await fill('2001:db8:1:100')
  expect(await answer(tries, code('2001:db8:1:100::ffff'), right)).toBe('too-many-attempts')
  expect(await answer(tries, code('2001:db8:1:101::1'), right)).toBe('right')
  for (const net of ['2001:db8:1:101', '2001:db8:1:102', '2001:db8:1:103']) await fill(net)
  expect(await answer(tries, code('2001:db8:1:104::1'), right)).toBe('too-many-attempts')
  // A neighbour in another /56 of the same /48.
  expect(await answer(tries, code('2001:db8:1:200::1'), right)).toBe('right')
  for (let site = 2; site < 5; site++)
    for (let net = 0; net < 4; net++) await fill(`2001:db8:1:${site}0${net}`)
  expect(await answer(tries, code('2001:db8:1:500::1'), right)).toBe('too-many-attempts')
  expect(await answer(tries, code('2001:db8:2:100::1'), right)).toBe('right')
})

test.each([
  ['203.0.113.7', ['203.0.113.7'], '203.0.113.0/24'],
  ['2001:db8::1', ['2001:db8:0:0::/64', '2001:db8:0:0::/56', '2001:db8:0::/48'], '2001:db8:0::/48'],
  [
    '2001:db8:a:bcde:1:2:3:4',
    ['2001:db8:a:bcde::/64', '2001:db8:a:bc00::/56', '2001:db8:a::/48'],
    '2001:db8:a::/48',
  ],
  ['::1', ['0:0:0:0::/64', '0:0:0:0::/56', '0:0:0::/48'], '0:0:0::/48'],
])('%s is counted by %s', (peer, networks, shown) => {
  expect(rungsOf(peer).map(({ network }) => network)).toEqual(networks)
  expect(networkOf(peer)).toBe(shown)
})

test('in the queue of signature checks each network gets its turn, and a network that fills its part leaves place for others', async () => {
  const line = makeLine({ atOnce: 2, waiting: 8, ofOneNetwork: 5 })
  const done: string[] = []
  const gate = Promise.withResolvers<undefined>()
  const work = (key: string) => () => gate.promise.then(() => done.push(key))
  const flood = Array.from({ length: 20 }, () => line.take('loud', work('loud')))
  const settled = Promise.allSettled(flood)
  const neighbours = ['a', 'b', 'a'].map((key) => line.take(key, work(key)))
  await expect(line.take('c', work('c'))).rejects.toThrow(Unavailable)
  gate.resolve(undefined)
  await Promise.all(neighbours)
  const refused = (await settled).filter(({ status }) => status === 'rejected')

  expect(refused).toHaveLength(13)
  expect(done.slice(0, 5)).toEqual(['loud', 'loud', 'loud', 'a', 'b'])
  expect(done).toHaveLength(10)
  expect(await line.take('loud', () => Promise.resolve('again'))).toBe('again')
})

test('the table holds no address and no network in clear', async () => {
  await answer(tries, passwordAt('198.51.100.77', 'marie@exemple.test'), wrong)

  const { rows } = await db.raw<{ rows: { key: string }[] }>('select key from rate_limits')
  const keys = rows.map(({ key }) => key).join('\n')
  expect(keys).toContain('password/address:')
  for (const plain of ['198.51.100.77', 'marie']) expect(keys).not.toContain(plain)
})
