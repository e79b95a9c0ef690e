import { afterAll, beforeAll, expect, test } from 'vitest'
import { secondsAfter } from '../../src/base/values/clock.ts'
import { sweepUnpushed } from '../../src/provider/unit/session-store.ts'
import type { Broker } from '../support/broker.ts'
import { callbackOf, codeOf, startBroker } from '../support/broker.ts'
import type { Browser } from '../support/browser.ts'
import { makeBrowser } from '../support/browser.ts'
import { newPerson } from '../support/person.ts'
import type { Service } from '../support/service.ts'
import { makeService } from '../support/service.ts'

// A request in the address costs whoever sends it nothing. `npm run drill -- unpushed --requests N` sends many, and says how long a sign-in
// takes before and after.

const requests = Number(process.env['DRILL_REQUESTS'] ?? 40)
const perMinute = 64
const longestMs = 60_000 + requests * 50

let broker: Broker
let desk: Service
let browser: Browser

beforeAll(async () => {
  broker = await startBroker(
    async (site) => {
      desk = await makeService(site, {
        clientId: 'desk',
        organisation: 'org_revenue',
        isBearer: true,
        more: { profile: 'baseline' },
      })
      return [desk]
    },
    undefined,
    undefined,
    { VISITS_PER_MINUTE: String(perMinute) },
  )
  browser = (await newPerson(broker)).browser
})

afterAll(() => broker.stop())

test('a network that is over its limit writes no row', async () => {
  const statuses: number[] = []
  for (let i = 0; i < 2 * perMinute; i++) statuses.push(await begin('198.51.100.7'))
  const begun = statuses.filter((status) => status === 303).length
  expect(new Set(statuses)).toEqual(new Set([303, 429]))
  expect(begun).toBeLessThanOrEqual(perMinute + perMinute / 8)
  expect(await rowsOfVisits()).toBe(begun)
})

test(
  `${requests} requests in the address make one row each, which the sweep takes once they are over`,
  { timeout: longestMs },
  async () => {
    const [rows, others] = [await rowsOfVisits(), await otherRows()]
    const before = await signInMs()
    for (let i = 0; i < requests; i++) await begin(addressOf(i))
    expect(await rowsOfVisits()).toBe(rows + requests)
    const after = await signInMs()
    if (requests > 1000) expect(after).toBeLessThan(2 * before + 20)
    expect(await otherRows()).toEqual(others)

    const [now, inTwoHours] = [new Date(), secondsAfter(new Date(), 2 * 3600)]
    expect(await sweepUnpushed(broker.db, now)).toBe(0)
    let swept = 0
    for (let gone = -1; gone !== 0; swept += gone) gone = await sweepUnpushed(broker.db, inTwoHours)
    expect([swept, await rowsOfVisits()]).toEqual([rows + requests, 0])
  },
)

test('the sweep leaves a visit whose request was pushed, and one that was answered', async () => {
  await browser.follow((await desk.begin({ prompt: 'login' })).url)
  const before = await rowsOfVisits()
  await sweepUnpushed(broker.db, secondsAfter(new Date(), 2 * 3600))
  expect(await rowsOfVisits()).toBe(before)
})

async function begin(address: string): Promise<number> {
  return (await makeBrowser(broker, [], address).get(desk.plain().url)).status
}

/** An address of its own for each. */
function addressOf(i: number): string {
  return `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`
}

async function rowsOfVisits(): Promise<number> {
  return (await broker.db('oidcArtifacts').where({ model: 'Interaction' })).length
}

/** Rows of sessions and proofs: a request in the address makes none. */
async function otherRows(): Promise<number[]> {
  const [sessions, replays] = [broker.db('oidcSessions'), broker.db('oidcReplays')]
  return [(await sessions.select('id')).length, (await replays.select('id')).length]
}

const measured = 9

/** The middle one of some sign-ins. */
async function signInMs(): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < measured; i++) {
    const began = performance.now()
    codeOf(callbackOf(await browser.get(desk.plain().url)))
    times.push(performance.now() - began)
  }
  return times.toSorted((one, other) => one - other)[Math.floor(measured / 2)] ?? 0
}
