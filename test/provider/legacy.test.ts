import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dayAfter, dayOf } from '../../src/base/values/calendar.ts'
import { openLog } from '../../src/base/logging/log.ts'
import { exceptionsJobs } from '../../src/provider/index.ts'
import type { Service as Registered } from '../../src/registry/index.ts'
import { runTool } from '../../src/tool/tool.ts'
import type { Answer, Browser, Site } from '../support/browser.ts'
import type { Broker } from '../support/broker.ts'
import { callbackOf, codeOf, issuer, startBroker } from '../support/broker.ts'
import { newPerson } from '../support/person.ts'
import { secret } from '../support/secrets.ts'
import type { Errand, Params, Service } from '../support/service.ts'
import { idTokenOf, json, makeService } from '../support/service.ts'
import { letTimeMove, pass } from '../support/time.ts'

// The profile legacy (docs/design/security.md#clients): a secret instead of a signature, for a while.

const today = dayOf(new Date())
const until = dayAfter(today, 'P30D')

let broker: Broker
let portal: Service
let posting: Service
let browser: Browser
let older: string
let newer: string

async function makeLegacy(site: Site): Promise<Service[]> {
  const exception = { profile: 'legacy', until, reason: { fr: 'Un essai.', en: 'A trial.' } }
  const one = (clientId: string, more: object) =>
    makeService(site, {
      clientId,
      organisation: 'org_revenue',
      isPublic: true, // it has no key
      isBearer: true,
      more: { ...exception, ...more },
    })
  portal = await one('portal', { token_endpoint_auth_method: 'client_secret_basic' })
  posting = await one('posting', { token_endpoint_auth_method: 'client_secret_post' })
  return [portal, posting]
}

beforeAll(async () => {
  letTimeMove()
  broker = await startBroker(makeLegacy)
  browser = (await newPerson(broker)).browser
  older = await made('portal')
})

afterAll(() => broker.stop())

test('a secret is made for a legacy service alone, and is kept nowhere', async () => {
  expect(older).toMatch(/^[\w-]{43}$/)
  const refused = await tool('library')
  expect([refused.code, refused.err]).toEqual([
    1,
    'library is no service of the register with profile legacy.\n',
  ])
  const rows = JSON.stringify(await broker.db('serviceSecret').select('*'))
  expect(rows).toContain('portal')
  expect(rows).not.toContain(older)
  expect((await tool('portal', '--away')).code).toBe(2)
})

test('two secrets are good at once, a third is refused, and the older one goes', async () => {
  newer = await made('portal')
  expect(errorsOf(await tool('portal'))).toContain('portal has two secrets')
  for (const given of [older, newer])
    expect((await signedIn(portal, basic(given))).status).toBe(200)
  expect((await tool('portal', '--retire')).code).toBe(0)
  expect(errorsOf(await tool('portal', '--retire'))).toContain('portal has no older secret')
  expect(errorOf(await signedIn(portal, basic(older)))).toEqual([401, 'invalid_client'])
  expect((await signedIn(portal, basic(newer))).status).toBe(200)
})

test('a sign-in by a secret has the same identifier as the strict service of the organisation', async () => {
  const own = idTokenOf(json(await signedIn(portal, basic(newer))))
  const { taxes } = broker.services
  const errand = await taxes.begin()
  const code = codeOf(callbackOf(await browser.follow(errand.url)))
  expect(own['sub']).toBe(idTokenOf(json(await taxes.redeem(code, errand)))['sub'])
})

describe('a secret is refused', () => {
  test.each<[string, () => Params | ByHeader]>([
    ['that is another', () => basic('a'.repeat(43))],
    ['that is empty', () => basic('')],
    ['of another service', () => basic(newer, 'posting')],
    ['that is posted, where the register has the header', () => ({ client_secret: newer })],
    ['that is missing', () => ({})],
  ])('%s', async (_, how) => {
    const [status, error] = errorOf(await signedIn(portal, how()))
    expect([
      [401, 'invalid_client'],
      [400, 'invalid_request'],
    ]).toContainEqual([status, error])
  })

  test('that signs an assertion', async () => {
    const key = Buffer.from(newer)
    const assertion = await portal.assertion({ header: { alg: 'HS256' }, key })
    const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
    const signed = { client_assertion: assertion, client_assertion_type: type }
    expect(errorOf(await signedIn(portal, signed))).toEqual([401, 'invalid_client'])
  })

  test('in the header, where the register has the body', async () => {
    const before = await signedIn(posting, { client_secret: newer })
    expect(errorOf(before)).toEqual([401, 'invalid_client']) // it has none yet
    const own = await made('posting')
    expect(errorOf(await signedIn(posting, basic(own, 'posting')))).toEqual([401, 'invalid_client'])
    expect((await signedIn(posting, { client_secret: own })).status).toBe(200)
  })

  test('that was retired, and whose row somebody put back as it was', async () => {
    const row = broker.db('serviceSecret').where({ serviceId: 'portal' })
    const [retiring, next] = [newer, await made('portal')]
    const before = await row.clone().first()
    expect((await tool('portal', '--retire')).code).toBe(0)
    newer = next
    // Each of the two processes has seen the row of now.
    for (let turn = 0; turn < 4; turn++)
      expect((await signedIn(portal, basic(newer))).status).toBe(200)
    const after = await row.clone().first()
    await row.clone().update(before ?? {})
    for (let turn = 0; turn < 4; turn++)
      expect(errorOf(await signedIn(portal, basic(retiring)))).toEqual([401, 'invalid_client'])
    await row.clone().update(after ?? {})
    expect((await signedIn(portal, basic(newer))).status).toBe(200)
  })

  test('whose hash somebody wrote past the broker', async () => {
    const mine = 'm'.repeat(43)
    const hash = createHash('sha256').update(`service secret:portal:${mine}`).digest()
    const row = broker.db('serviceSecret').where({ serviceId: 'portal' })
    const before = await row.clone().first()
    await row.clone().update({ newestSha256: hash })
    expect(errorOf(await signedIn(portal, basic(mine)))).toEqual([401, 'invalid_client'])
    await row.clone().update({ newestSha256: before?.newestSha256 ?? hash })
    expect((await signedIn(portal, basic(newer))).status).toBe(200)
  })
})

describe('PKCE may be missing, if there is a nonce', () => {
  const noPkce = { code_challenge: undefined, code_challenge_method: undefined }

  test('a nonce alone is enough, and stands in the ID token', async () => {
    const errand = portal.plain(noPkce)
    const answer = await signedIn(portal, basic(newer), errand, { code_verifier: undefined })
    expect(idTokenOf(json(answer))['nonce']).toBe(errand.nonce)
  })

  test.each([
    ['', 'nonce: is missing, and so is code_challenge'],
    [undefined, 'nonce: is missing, and so is code_challenge'],
    ['a', 'nonce: in the place of PKCE'],
    ['1234567', 'nonce: in the place of PKCE'],
  ])('without both it is refused: a nonce of %j', async (nonce, says) => {
    const { url } = portal.plain({ ...noPkce, nonce })
    const { searchParams } = callbackOf(await browser.get(url))
    expect(searchParams.get('error')).toBe('invalid_request')
    expect(searchParams.get('error_description')).toContain(says)
    expect(searchParams.get('error_uri')).toBe(`${issuer}/api/errors#pkce-or-nonce`)
  })

  test('PKCE that was begun is demanded to its end', async () => {
    const without = { code_verifier: undefined }
    const answer = await signedIn(portal, basic(newer), portal.plain(), without)
    expect(errorOf(answer)).toEqual([400, 'invalid_grant'])
  })
})

test('the log counts down from sixty days before, and goes on after the last day', async () => {
  const lines: string[] = []
  const log = openLog('warn', { write: (line) => lines.push(line) })
  const exception = { until: '2027-03-31', reason: { fr: 'Un essai.', en: 'A trial.' } }
  const service = { serviceId: 'portal', exception } as Registered // nothing else is read
  const live = { current: () => ({ services: new Map([['portal', service]]) }) }
  for (const day of ['2027-01-29', '2027-01-30', '2027-03-31', '2027-04-01']) {
    const clock = () => new Date(`${day}T15:00:00Z`)
    await exceptionsJobs({ clock, log }, live)['services.exceptions']()
  }
  expect(lines.map((line) => (JSON.parse(line) as { why: string }).why)).toEqual([
    '60 days left, to 2027-03-31',
    '0 days left, to 2027-03-31',
    'over since 2027-03-31',
  ])
})

test('after its last day it is no service, at any endpoint', async () => {
  const errand = portal.plain()
  const code = codeOf(callbackOf(await browser.follow(errand.url)))
  await pass(broker.db, { days: 31 })
  const page = await browser.get(portal.plain().url)
  expect([page.status, page.location]).toEqual([400, undefined])
  const pushed = await portal.call('/request', { response_type: 'code' }, basic(newer))
  expect(errorOf(pushed)).toEqual([401, 'invalid_client'])
  const late = await portal.redeem(code, errand, basic(newer))
  expect(errorOf(late)).toEqual([401, 'invalid_client'])
})

type ByHeader = { readonly headers: Readonly<Record<string, string>> }

function isByHeader(how: Params | ByHeader): how is ByHeader {
  return typeof how['headers'] === 'object'
}

function basic(given: string, clientId = 'portal'): ByHeader {
  const pair = Buffer.from(`${clientId}:${given}`).toString('base64')
  return { headers: { authorization: `Basic ${pair}` } }
}

/** Goes to the service and has its code redeemed, with a header or with parameters. */
async function signedIn(
  service: Service,
  how: Params | ByHeader,
  errand: Errand = service.plain(),
  params: Params = {},
): Promise<Answer> {
  const code = codeOf(callbackOf(await browser.follow(errand.url)))
  if (isByHeader(how)) return service.redeem(code, errand, { ...how, params })
  return service.redeem(code, errand, { params: { ...params, ...how } })
}

// Its output is no log: the secret is shown there, once.
function tool(...args: string[]) {
  return runTool(['service', 'secret', ...args], {
    DATABASE_URL: broker.databaseUrl,
    KEYS_DIR: broker.keysDir,
    ISSUER: issuer,
    CLOCK_OFFSET: process.env['CLOCK_OFFSET'] ?? '',
  })
}

async function made(serviceId: string): Promise<string> {
  const { code, out, err } = await tool(serviceId)
  if (code !== 0) throw new Error(err)
  return secret('client secret', out.trim())
}

function errorsOf({ code, err }: { readonly code: number; readonly err: string }): string {
  expect(code).toBe(1)
  return err
}

function errorOf(answer: Answer): unknown[] {
  return [answer.status, json(answer)['error']]
}
