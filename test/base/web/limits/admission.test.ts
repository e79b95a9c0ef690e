import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { noMeter } from '../../../../src/base/logging/meter.ts'
import type { Load } from '../../../../src/base/observing/load.ts'
import type { Crowd, Refusable } from '../../../../src/base/web/limits/admission.ts'
import { makeAdmission, makeGate } from '../../../../src/base/web/limits/admission.ts'
import type { Endpoint, Rank } from '../../../../src/base/web/endpoints.ts'
import { ranks } from '../../../../src/base/web/endpoints.ts'

const inOrder: readonly Refusable[] = ['page', 'beginning', 'sign-in', 'decision', 'stop']
const light: Load = { turnMs: 1, workMs: 0.05, waiting: 0 }

/** Which ranks a gate takes, where a queue has stood for a while. */
function takenBy(crowd: Crowd, load: Load): readonly Refusable[] {
  return inOrder.filter((rank) => {
    const gate = makeGate()
    gate.takes(rank, crowd, load, 0)
    return gate.takes(rank, crowd, load, 50)
  })
}

describe('a queue that stands', () => {
  const many: Crowd = { underWay: 200, inOneTurn: 1 }

  test.each<[string, Crowd, Load, number]>([
    ['no queue', many, light, 0],
    ['turns that are longer than a page may wait', many, { ...light, turnMs: 7 }, 1],
    ['than a beginning', many, { ...light, turnMs: 11 }, 2],
    ['than a step of a sign-in', many, { ...light, turnMs: 15 }, 3],
    ['than a decision', many, { ...light, turnMs: 31 }, 4],
    ['than anything', many, { ...light, turnMs: 41 }, 5],
    ['work for what was begun before', many, { ...light, workMs: 0.1 }, 1],
    ['more of it', many, { ...light, workMs: 0.2 }, 3],
    ['work for hours', many, { ...light, workMs: 20 }, 5],
    ['requests that wait for a connection', many, { ...light, waiting: 90 }, 2],
    ['all that came in one turn', { underWay: 0, inOneTurn: 200 }, { ...light, turnMs: 50 }, 5],
  ])('refuses what can wait longest first: %s', (_, crowd, load, refused) => {
    expect(takenBy(crowd, load)).toEqual(inOrder.slice(refused))
  })

  test.each([
    [64, 'page'],
    [72, 'beginning'],
    [80, 'sign-in'],
    [128, 'decision'],
    [160, 'stop'],
  ])('is not of %i callers who wait for their answers: %s', (callers, rank) => {
    const slow: Load = { turnMs: 900, workMs: 40, waiting: 1000 }
    const taken = (crowd: Crowd) => takenBy(crowd, slow).includes(rank as Refusable)
    expect(taken({ underWay: callers, inOneTurn: callers })).toBe(true)
    expect(taken({ underWay: callers + 1, inOneTurn: 1 })).toBe(false)
    expect(taken({ underWay: 1, inOneTurn: callers + 1 })).toBe(false)
  })

  test('is none before it has stood for a while, and one for a second after each refusal', () => {
    const gate = makeGate()
    const asked = (atMs: number) => gate.takes('page', many, { ...light, turnMs: 8 }, atMs)
    const quiet = (atMs: number) => gate.takes('page', many, light, atMs)
    expect([asked(0), asked(49), quiet(60), asked(70), asked(119)]).toEqual(Array(5).fill(true))
    expect([gate.isClosing(119), asked(120), quiet(130), asked(1119)]).toEqual([
      false,
      false,
      true,
      false,
    ])
    expect([gate.isClosing(2118), quiet(2118)]).toEqual([true, true])
    expect([gate.isClosing(2119), asked(2119), asked(2168), asked(2169)]).toEqual([
      false,
      true,
      true,
      false,
    ])
  })

  test('begins no page where a decision was just refused, however few are there', () => {
    const gate = makeGate()
    const few: Crowd = { underWay: 3, inOneTurn: 3 }
    gate.takes('decision', many, { ...light, turnMs: 40 }, 0)
    expect(gate.takes('decision', many, { ...light, turnMs: 40 }, 50)).toBe(false)
    expect(inOrder.filter((rank) => gate.takes(rank, few, light, 60))).toEqual(['decision', 'stop'])
    expect(gate.takes('page', few, light, 111)).toBe(true)
  })
})

type Arrival = { readonly rank: Rank; readonly atMs: number }
type Outcome = Arrival & { readonly waitedMs: number; readonly isRefused: boolean }
type Living = {
  /** How many come in a second, by rank. */
  readonly perSecond: Readonly<Partial<Record<Rank, number>>>
  readonly seconds: number
  /** The work for one request, and for a refusal. */
  readonly workMs: number
  readonly refusalMs: number
}

const databaseMs = 3

/**
 * An event loop with a clock of its own: each turn takes what has come and what the database has answered. Half of the work for a request
 * is done when it comes, the rest after an answer of the database.
 */
async function live({
  perSecond,
  seconds,
  workMs,
  refusalMs,
}: Living): Promise<readonly Outcome[]> {
  const endpoints = ranks.map((rank): Endpoint => {
    return { path: `/${rank}`, rank, audience: 'programs', errors: 'problem' }
  })
  let [nowMs, busyMs, turn] = [0, 0, 0]
  const work = (ms: number) => {
    nowMs += ms
    busyMs += ms
  }
  const outcomes: Outcome[] = []
  let under: {
    readonly answeredMs: number
    readonly end: () => void
    readonly arrival: Arrival
  }[] = []
  const machine = { nowMs: () => nowMs, busyMs: () => busyMs, turn: () => turn, waiting: () => 0 }
  let arrival: Arrival = { rank: 'page', atMs: 0 }
  const admission = makeAdmission(machine, noMeter, endpoints, () => {
    work(refusalMs)
    outcomes.push({ ...arrival, waitedMs: nowMs - arrival.atMs, isRefused: true })
  })
  const begin = () => {
    const own = arrival
    work(workMs / 2)
    return new Promise<void>((end) =>
      under.push({ answeredMs: nowMs + databaseMs, end, arrival: own }),
    )
  }
  const coming = Object.entries(perSecond)
    .flatMap(([rank, rate]) =>
      Array.from({ length: rate * seconds }, (_, n): Arrival => {
        return { rank: rank as Rank, atMs: (n * 1000) / rate } // a key of the record
      }),
    )
    .toSorted((one, other) => one.atMs - other.atMs)
  const response = {} as ServerResponse // nobody writes
  for (let next = 0; next < coming.length || under.length > 0; turn++) {
    const [due, later] = [
      under.filter(({ answeredMs }) => answeredMs <= nowMs),
      under.filter(({ answeredMs }) => answeredMs > nowMs),
    ]
    under = later
    for (const { end, arrival: own } of due) {
      work(workMs / 2)
      outcomes.push({ ...own, waitedMs: nowMs - own.atMs, isRefused: false })
      end()
    }
    // What comes while the loop works waits for its next turn.
    const [seenMs, from] = [nowMs, next]
    while (next < coming.length && (coming[next]?.atMs ?? 0) <= seenMs) next += 1
    for (const one of coming.slice(from, next)) {
      arrival = one
      admission({ url: `/${one.rank}` } as IncomingMessage, response, begin)
    }
    if (due.length === 0 && from === next) nowMs += 0.1
    // What ended is counted in a microtask.
    await Promise.resolve().then(() => undefined)
  }
  return outcomes
}

function shareOf(outcomes: readonly Outcome[], rank: Rank): number {
  const those = outcomes.filter((one) => one.rank === rank)
  return those.filter(({ isRefused }) => !isRefused).length / those.length
}

function slowest(outcomes: readonly Outcome[], isRefused: boolean): number {
  const times = outcomes.filter((one) => one.isRefused === isRefused).map((one) => one.waitedMs)
  return times.toSorted((one, other) => one - other)[Math.floor(times.length * 0.99)] ?? 0
}

describe('at three times what a process can do', () => {
  // What comes before the queue stands is begun, and has to be worked off.
  const steadyMs = 1000
  const seconds = 3

  async function steady(living: Omit<Living, 'seconds'>): Promise<readonly Outcome[]> {
    return (await live({ ...living, seconds })).filter(({ atMs }) => atMs >= steadyMs)
  }
  const goodput = (outcomes: readonly Outcome[], workMs: number) =>
    (outcomes.filter(({ isRefused }) => !isRefused).length * workMs) / (seconds * 1000 - steadyMs)

  test.each([
    [
      'a usual machine',
      { workMs: 0.5, refusalMs: 0.03, refusedMs: 50, stops: 0.99, decisions: 0.99, pages: 0.01 },
    ],
    [
      'a slow one',
      { workMs: 2, refusalMs: 0.12, refusedMs: 200, stops: 0.8, decisions: 0.5, pages: 0.2 },
    ],
  ])(
    'it does nearly as much as it can, in time, and what comes first is done first: %s',
    async (_, { workMs, refusalMs, refusedMs, stops, decisions, pages }) => {
      const whole = 1000 / workMs
      const perSecond = {
        watch: 10,
        stop: whole / 20,
        decision: whole / 2,
        'sign-in': whole,
        beginning: whole / 2,
        page: whole,
      }
      const outcomes = await steady({ perSecond, workMs, refusalMs })
      expect(goodput(outcomes, workMs)).toBeGreaterThan(0.8)
      expect(slowest(outcomes, false)).toBeLessThan(1000)
      expect(slowest(outcomes, true)).toBeLessThan(refusedMs)
      const shares = ranks.map((rank) => shareOf(outcomes, rank))
      expect(shares).toEqual(shares.toSorted((one, other) => other - one))
      expect(shares[0]).toBe(1)
      expect(shares[1]).toBeGreaterThan(stops)
      expect(shares[2]).toBeGreaterThan(decisions)
      expect(shares.at(-1)).toBeLessThan(pages)
    },
  )

  test.each([
    ['decision', 75],
    ['page', 50],
  ] as const)('one kind alone is done as far as the process can: %s', async (rank, refusedMs) => {
    const outcomes = await steady({ perSecond: { [rank]: 6000 }, workMs: 0.5, refusalMs: 0.03 })
    expect(goodput(outcomes, 0.5)).toBeGreaterThan(0.8)
    expect(slowest(outcomes, false)).toBeLessThan(1000)
    expect(slowest(outcomes, true)).toBeLessThan(refusedMs)
  })
})

test('below what a process can do nothing is refused, and neither is a crowd that comes once', async () => {
  const steady = await live({
    perSecond: { page: 900, decision: 900 },
    seconds: 2,
    workMs: 0.5,
    refusalMs: 0.03,
  })
  expect(steady.filter(({ isRefused }) => isRefused)).toEqual([])
  const crowd = await live({
    perSecond: { page: 100_000 },
    seconds: 0.003,
    workMs: 0.5,
    refusalMs: 0.03,
  })
  expect(crowd).toHaveLength(300)
  expect(crowd.filter(({ isRefused }) => isRefused)).toEqual([])
})

test('slow callers count for a second at most', async () => {
  let nowMs = 0
  // A queue stands all the time, and each caller comes in a turn of its own.
  const machine = { nowMs: () => nowMs, busyMs: () => 0, turn: () => nowMs, waiting: () => 1000 }
  const page: Endpoint = { path: '/page', rank: 'page', audience: 'programs', errors: 'problem' }
  let refused = 0
  const admission = makeAdmission(machine, noMeter, [page], () => void (refused += 1))
  const [request, response] = [{ url: '/page' } as IncomingMessage, {} as ServerResponse] // nobody writes
  const ends: (() => void)[] = []
  const isRefusedAt = (atMs: number) => {
    nowMs = atMs
    const before = refused
    admission(request, response, () => new Promise<void>((end) => ends.push(end)))
    return refused > before
  }
  const begin = (many: number, atMs: number) =>
    Array.from({ length: many }, (_, n) => isRefusedAt(atMs + n))
  expect(new Set(begin(65, 0))).toEqual(new Set([false]))
  expect([150, 160, 400, 510].map(isRefusedAt)).toEqual([false, false, true, true])
  expect(isRefusedAt(1020)).toBe(false)
  // They end when others have come, and take none of those off.
  expect(new Set(begin(64, 1100))).toEqual(new Set([false]))
  for (const end of ends.slice(0, 65)) end()
  await Promise.resolve().then(() => undefined)
  expect(isRefusedAt(1300)).toBe(true)
  // Nobody came for a while.
  expect(isRefusedAt(2400)).toBe(false)
})
