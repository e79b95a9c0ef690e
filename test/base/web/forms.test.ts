import { createHmac } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMissingKeys } from '../../../src/base/keys/keys.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'
import type { Visitor } from '../../support/fault-client.ts'
import { csrfIn, openVisitor, optionsIn, send } from '../../support/fault-client.ts'
import type { Authenticator } from '../../support/authenticator.ts'
import { makeAuthenticator } from '../../support/authenticator.ts'
import { newFolder } from '../../support/fault-process.ts'
import type { TestService } from '../../support/fault-service.ts'
import {
  addService,
  makeAccess,
  openService,
  signIn,
  visitOf,
} from '../../support/fault-service.ts'
import type { House } from '../../support/house.ts'
import { openHouse } from '../../support/house.ts'

const issuer = 'http://localhost:7431'

let database: FreshDatabase
let dataDir: string
let house: House
let service: TestService
let person: Visitor
let passkey: Authenticator

beforeAll(async () => {
  database = await freshDatabase()
  dataDir = newFolder()
  const jwk = await addService(database.url, join(dataDir, 'keys'), 'bourses')
  await createMissingKeys(join(dataDir, 'keys'))
  house = await openHouse(database.url, dataDir, issuer)
  service = await openService(house.port, issuer, jwk)
  ;[person, passkey] = [visitor(), makeAuthenticator({ origin: issuer, counter: 0 })]
  await makeAccess(person, passkey, await service.push())
})

afterAll(async () => {
  await house.stop()
  await database.drop()
  rmSync(dataDir, { recursive: true, force: true })
})

function visitor(): Visitor {
  return openVisitor(house.port, issuer)
}

/** The token of a page that every signed-in person has. */
async function tokenOf(who: Visitor): Promise<string> {
  return csrfIn(await who.get('/acces/codes'))
}

/** « End my other sessions »: a form of a signed-in person whose answer is a 303 when it was accepted. */
async function post(headers: Readonly<Record<string, string>>, csrf?: string): Promise<number> {
  const token = csrf ?? (await tokenOf(person))
  const answer = await person.post('/acces/sessions/fin', { csrf: token }, headers)
  return answer.status
}

test.each([
  ['says nothing of its origin', {}],
  ['comes from our page', { 'Sec-Fetch-Site': 'same-origin', Origin: issuer }],
  [
    'comes from our page, as no-referrer makes it',
    { 'Sec-Fetch-Site': 'same-origin', Origin: 'null' },
  ],
  ['was typed', { 'Sec-Fetch-Site': 'none' }],
  ['comes from our page in an older browser', { Origin: issuer }],
])('a form with its token that %s is accepted', async (_, headers) => {
  expect(await post(headers)).toBe(303)
})

test.each([
  ['comes from another site', { 'Sec-Fetch-Site': 'cross-site' }],
  [
    'comes from another site that claims our origin',
    { 'Sec-Fetch-Site': 'cross-site', Origin: issuer },
  ],
  ['comes from a sister host', { 'Sec-Fetch-Site': 'same-site' }],
  ['comes from a place nobody knows', { 'Sec-Fetch-Site': 'elsewhere' }],
  ['comes from a foreign origin', { Origin: 'https://evil.example' }],
  ['comes from a sandboxed frame', { Origin: 'null' }],
  ['comes from another port', { Origin: 'http://localhost:7432' }],
  ['comes from a name that begins like ours', { Origin: `${issuer}.evil.example` }],
  ['comes from our name under https', { Origin: issuer.replace('http:', 'https:') }],
  [
    'says same-origin and a foreign origin',
    { 'Sec-Fetch-Site': 'same-origin', Origin: 'https://evil.example' },
  ],
])('a form that %s is refused although its token is right', async (_, headers) => {
  expect(await post(headers)).toBe(403)
})

test.each([
  ['none', ''],
  ['a guessed one', 'x'.repeat(43)],
  ['a very long one', 'x'.repeat(40_000)],
  ['one in other letters', 'é'.repeat(43)],
])('a token that is %s is refused', async (_, csrf) => {
  expect(await post({}, csrf)).toBe(403)
})

test('a form without the field, or with it twice, is refused', async () => {
  const csrf = await tokenOf(person)
  expect((await person.post('/acces/sessions/fin', {})).status).toBe(403)
  const twice = await postBody('/acces/sessions/fin', `csrf=${csrf}&csrf=${csrf}`)
  expect(twice).toBe(403)
})

test('a token in the URL or in a header does not count', async () => {
  const csrf = await tokenOf(person)
  const headers = { 'X-CSRF-Token': csrf, 'X-XSRF-Token': csrf }
  expect((await person.post(`/acces/sessions/fin?csrf=${csrf}`, {}, headers)).status).toBe(403)
})

test('the token of another session of the same person, of another person, of a visit and of the notice are refused', async () => {
  const [stranger, other, elsewhere] = [visitor(), visitor(), visitor()]
  await makeAccess(other, makeAuthenticator({ origin: issuer, counter: 0 }), await service.push())
  await signIn(elsewhere, passkey, await service.push())
  const tokens = [
    await tokenOf(elsewhere),
    await tokenOf(other),
    csrfIn(await stranger.get(await visitOf(stranger, await service.push()))),
    csrfIn(await stranger.get('/en/attestation')),
  ]
  for (const token of tokens) expect(await post({}, token)).toBe(403)
})

test('the token of one visit is refused at another, and its passkey form does nothing', async () => {
  const [one, two] = [visitor(), visitor()]
  const pageOne = await one.get(await visitOf(one, await service.push()))
  const pathTwo = await visitOf(two, await service.push())
  const pageTwo = await two.get(pathTwo)
  const credential = passkey.get(optionsIn(pageTwo))
  const forged = await two.post(`${pathTwo}/cle`, { csrf: csrfIn(pageOne), credential })
  expect(forged.status).toBe(403)
  expect(two.cookies.has('sid')).toBe(false)
})

test('a token cannot be computed from values that the browser knows', async () => {
  const csrf = await tokenOf(person)
  const known = [...person.cookies.values(), '', issuer]
  const keys = [...known, readFileSync(join(dataDir, 'keys', 'pairwise'), 'utf8').trim()]
  for (const key of keys) {
    for (const text of known) {
      const guess = createHmac('sha256', key).update(`form:${text}`).digest('base64url')
      expect(csrf).not.toBe(guess)
    }
  }
})

test.each(['application/json', 'text/plain', 'multipart/form-data; boundary=x', ''])(
  'a body of type « %s » is refused even with the right token',
  async (type) => {
    const csrf = await tokenOf(person)
    const bodies = [JSON.stringify({ csrf }), `csrf=${csrf}`]
    for (const body of bodies)
      expect([400, 403, 415]).toContain(await postBody('/acces/sessions/fin', body, type))
  },
)

test('without the session the same token only leads to the sign-in', async () => {
  const csrf = await tokenOf(person)
  const stranger = visitor()
  const answer = await stranger.post('/acces/sessions/fin', { csrf })
  expect(answer.status).toBe(303)
  expect(answer.headers.location).toContain('/auth?')
})

test('a refused form ends no session; the accepted one does', async () => {
  const elsewhere = visitor()
  await signIn(elsewhere, passkey, await service.push())
  expect(await post({ 'Sec-Fetch-Site': 'cross-site' })).toBe(403)
  expect(await post({}, 'x')).toBe(403)
  expect((await elsewhere.get('/acces')).status).toBe(200)
  expect(await post({})).toBe(303)
  expect((await elsewhere.get('/acces')).status).toBe(403)
})

async function postBody(
  path: string,
  body: string,
  type = 'application/x-www-form-urlencoded',
): Promise<number> {
  const answer = await send(house.port, path, {
    method: 'POST',
    headers: {
      Host: new URL(issuer).host,
      Cookie: Array.from(person.cookies, ([name, value]) => `${name}=${value}`).join('; '),
      ...(type === '' ? {} : { 'Content-Type': type }),
    },
    body,
  })
  return answer.status
}
