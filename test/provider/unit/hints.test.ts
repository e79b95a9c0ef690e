import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeAuthenticator } from '../../support/authenticator.ts'
import type { Answer, Browser, Site } from '../../support/browser.ts'
import { formOf, makeBrowser } from '../../support/browser.ts'
import type { Broker } from '../../support/broker.ts'
import {
  callbackOf,
  codeOf,
  issuer,
  keepCodes,
  postAndFollow,
  startBroker,
} from '../../support/broker.ts'
import type { NewPerson } from '../../support/person.ts'
import { newPerson } from '../../support/person.ts'
import type { Errand, Params, Service } from '../../support/service.ts'
import { idTokenOf, json, makeService } from '../../support/service.ts'

// What a service says of a person before she signs in: it leads to a page, and proves, shows and tells nothing.

let broker: Broker
/** It may lead people to the page that makes an access. */
let desk: Service
let one: NewPerson
let other: NewPerson

async function makeDesk(site: Site): Promise<Service[]> {
  const more = { profile: 'baseline', prompt_create: true }
  desk = await makeService(site, {
    clientId: 'desk',
    organisation: 'org_desk',
    isBearer: true,
    more,
  })
  return [desk]
}

beforeAll(async () => {
  broker = await startBroker(makeDesk)
  one = await newPerson(broker)
  other = await newPerson(broker)
})

afterAll(() => broker.stop())

async function subOf(service: Service, errand: Errand, callback: URL): Promise<unknown> {
  return idTokenOf(json(await service.redeem(codeOf(callback), errand)))['sub']
}

async function idTokenFor({ browser }: NewPerson, service: Service): Promise<string> {
  const errand = service === desk ? desk.plain() : await service.begin()
  const code = codeOf(callbackOf(await browser.follow(errand.url)))
  return String(json(await service.redeem(code, errand))['id_token'])
}

/** Makes an access on the page for that, and comes back to the service. */
async function createIn(browser: Browser, page: Answer): Promise<URL> {
  const { action, fields, options } = formOf(page)
  const authenticator = makeAuthenticator({ origin: issuer, counter: 0 })
  const credential = authenticator.create(options)
  const made = await browser.post(action, { ...fields, credential })
  return callbackOf(await keepCodes(browser, made))
}

async function errorOf(browser: Browser, params: Params): Promise<string | null> {
  const callback = callbackOf(await browser.follow(desk.plain(params).url))
  expect(callback.searchParams.get('code')).toBeNull()
  return callback.searchParams.get('error')
}

describe('prompt=create', () => {
  test('leads to the page that makes an access, and then to a code', async () => {
    const browser = makeBrowser(broker)
    const errand = desk.plain({ prompt: 'create' })
    const page = await browser.follow(errand.url)
    expect(page.url).toMatch(/\/connexion\/[\w-]+\/creation$/)
    expect(await subOf(desk, errand, await createIn(browser, page))).toMatch(/^[\w-]{22}$/)
  })

  test('asks once: who signs in there instead goes on', async () => {
    const browser = makeBrowser(broker)
    const errand = desk.plain({ prompt: 'create' })
    const page = await browser.follow(errand.url)
    const signIn = await browser.get(page.url.replace(/\/creation$/, ''))
    const { action, fields, options } = formOf(signIn)
    const credential = one.authenticator.get(options)
    const callback = callbackOf(await postAndFollow(browser, action, { ...fields, credential }))
    const known = await subOf(desk, errand, callback)
    const again = desk.plain()
    expect(await subOf(desk, again, callbackOf(await one.browser.follow(again.url)))).toBe(known)
  })

  test('gives who is signed in no code without a new proof', async () => {
    const person = await newPerson(broker)
    const page = await person.browser.follow(desk.plain({ prompt: 'create' }).url)
    expect(page.url).toMatch(/\/creation$/)
    expect(page.body).not.toMatch(/<a[^>]*href="https:\/\/desk\.test/)
  })

  test('makes an access of its own where another person is signed in, whose session ends', async () => {
    const { browser } = await newPerson(broker)
    const before = desk.plain()
    const known = await subOf(desk, before, callbackOf(await browser.follow(before.url)))
    const errand = desk.plain({ prompt: 'create' })
    const callback = await createIn(browser, await browser.follow(errand.url))
    const made = await subOf(desk, errand, callback)
    expect(made).not.toBe(known)
    const after = desk.plain({ prompt: 'none' })
    expect(await subOf(desk, after, callbackOf(await browser.follow(after.url)))).toBe(made)
  })

  test('is refused for whoever has not registered it, and never silent', async () => {
    const pushed = await broker.services.library.push({ prompt: 'create' })
    expect([pushed.status, json(pushed)]).toEqual([
      400,
      expect.objectContaining({
        error: 'invalid_request',
        error_uri: `${issuer}/api/errors#prompt`,
      }),
    ])
    expect(await errorOf(one.browser, { prompt: 'none create' })).toBe('invalid_request')
  })
})

describe('login_hint', () => {
  test('is neither shown nor kept', async () => {
    const login_hint = 'marie@exemple.test'
    const page = await makeBrowser(broker).follow(desk.plain({ login_hint }).url)
    expect(page.status).toBe(200)
    expect(page.body).not.toContain('marie')
    expect((await broker.services.library.push({ login_hint })).status).toBe(201)
    const kept = await broker.db('oidcArtifacts').select('payload')
    expect(kept.length).toBeGreaterThan(0)
    expect(JSON.stringify(kept)).not.toContain('marie')
  })
})

describe('id_token_hint', () => {
  test('of the person who is signed in gives a code, silently', async () => {
    const id_token_hint = await idTokenFor(one, desk)
    const errand = desk.plain({ id_token_hint, prompt: 'none' })
    expect(codeOf(callbackOf(await one.browser.follow(errand.url)))).not.toBe('')
  })

  test('of another person gives no code, silently or with a page', async () => {
    const id_token_hint = await idTokenFor(one, desk)
    expect(await errorOf(other.browser, { id_token_hint, prompt: 'none' })).toBe('login_required')
    const page = await other.browser.follow(desk.plain({ id_token_hint }).url)
    expect(page.url).toContain('/connexion/')
  })

  test('gives no code for another person who signs in, and one for her who is meant', async () => {
    const id_token_hint = await idTokenFor(one, desk)
    for (const [person, param] of [
      [other, 'error'],
      [one, 'code'],
    ] as const) {
      const browser = makeBrowser(broker)
      const page = await browser.follow(desk.plain({ id_token_hint }).url)
      const { action, fields, options } = formOf(page)
      const credential = person.authenticator.get(options)
      const { searchParams } = callbackOf(
        await postAndFollow(browser, action, { ...fields, credential }),
      )
      expect([...searchParams.keys()]).toContain(param)
      if (param === 'error') expect(searchParams.get('error')).toBe('login_required')
    }
  })

  test('that is none is refused the same, whoever is signed in', async () => {
    const good = await idTokenFor(one, desk)
    const [head = '', body = ''] = good.split('.')
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    const hints = [
      await idTokenFor(one, broker.services.library),
      `${none}.${body}.`,
      `${head}.${body}.AAAA`,
      'words',
    ]
    for (const id_token_hint of hints)
      for (const { browser } of [one, other])
        for (const prompt of ['none', undefined])
          expect(await errorOf(browser, { id_token_hint, prompt })).toBe('invalid_request')
  })
})

test('claims name no person: sub with a value is refused', async () => {
  const sub = { value: 'x'.repeat(22) }
  for (const claims of [{ id_token: { sub } }, { userinfo: { sub } }]) {
    const pushed = await broker.services.library.push({ claims: JSON.stringify(claims) })
    expect([pushed.status, json(pushed)['error']]).toEqual([400, 'invalid_request'])
    expect(json(pushed)['error_uri']).toBe(`${issuer}/api/errors#hint`)
  }
})
