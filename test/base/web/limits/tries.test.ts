import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../../../src/base/database/database.ts'
import { openDatabase } from '../../../../src/base/database/database.ts'
import { makeFairQueue } from '../../../../src/base/jobs/fair-queue.ts'
import { networkOf, rungsOf } from '../../../../src/base/web/limits/network.ts'
import { Refusal, Unavailable } from '../../../../src/base/values/refusal.ts'
import type { TryToCount, Tries } from '../../../../src/base/web/limits/tries.ts'
import { makeRateCounts } from '../../../../src/base/web/limits/rate-counts.ts'
import { makeTries } from '../../../../src/base/web/limits/tries.ts'
import type { FreshDatabase } from '../../../support/database.ts'
import { freshDatabase } from '../../../support/database.ts'
import { housePatience } from '../../../support/patience.ts'

// Two `Tries` over one database are two processes.

let fresh: FreshDatabase
let db: Database
let ahead = 0
let tries: Tries
let other: Tries

// While a line fills, on whatever machine, no time passes by itself.
let still: number | undefined
const clock = () => new Date((still ?? Date.now()) + ahead)

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
  // What was stopped was not counted: one place that is given back is one place.
  for (const { taken } of judged.slice(0, 1)) await tries.giveBack(taken)
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
  // A hundred, and the first turn of the line.
  for (let i = 0; i < 101; i++) await answer(tries, passwordAt(peer, name()), wrong)

  const further = Array.from({ length: 4 }, () => answer(tries, passwordAt(peer, name()), right))
  expect(await answer(tries, passwordAt(peer, name(), 'her browser'), right)).toBe('right')
  const before = clock()
  const outcomes = await whileTimePasses(further)
  expect(outcomes).toContain('too-many-attempts')
  const inTime = 1 + Math.floor((clock().getTime() - before.getTime()) / 9000)
  expect(outcomes.filter((one) => one === 'right').length).toBeLessThanOrEqual(inTime)
  expect(await answer(tries, passwordAt(peerOf(), name()), right)).toBe('right')
})

test('tries of a network over its limit are not counted against an address or account', async () => {
  const [peer, account] = [peerOf(), name()]
  for (let i = 0; i < 101; i++)
    await answer(tries, { kind: 'second-code', peer, account: name() }, wrong)
  const flood = Array.from({ length: 50 }, () =>
    answer(tries, { kind: 'second-code', peer, account }, wrong),
  )
  const judged = (await whileTimePasses(flood)).filter((code) => code === 'sign-in.refused')
  expect(judged.length).toBeLessThan(6)

  const elsewhere: TryToCount = { kind: 'second-code', peer: peerOf(), account }
  const left = 10 - judged.length
  expect(await answers(elsewhere, left + 1)).toEqual([
    ...times('sign-in.refused', left),
    'too-many-attempts',
  ])
})

test('a try that was not compared is not counted', async () => {
  const tried = passwordAt(peerOf(), name())

  expect(await answers(tried, 30, away)).toEqual(times('outage', 30))
  expect(await answer(tries, tried, right)).toBe('right')
})

test('an IPv6 address counts at /64, /56 and /48, each with four times as many', async () => {
  const counts = makeRateCounts({ db, clock })
  const limit = { name: 'rungs', points: 20, seconds: 600 }
  const isLeft = async (network: string) =>
    (await counts.takeAsFar([{ limit, by: { network } }])).over === undefined
  const fill = async (net: string) => {
    for (let i = 0; i < 23; i++) await isLeft(`${net}::${i.toString(16)}`)
  }
  await fill('2001:db8:1:100')
  expect(await isLeft('2001:db8:1:100::ffff')).toBe(false)
  expect(await isLeft('2001:db8:1:101::1')).toBe(true)
  for (const net of ['2001:db8:1:101', '2001:db8:1:102', '2001:db8:1:103']) await fill(net)
  expect(await isLeft('2001:db8:1:104::1')).toBe(false)
  // A neighbour in another /56 of the same /48.
  expect(await isLeft('2001:db8:1:200::1')).toBe(true)
  for (let site = 2; site < 5; site++)
    for (let net = 0; net < 4; net++) await fill(`2001:db8:1:${site}0${net}`)
  expect(await isLeft('2001:db8:1:500::1')).toBe(false)
  expect(await isLeft('2001:db8:2:100::1')).toBe(true)
})

test('a network that stays shut is open again once what was let in is given back, however many were stopped', async () => {
  const counts = makeRateCounts({ db, clock })
  const limit = { name: 'stopped', points: 10, seconds: 600 }
  const take = () => counts.takeAsFar([{ limit, by: { network: '192.0.2.1' } }])
  const let10 = []
  for (let i = 0; i < 10; i++) let10.push(await take())
  await Promise.all(Array.from({ length: 30 }, take))
  for (const { taken } of let10) await counts.giveBack(taken)

  for (let i = 0; i < 10; i++) expect((await take()).over).toBe(undefined)
  expect((await take()).over).toMatchObject({ limit })
})

describe('ways to accounts elsewhere', () => {
  test('sixty of one visitor in two seconds stop him, and none of his neighbours', async () => {
    const peer = peerOf()
    const links = Array.from({ length: 60 }, (_, n) =>
      gone(going(peer, 'his'), n % 2 === 0 ? tries : other),
    )
    const his = await Promise.all(links)
    expect(his.filter((one) => one === 'gone')).toHaveLength(20)
    for (const seconds of his.filter((one) => one !== 'gone')) expect(seconds).toBeGreaterThan(0)

    // What he was refused is not his network's.
    expect(await networkPoints('upstream/network', peer)).toBe(20)

    for (let n = 0; n < 40; n++) expect(await gone(going(peer, `neighbour ${n}`))).toBe('gone')
  })

  test('what comes back is given back once, and what does not stays counted', async () => {
    const peer = peerOf()
    const errands = Array.from({ length: 60 }, (_, n) => `${peer} ${n}`)
    for (const [n, errand] of errands.entries()) await go(going(peer, `visit ${n}`), errand)
    const [came = '', ...others] = errands
    await Promise.all([tries, other, tries].map((at) => at.endedWell('upstream', came)))
    await tries.endedWell('upstream', 'what nobody began')
    await tries.endedWell('device-code', others[0] ?? '')

    expect(await networkPoints('upstream/network', peer)).toBe(59)
    for (const errand of others) await tries.endedWell('upstream', errand)
    expect(await networkPoints('upstream/network', peer)).toBe(0)
  })

  test('a class of forty behind one address goes there and comes back, hour after hour', async () => {
    const peer = peerOf()
    for (let hour = 0; hour < 2; hour++)
      for (let pupil = 0; pupil < 40; pupil++) {
        const errand = `${peer} ${hour} ${pupil}`
        await go(going(peer, `visit ${errand}`), errand)
        await tries.endedWell('upstream', errand)
      }
    expect(await networkPoints('upstream/network', peer)).toBe(0)
  })

  test('beyond the limit of a network who brings less goes on before who brings much, one a second, and the line is short', async () => {
    const peer = peerOf()
    for (let n = 0; n < 61; n++) await gone(going(peer, `stranger ${n}`))
    still = Date.now()
    const order: string[] = []
    const waits = async (who: string, at = tries) => {
      const outcome = await gone(going(peer, who), at)
      order.push(outcome === 'gone' ? who : `${who}: ${outcome}`)
    }
    const loud = Array.from({ length: 15 }, () => waits('loud'))
    const [quiet, another] = [waits('quiet'), waits('another')]
    await expect.poll(() => order.length).toBeGreaterThanOrEqual(13)
    expect(order.filter((one) => /^loud: \d+$/.test(one))).toHaveLength(13)
    await whileTimePasses([...loud, quiet, another])
    still = undefined
    const wentOn = order.filter((one) => !one.startsWith('loud: '))
    expect(wentOn.slice(0, 3).toSorted()).toEqual(['another', 'loud', 'quiet'])
    expect(wentOn.slice(3)).toEqual(['loud'])
  })

  test('in a browser in which somebody signed in before, one goes on while strangers use up the network, and only so often', async () => {
    const peer = peerOf()
    for (let n = 0; n < 61; n++) await gone(going(peer, `stranger ${n}`))
    const known = going(peer, 'hers', 'her browser')
    for (let n = 0; n < 20; n++) expect(await gone(known)).toBe('gone')
    expect(await gone(known)).toBeGreaterThan(0)
    // Somebody who makes such browsers has what the network has of them.
    const before = clock()
    const made = await whileTimePasses(
      Array.from({ length: 150 }, (_, n) => gone(going(peer, 'his', `made ${n}`))),
    )
    const inTime = 101 + Math.floor((clock().getTime() - before.getTime()) / 1000)
    expect(made.filter((one) => one === 'gone').length).toBeLessThanOrEqual(inTime)
    expect(made.filter((one) => typeof one === 'number').length).toBeGreaterThan(20)
  })
})

test('two processes have one line: of many who exceed, no more go on in a time than one process lets', async () => {
  const peer = peerOf()
  const send = async (at: Tries) =>
    at
      .begin({ kind: 'address-code', peer, visit: name() }, name, () => Promise.resolve('sent'))
      .catch((error: unknown) => (error instanceof Refusal ? error.retryAfterSeconds : 'outage'))
  for (let n = 0; n < 60; n++) expect(await send(n % 2 === 0 ? tries : other)).toBe('sent')
  const more = await Promise.all([tries, other, tries, other].map(send))
  expect(more.filter((one) => one === 'sent')).toHaveLength(1)
  expect(more.filter((one) => one === 30)).toHaveLength(3)
  ahead += 30_000
  const later = await Promise.all([other, tries].map(send))
  expect(new Set(later)).toEqual(new Set([30, 'sent']))
})

test('thirty free accesses of one network have fifteen wrong codes of devices together, and one a minute', async () => {
  const peer = peerOf()
  const tried = (account: number): TryToCount => ({
    kind: 'device-code',
    peer,
    own: `free ${account}`,
  })
  const outcomes: string[] = []
  for (let account = 0; account < 30; account++)
    for (let n = 0; n < 6; n++) outcomes.push(await answer(tries, tried(account), wrong))

  expect(outcomes.filter((code) => code === 'sign-in.refused')).toHaveLength(16)
  // Who is in no access, and who is elsewhere, is not stopped by them.
  expect(await answer(tries, { kind: 'device-code', peer }, right)).toBe('right')
  expect(await answer(tries, { ...tried(1), peer: peerOf() }, right)).toBe('too-many-attempts')
  expect(await answer(tries, { ...tried(99), peer: peerOf() }, right)).toBe('right')
})

describe('new accesses', () => {
  test('that nobody finishes are sixty an hour of a network, and one more in twenty seconds', async () => {
    const peer = peerOf()
    const outcomes = []
    const before = clock()
    for (let n = 0; n < 70; n++) outcomes.push(await open(peer, `${peer} ${n}`))
    const inTime = 61 + Math.floor((clock().getTime() - before.getTime()) / 20_000)
    const opened = outcomes.filter((one) => one === 'open').length
    expect(opened).toBeGreaterThanOrEqual(61)
    expect(opened).toBeLessThanOrEqual(inTime)
    ahead += 20_000
    expect(await open(peer, `${peer} later`)).toBe('open')
  })

  test('that are finished leave room for others, up to what one hour has', async () => {
    const peer = peerOf()
    for (let n = 0; n < 300; n++) {
      expect(await open(peer, `${peer} ${n}`)).toBe('open')
      await tries.endedWell('new-access', `${peer} ${n}`)
    }
    const before = clock()
    const further = Array.from({ length: 8 }, (_, n) => open(peer, `${peer} further ${n}`))
    const went = (await whileTimePasses(further)).filter((one) => one === 'open')
    const inTime = 1 + Math.floor((clock().getTime() - before.getTime()) / 5000)
    expect(went.length).toBeLessThanOrEqual(inTime)
  })
})

function going(peer: string, visit: string, own?: string): TryToCount {
  return { kind: 'upstream', peer, visit, own }
}

function go(tried: TryToCount, errand = `${tried.visit} ${name()}`, at = tries): Promise<string> {
  return at.begin(
    tried,
    () => errand,
    () => Promise.resolve('gone'),
  )
}

/** Whether somebody went; if not, after how many seconds to come again. */
function gone(tried: TryToCount, at = tries): Promise<string | number> {
  return go(tried, undefined, at).catch((error: unknown) =>
    error instanceof Refusal ? (error.retryAfterSeconds ?? 0) : 'outage',
  )
}

function open(peer: string, visit: string): Promise<string> {
  const tried: TryToCount = { kind: 'new-access', peer, visit }
  return tries
    .begin(
      tried,
      () => visit,
      () => Promise.resolve('open'),
    )
    .catch((error: unknown) => (error instanceof Refusal ? error.code : 'outage'))
}

/** Those who wait in line see time pass: half a second each time they look. */
async function whileTimePasses<T>(all: readonly Promise<T>[]): Promise<T[]> {
  const passing = setInterval(() => (ahead += 500), 20)
  try {
    return await Promise.all(all)
  } finally {
    clearInterval(passing)
  }
}

async function networkPoints(limit: string, peer: string): Promise<number> {
  const digest = createHash('sha256').update(`counted:${peer} `).digest('base64url')
  const row: { points: number } | undefined = await db('rateLimits')
    .select('points')
    .where({ key: `${limit}:${digest}` })
    .first()
  return row?.points ?? 0
}

test.each([
  ['203.0.113.7', ['203.0.113.7'], '203.0.113.0/24'],
  ['2001:db8::1', ['2001:db8:0:0::/64', '2001:db8:0:0::/56', '2001:db8:0::/48'], '2001:db8:0::/48'],
  [
    '2001:db8:a:bcde:1:2:3:4',
    ['2001:db8:a:bcde::/64', '2001:db8:a:bc00::/56', '2001:db8:a::/48'],
    '2001:db8:a::/48',
  ],
  // As proxies write an address with its port, and an IPv4 address in IPv6.
  ['203.0.113.7:40001', ['203.0.113.7'], '203.0.113.0/24'],
  ['::ffff:203.0.113.7', ['203.0.113.7'], '203.0.113.0/24'],
  ['::ffff:cb00:7107', ['203.0.113.7'], '203.0.113.0/24'],
  [
    '[2001:db8::1]:40001',
    ['2001:db8:0:0::/64', '2001:db8:0:0::/56', '2001:db8:0::/48'],
    '2001:db8:0::/48',
  ],
  // Whatever is no address is one network.
  ['unknown', ['unknown'], undefined],
  ['203.0.113.7.evil:1', ['unknown'], undefined],
  ['::1', ['0:0:0:0::/64', '0:0:0:0::/56', '0:0:0::/48'], '0:0:0::/48'],
])('%s is counted by %s', (peer, networks, shown) => {
  expect(rungsOf(peer).map(({ network }) => network)).toEqual(networks)
  expect(networkOf(peer)).toBe(shown)
})

test('in the queue of signature checks each network gets its turn, and a network that fills its part leaves place for others', async () => {
  const line = makeFairQueue({ atOnce: 2, waiting: 8, ofOneNetwork: 5 })
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
