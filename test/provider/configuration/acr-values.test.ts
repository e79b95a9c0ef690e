import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf, formsOf, makeBrowser } from '../../support/browser.ts'
import type { Broker, Person } from '../../support/broker.ts'
import { callbackOf, codeOf, postAndFollow, signUp, startBroker } from '../../support/broker.ts'
import { levelAsked, levelsReached } from '../../../src/provider/configuration/acr-values.ts'
import type { Errand, Service } from '../../support/service.ts'
import { idTokenOf, json } from '../../support/service.ts'
import type { Recovered } from '../../support/ways.ts'
import { recoverAt } from '../../support/ways.ts'
import { changeSessions } from '../../support/resealed-access.ts'

// What a token says of a sign-in is what happened, and no service gets less than it asked (docs/design/provider.md#levels).

const [aal1, aal2, aal3] = ['urn:accord:aal:1', 'urn:accord:aal:2', 'urn:accord:aal:3'] as const
const unmet = 'unmet_authentication_requirements'

// Without a file of the models of keys.
const twoLevels = levelsReached({ fido: undefined })

let broker: Broker
let library: Service
let person: Person

beforeAll(async () => {
  broker = await startBroker()
  library = broker.services.library
  person = await signUp(broker, library)
})

afterAll(() => broker.stop())

describe('of the requested levels', () => {
  test.each([
    ['none', undefined, undefined],
    ['one', { values: [aal2] }, aal2],
    ['several: the lowest', { values: [aal3, aal1, aal2] }, aal1],
    ['unknown ones beside', { values: ['gold', aal2] }, aal2],
    ['unknown ones alone', { values: ['gold'] }, undefined],
    ['an essential value', { essential: true, value: aal2 }, aal2],
    ['essential, of no value', { essential: true }, undefined],
    ['null', null, undefined],
  ])('%s', (_name, asked, level) => {
    expect(levelAsked(asked, twoLevels)).toBe(level)
  })

  test.each([
    ['only one that nobody reaches', { values: [aal3] }],
    ['an essential one that nobody reaches', { essential: true, value: aal3 }],
    ['an essential one that is unknown', { essential: true, value: 'gold' }],
    ['an essential one in capitals', { essential: true, value: aal2.toUpperCase() }],
  ])('%s is refused', (_name, asked) => {
    expect(() => levelAsked(asked, twoLevels)).toThrow(unmet)
  })

  test.each([{ values: aal2 }, { values: [2] }, { value: {} }, { essential: 'yes', value: aal2 }])(
    'what is malformed is refused',
    (asked) => {
      expect(() => levelAsked(asked, twoLevels)).toThrow('invalid_request')
    },
  )
})

test('a level that no sign-in reaches is refused, before and after a sign-in', async () => {
  for (const browser of [makeBrowser(broker), person.browser]) {
    for (const params of [
      { acr_values: aal3 },
      { claims: essential(aal3) },
      { acr_values: aal3, prompt: 'none' },
    ]) {
      const errand = await library.begin(params)
      const callback = callbackOf(await browser.follow(errand.url))

      expect([callback.searchParams.get('error'), callback.searchParams.has('code')]).toEqual([
        unmet,
        false,
      ])
    }
  }
})

test('a session of the requested level goes on without a page, and the token names its sign-in', async () => {
  for (const params of [
    { acr_values: `${aal1} ${aal2}` },
    { claims: essential(aal2) },
    { acr_values: aal2 },
  ]) {
    const errand = await library.begin(params)
    const callback = callbackOf(await person.browser.follow(errand.url))

    expect(await tokenOf(callback, errand)).toMatchObject({
      acr: aal2,
      amr: ['pop', 'user', 'mfa'],
    })
  }
})

// An ID token says the time of the sign-in to a service that asks how long ago it was.
const withTime = { max_age: '600' }

describe('after a recovery', () => {
  test('the token says that one factor was proved, and a step-up reaches the higher level', async () => {
    const own = await recoveredAt(library, withTime)

    const first = await tokenOf(own.callback, own.errand)
    const errand = await library.begin({ ...withTime, acr_values: aal2 })
    const page = await own.browser.follow(errand.url)
    const none = await library.begin({ acr_values: aal2, prompt: 'none' })
    const silent = callbackOf(await own.browser.follow(none.url))
    const again = await provenAt(page, own)

    expect(first).toMatchObject({ acr: aal1, amr: ['otp'] })
    expect(page.body).toContain('Une vérification de plus')
    expect(silent.searchParams.get('error')).toBe(unmet)
    const second = await tokenOf(again, errand)
    expect(second).toMatchObject({ acr: aal2, amr: ['pop', 'user', 'mfa'], sub: first['sub'] })
    expect(Number(second['auth_time'])).toBeGreaterThanOrEqual(Number(first['auth_time']))
  })

  test('introspection names each token’s own sign-in, before and after a step-up', async () => {
    const own = await recoveredAt(library, withTime)
    const before = json(await library.redeem(codeOf(own.callback), own.errand))
    const errand = await library.begin({ ...withTime, acr_values: aal2 })
    const again = await provenAt(await own.browser.follow(errand.url), own)
    const after = json(await library.redeem(codeOf(again), errand))

    const seen = [before, after].map(async (tokens) =>
      json(await library.introspect(String(tokens['access_token']))),
    )

    const said = [before, after].map((tokens) => idTokenOf(tokens))
    expect(said.map(({ acr }) => acr)).toEqual([aal1, aal2])
    expect(await Promise.all(seen)).toMatchObject(
      said.map(({ acr, auth_time: at }) => ({ active: true, acr, auth_time: Number(at) })),
    )
  })

  test('if the service asks for a higher level, the new key is asked for at once, before any code', async () => {
    const { browser, page, authenticator } = await recovered(library, { acr_values: aal2 })
    const skipped = await browser.follow(page.url)

    expect(page.body).toContain('un code de récupération ne suffit pas')
    expect(skipped.body).toContain('un code de récupération ne suffit pas')
    const callback = await provenAt(page, { browser, authenticator })
    expect(callback.searchParams.has('code')).toBe(true)
  })

  test('another person’s key does not complete the step-up', async () => {
    const { browser, page } = await recovered(library, { acr_values: aal2 })
    const { action, fields, options } = formOf(page)

    const answer = await browser.post(action, {
      ...fields,
      credential: person.authenticator.get(options),
    })

    expect(answer.status).toBe(409)
    expect(answer.location).toBeUndefined()
  })

  test('ways to sign in cannot be changed before the level is reached', async () => {
    const own = await recoveredAt(library, {})

    expect((await own.browser.get('/acces')).status).toBe(200)
    for (const path of ['/acces/code', '/acces/mot-de-passe', '/acces/cles/ajout', '/acces/codes'])
      expect((await own.browser.get(path)).location).toContain('/auth?')
  })
})

describe('a repeated sign-in', () => {
  test.each([{ prompt: 'login' }, { max_age: '0' }, { prompt: 'login', acr_values: aal2 }])(
    'with %j shows one page that says so, and gives a new token',
    async (params) => {
      const own = await signUp(broker, library)
      const before = await tokenOf(own.callback, own.errand)
      const errand = await library.begin(params)
      const page = await own.browser.follow(errand.url)

      expect(page.body).toContain('c’est toujours vous')
      const token = await tokenOf(await provenAt(page, own), errand)
      expect(token).toMatchObject({ acr: aal2, sub: before['sub'] })
      expect(Number(token['auth_time'])).toBeGreaterThanOrEqual(Number(before['iat']))
    },
  )

  test('that is given up is told to the service, and leaves the session as it was', async () => {
    const own = await signUp(broker, library)
    const cases = [
      [{ prompt: 'login' }, 'access_denied'],
      [{ max_age: '0' }, 'access_denied'],
    ] as const
    for (const [params, error] of cases) {
      const page = await own.browser.follow((await library.begin(params)).url)
      expect((await leave(own.browser, page)).searchParams.get('error')).toBe(error)
    }
    expect((await own.browser.get('/acces')).status).toBe(200)
  })

  test('for a higher level that is given up gives unmet_authentication_requirements', async () => {
    const own = await recoveredAt(library, {})
    const page = await own.browser.follow((await library.begin({ acr_values: aal2 })).url)

    expect((await leave(own.browser, page)).searchParams.get('error')).toBe(unmet)
  })
})

test('a form that claims a higher level changes nothing', async () => {
  const { browser, page } = await recovered(library, { acr_values: aal2 })
  const { fields } = formOf(page)
  const forged = { csrf: fields['csrf'] ?? '', acr: aal2, proof: 'passkey', level: aal1 }

  for (const step of ['suite', 'plus-tard', 'codes'])
    await browser.post(`${page.url}/${step}`, forged)

  expect((await browser.get(page.url)).body).toContain('un code de récupération ne suffit pas')
})

test('prompt=none does not extend a session, and one of our own pages does', async () => {
  const own = await signUp(broker, library)
  const ending = async () => {
    const row: { left: number } | undefined = await broker
      .db('oidcSessions')
      .select(broker.db.raw('extract(epoch from expires_at - now())::int as left'))
      .where({ id: sessionRow(own.browser) })
      .first()
    return row?.left ?? 0
  }
  await changeSessions(
    broker,
    `update oidc_sessions set expires_at = now() + interval '10 minutes', last_seen_at = now() - interval '50 minutes'
     where id = ?`,
    [sessionRow(own.browser)],
  )

  const silent = callbackOf(await own.browser.follow((await library.begin({ prompt: 'none' })).url))
  await own.browser.get('/acces', { headers: { 'sec-fetch-mode': 'cors' } })
  const after = await ending()
  await own.browser.get('/acces', { headers: { 'sec-fetch-mode': 'navigate' } })

  expect(silent.searchParams.has('code')).toBe(true)
  expect(after).toBeLessThanOrEqual(600)
  expect(await ending()).toBeGreaterThan(3000)
})

/** A recovery in the visit of a service: the page after the new key was made. */
async function recovered(service: Service, params: Record<string, string>): Promise<Recovered> {
  const person = await signUp(broker, service, { workingCodes: 1 })
  return recoverAt(broker, service, person, params)
}

async function recoveredAt(service: Service, params: Record<string, string>) {
  const { page, ...own } = await recovered(service, params)
  return { ...own, callback: callbackOf(page) }
}

async function provenAt(
  page: Answer,
  { browser, authenticator }: Pick<Recovered, 'browser' | 'authenticator'>,
): Promise<URL> {
  const { action, fields, options } = formOf(page)
  const credential = authenticator.get(options)
  return callbackOf(await postAndFollow(browser, action, { ...fields, credential }))
}

async function leave(browser: Browser, page: Answer): Promise<URL> {
  const form = formsOf(page).find(({ action }) => action.endsWith('/abandon'))
  return callbackOf(await postAndFollow(browser, form?.action ?? '', form?.fields ?? {}))
}

async function tokenOf(callback: URL, errand: Errand) {
  return idTokenOf(json(await library.redeem(codeOf(callback), errand)))
}

// At rest a session is known by a hash of what its cookie holds.
function sessionRow(browser: Browser): Buffer {
  const sid = browser.cookies().find(({ name }) => name === 'sid')?.value ?? ''
  return createHash('sha256').update(`Session:${sid}`).digest()
}

function essential(level: string): string {
  return JSON.stringify({ id_token: { acr: { essential: true, value: level } } })
}
