import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isTooOld, roundedTime } from '../../src/provider/configuration/sign-in-time.ts'
import type { Broker, Person } from '../support/broker.ts'
import { callbackOf, codeOf, signUp, startBroker } from '../support/broker.ts'
import type { Errand, Params, Service } from '../support/service.ts'
import { idTokenOf, json } from '../support/service.ts'

// When somebody signed in, as a service learns it: it must not join two identifiers of one person (docs/design/domain.md#i21).

let broker: Broker
let person: Person

beforeAll(async () => {
  broker = await startBroker()
  person = await signUp(broker, broker.services.library)
}, 120_000)
afterAll(() => broker.stop())

const essential = JSON.stringify({ id_token: { auth_time: { essential: true } } })

async function tokensOf(service: Service, params: Params) {
  const errand: Errand = await service.begin(params)
  const code = codeOf(callbackOf(await person.browser.follow(errand.url)))
  return json(await service.redeem(code, errand))
}

test('two services of one session are told no second of it, and one whose file says nothing no time at all', async () => {
  const { library, archives } = broker.services
  const told = await tokensOf(library, { max_age: '86400' })
  const at = Number(idTokenOf(told)['auth_time'])
  expect(at % 7680).toBe(0)
  expect(Date.now() / 1000 - at).toBeLessThanOrEqual(7680 + 120)
  const seen = json(await library.introspect(String(told['access_token'])))
  expect(seen['auth_time']).toBe(at)
  // The same session at another age, and without one: a coarser time says nothing more.
  expect(Number(idTokenOf(await tokensOf(library, { max_age: '3600' }))['auth_time']) % 240).toBe(0)
  expect(Number(idTokenOf(await tokensOf(library, { claims: essential }))['auth_time'])).toBe(at)

  const silent = await tokensOf(archives, {})
  expect(idTokenOf(silent)).not.toHaveProperty('auth_time')
  expect(json(await archives.introspect(String(silent['access_token'])))).not.toHaveProperty(
    'auth_time',
  )
})

test.each<[string, Params]>([
  ['max_age', { max_age: '3600' }],
  ['max_age=0', { max_age: '0' }],
  ['an essential auth_time', { claims: essential }],
])(
  '%s of a service whose file says no reason is refused by the name of the member',
  async (_, params) => {
    const answer = await broker.services.archives.push(params)
    expect([answer.status, json(answer)['error']]).toEqual([400, 'invalid_request'])
    expect(json(answer)['error_description']).toMatch(/^max_age: the register has no max_age/)
    expect(String(json(answer)['error_uri'])).toMatch(/sign-in-time$/)
  },
)

test('a new proof is asked for without a time by a service that may know none', async () => {
  const errand = await broker.services.archives.begin({ prompt: 'login' })
  expect((await person.browser.follow(errand.url)).body).toContain('data-passkey="get"')
})

describe('the rounded time', () => {
  const now = 1_800_000_000

  test('a service that asks for many ages learns no more than by the least of them', () => {
    const at = now - 100
    const least = roundedTime(at, 600)
    for (let age = 600; age <= 90_000; age += 10) {
      const told = roundedTime(at, age)
      expect(told).toBeLessThanOrEqual(at)
      expect(at - told).toBeLessThan(Math.max(60, age / 10))
      // Each coarser step contains the finer one: nothing is left to intersect.
      expect(roundedTime(least, age)).toBe(told)
    }
  })

  test('is what the broker counts by: no token is too old for the age that it was asked with', () => {
    for (const age of [120, 300, 600, 3600, 86_400])
      for (let since = 0; since <= 2 * age; since += Math.ceil(age / 97)) {
        const at = now - since
        expect(isTooOld(at, age, now)).toBe(now - roundedTime(at, age) > age)
      }
    // A proof that is just given is never too old, however it falls.
    for (const age of [120, 300, 600])
      for (let s = 0; s < 60; s++) expect(isTooOld(now + s, age, now + s)).toBe(false)
    // An age below two minutes asks for a proof of its own, and its time is told as it is.
    expect([isTooOld(now, 119, now), roundedTime(now + 7, 119)]).toEqual([true, now + 7])
  })
})
