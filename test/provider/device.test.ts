import { createHash } from 'node:crypto'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CryptoKey } from 'jose'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rowId } from '../../src/provider/unit/unit.ts'
import type { Answer, Browser, Site } from '../support/browser.ts'
import { exchange, formOf, makeBrowser } from '../support/browser.ts'
import type { Broker } from '../support/broker.ts'
import { issuer, postAndFollow, startBroker } from '../support/broker.ts'
import { untyped } from '../support/database.ts'
import { giveEmail } from '../support/emails.ts'
import { newFolder } from '../support/fault-process.ts'
import type { NewPerson } from '../support/person.ts'
import { newPerson } from '../support/person.ts'
import { changeSessions, setStanding } from '../support/resealed-access.ts'
import { secret, signatureOf } from '../support/secrets.ts'
import type { Params, Service } from '../support/service.ts'
import { deviceGrant, idTokenOf, json, makeService } from '../support/service.ts'
import { letTimeMove, pass } from '../support/time.ts'

// A person signs in on a device that has no browser (RFC 8628): it shows a code, and she says yes in a browser of hers.

letTimeMove()

const [aal1, aal2] = ['urn:accord:aal:1', 'urn:accord:aal:2'] as const

let broker: Broker
/** It has devices alone. */
let tv: Service
/** It signs people in by its pages too. */
let board: Service
let person: NewPerson
/** It asks people for their address, signs its requests, and has a key that tests may use. */
let kiln: Service
let kilnKey: CryptoKey

async function makeDevices(site: Site): Promise<Service[]> {
  tv = await makeService(site, {
    clientId: 'tv',
    organisation: 'org_culture',
    more: {
      grant_types: [deviceGrant],
      response_types: [],
      // Elsewhere it may ask for sharings, and act for people.
      authorization_details_types: [`${issuer}/rar/communication/v1`],
      first_party: true,
      backchannel_logout_uri: 'https://tv.test/logout',
      backchannel_logout_session_required: true,
    },
  })
  board = await makeService(site, {
    clientId: 'board',
    organisation: 'org_board',
    isBearer: true,
    more: { profile: 'baseline', grant_types: ['authorization_code', deviceGrant] },
  })
  const pair = await generateKeyPair('ES256', { extractable: true })
  kilnKey = pair.privateKey
  kiln = await makeService(site, {
    clientId: 'kiln',
    organisation: 'org_kiln',
    isBearer: true,
    more: {
      profile: 'baseline',
      grant_types: [deviceGrant],
      response_types: [],
      request_object_signing_alg: 'ES256',
      claims: { email: { purpose: { fr: 'Vous écrire', en: 'Write to you' }, optional: true } },
      jwks: { keys: [{ ...(await exportJWK(pair.publicKey)), use: 'sig', alg: 'ES256' }] },
    },
  })
  return [tv, board, kiln]
}

beforeAll(async () => {
  broker = await startBroker(makeDevices)
  person = await newPerson(broker)
})

afterAll(() => broker.stop())

type Begun = { readonly deviceCode: string; readonly userCode: string; readonly complete: string }

async function begun(
  service = tv,
  params: Params = {},
  assertion?: () => Promise<string>,
): Promise<Begun> {
  const more = assertion === undefined ? {} : { assertion: await assertion() }
  const answer = await service.device(params, more)
  expect([answer.status, answer.body]).toEqual([200, expect.any(String)])
  const said = json(answer)
  return {
    deviceCode: secret('token', String(said['device_code'])),
    userCode: secret('token', String(said['user_code'])),
    complete: String(said['verification_uri_complete']),
  }
}

/** Types a code into the page, and gives the page that follows. */
async function typed(browser: Browser, code: string, at = '/device'): Promise<Answer> {
  const { action, fields } = formOf(await browser.get(at))
  return browser.post(action, { ...fields, user_code: code })
}

/** Types a code that nobody has, again and again, at one process and then the other. */
async function wrongTries(browser: Browser, times: number): Promise<number[]> {
  const statuses: number[] = []
  let page = await browser.get('/device')
  for (let n = 0; n < times; n++) {
    const { action, fields } = formOf(page)
    page = await browser.post(action, { ...fields, user_code: 'BCDF-GHJK' })
    statuses.push(page.status)
  }
  return statuses
}

/** Presses one of the two buttons. */
async function pressed(browser: Browser, page: Answer, button: 'confirm' | 'abort') {
  const { action, fields } = formOf(page)
  return postAndFollow(browser, action, { ...fields, [button]: 'yes' })
}

async function saidYes({ browser }: Pick<NewPerson, 'browser'>, userCode: string): Promise<Answer> {
  return pressed(browser, await typed(browser, userCode), 'confirm')
}

async function errorAt(service: Service, deviceCode: string): Promise<unknown> {
  return json(await service.poll(deviceCode))['error']
}

function titleOf({ body }: Answer): string {
  return (/<h1[^>]*>([^<]*)<\/h1>/.exec(body)?.[1] ?? 'no title').replaceAll('\u00a0', ' ')
}

/** Proves at a page of the sign-in who she is. */
async function proved(
  browser: Browser,
  page: Answer,
  { authenticator }: NewPerson,
): Promise<Answer> {
  const { action, fields, options } = formOf(page)
  return postAndFollow(browser, action, { ...fields, credential: authenticator.get(options) })
}

async function activitiesOf(personId: string): Promise<unknown[]> {
  const rows: Activity[] = await untyped(broker.db)('activity')
    .where({ personId })
    .whereNotNull('serviceId')
  return rows.map((row) => [row.kind, row.serviceId, row.acr])
}

type Activity = { readonly kind: string; readonly serviceId: string; readonly acr: string }

/** Its name is the same at each try. */
type Notice = { readonly clientId: string; readonly sid: string; readonly jti: string }

async function logoutJobs(): Promise<string[]> {
  const { rows } = await broker.db.raw<{ rows: { payload: Notice }[] }>(
    `select p.payload from graphile_worker._private_jobs p join graphile_worker.jobs j using (id)
     where j.task_identifier = 'signals.back-channel-logout'`,
  )
  expect(rows.every(({ payload: { jti } }) => /^[0-9a-f-]{36}$/.test(jti))).toBe(true)
  return rows.map(({ payload: { clientId, sid } }) => `${clientId} ${sid}`)
}

async function leaveService({ browser }: NewPerson): Promise<void> {
  const { action, fields } = formOf(await browser.get('/acces/services/tv/fin'))
  expect((await browser.post(action, fields)).status).toBe(303)
}

async function suspend({ personId }: NewPerson): Promise<void> {
  await setStanding(broker, personId, { suspendedAt: new Date() })
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

async function signedByKiln(
  claims: Readonly<Record<string, unknown>>,
  typ: string,
): Promise<string> {
  const payload = { iss: 'kiln', aud: issuer, jti: crypto.randomUUID(), exp: seconds() + 60 }
  const jwt = new SignJWT({ ...payload, ...claims }).setProtectedHeader({ alg: 'ES256', typ })
  const text = await jwt.sign(kilnKey)
  secret('proof', signatureOf(text))
  return text
}

function ownAssertion(): Promise<string> {
  return signedByKiln({ sub: 'kiln' }, 'JWT')
}

function seconds(): number {
  return Math.floor(Date.now() / 1000)
}

const root = join(import.meta.dirname, '../..')

type SignInOnDevice = (
  config: client.Configuration,
  show: (uri: string, userCode: string) => void,
) => Promise<Readonly<Record<string, unknown>>>

function programIn(file: string): string {
  const text = readFileSync(join(root, 'docs/integrate', file), 'utf8')
  return /```js\n([\s\S]*?)```/.exec(text)?.[1] ?? ''
}

// The house has no name that is resolved, and nobody waits five seconds here.
async function toHouse(url: string, { method, headers, body }: client.CustomFetchOptions) {
  const answer = await exchange(broker.ports[0] ?? 0, new URL(url), {
    method,
    headers: { ...headers, host: new URL(issuer).host },
    body: body instanceof URLSearchParams ? body.toString() : undefined,
  })
  const text = answer.body.replace('"interval":5', '"interval":0.01')
  return new Response(text, {
    status: answer.status,
    headers: { 'content-type': String(answer.headers['content-type']) },
  })
}

describe('a device', () => {
  test('gets tokens of the person who says yes, once, and no refresh token', async () => {
    const { deviceCode, userCode } = await begun()
    expect(await errorAt(tv, deviceCode)).toBe('authorization_pending')
    expect(await errorAt(tv, deviceCode)).toBe('slow_down')

    const page = await typed(person.browser, userCode.toLowerCase().replace('-', ' '))
    expect(titleOf(page)).toBe('Connecter un appareil à « Service tv »?')
    for (const words of [
      userCode,
      'Organisme org_culture',
      'Voyez-vous ce numéro sur l’écran devant vous?',
    ])
      expect(page.body).toContain(words)
    await pass(broker.db, { seconds: 6 })
    expect(await errorAt(tv, deviceCode)).toBe('authorization_pending')
    expect(titleOf(await pressed(person.browser, page, 'confirm'))).toBe('L’appareil est connecté')

    const answer = await tv.poll(deviceCode)
    const tokens = json(answer)
    expect(Object.keys(tokens).toSorted()).toEqual([
      'access_token',
      'expires_in',
      'id_token',
      'scope',
      'token_type',
    ])
    const idToken = idTokenOf(tokens)
    expect(idToken).toMatchObject({ aud: 'tv', acr: 'urn:accord:aal:2' })
    expect(json(await tv.userinfo(String(tokens['access_token'])))).toEqual({ sub: idToken['sub'] })
    expect(await activitiesOf(person.personId)).toEqual([
      ['service.signed-in-on-device', 'tv', aal2],
    ])
    const lines = await person.browser.get('/activite/impression?quoi=connexions')
    expect(lines.body).toContain('Connexion d’un autre appareil à un service')

    expect(await errorAt(tv, deviceCode)).toBe('invalid_grant')
    expect((await tv.userinfo(String(tokens['access_token']))).status).toBe(401)
  })

  test('knows the person by the same sub as the pages of its organisation', async () => {
    const { deviceCode, userCode } = await begun(board)
    await saidYes(person, userCode)
    const errand = board.plain()
    const callback = new URL((await person.browser.follow(errand.url)).location ?? '')
    const code = secret('authorization code', callback.searchParams.get('code') ?? '')
    expect(idTokenOf(json(await board.poll(deviceCode)))['sub']).toBe(
      idTokenOf(json(await board.redeem(code, errand)))['sub'],
    )
  })
})

describe('whoever is not signed in', () => {
  test('signs in after her yes, in the language of the page, and not without it', async () => {
    const { complete } = await begun(tv, { ui_locales: 'en' })
    expect(complete).toMatch(/^http:\/\/accord\.localhost\/en\/device\?user_code=/)
    const { deviceCode, userCode } = await begun(tv, { ui_locales: 'fr' })
    const browser = makeBrowser(broker)
    browser.take({ name: 'attested', path: '/', value: 'yes' })
    const page = await typed(browser, userCode, '/en/device')
    expect(titleOf(page)).toBe('Connect a device to “tv service”?')
    const signIn = await pressed(browser, page, 'confirm')
    expect(new URL(signIn.url).pathname).toMatch(/^\/en\/connexion\//)
    expect(await errorAt(tv, deviceCode)).toBe('authorization_pending')
    expect(titleOf(await proved(browser, signIn, person))).toBe('The device is connected')
    const again = await browser.get(signIn.url)
    expect([again.status, again.body]).toEqual([410, expect.stringContaining('href="/en/device"')])
    expect(idTokenOf(json(await tv.poll(deviceCode)))['acr']).toBe(aal2)
  })

  test('may go away and begin again, and a no at the sign-in ends the code', async () => {
    const { deviceCode, userCode } = await begun(board)
    const gone = makeBrowser(broker)
    await saidYes({ browser: gone }, userCode)
    const page = await saidYes({ browser: gone }, userCode)
    expect(titleOf(page)).toBe('Se connecter')
    const { url } = page
    const { fields } = formOf(page)
    const stopped = await postAndFollow(gone, `${url}/abandon`, { csrf: fields['csrf'] ?? '' })
    expect(titleOf(stopped)).toBe('L’appareil n’est pas connecté')
    expect(await errorAt(board, deviceCode)).toBe('access_denied')
  })
})

test('a session of level 1 lets no device in before a new proof, whatever the service asks for', async () => {
  const low = await newPerson(broker)
  await changeSessions(
    broker,
    `update oidc_sessions set payload = jsonb_set(payload, '{acr}', '"${aal1}"') where account_id = ?`,
    [low.personId],
  )
  const any = await begun(board)
  const stepUp = await saidYes(low, any.userCode)
  expect(new URL(stepUp.url).pathname).toMatch(/^\/connexion\//)
  expect(await errorAt(board, any.deviceCode)).toBe('authorization_pending')
  expect(titleOf(await proved(low.browser, stepUp, low))).toBe('L’appareil est connecté')
  expect(idTokenOf(json(await board.poll(any.deviceCode)))['acr']).toBe(aal2)

  const higher = await begun(board, { acr_values: aal2 })
  await saidYes(low, higher.userCode)
  expect(idTokenOf(json(await board.poll(higher.deviceCode)))['acr']).toBe(aal2)
})

describe('a link of a stranger', () => {
  test('fills the code in, and nothing more happens without a press', async () => {
    const { deviceCode, userCode, complete } = await begun()
    const page = await person.browser.get(`${complete}&confirm=yes&xsrf=x`)
    expect(titleOf(page)).toBe('Connecter un autre appareil')
    expect(page.body).toContain(`value="${userCode}"`)
    expect(page.body).not.toMatch(/<script|name="confirm"/)
    const { action, fields } = formOf(page)
    const asked = await person.browser.post(action, fields)
    expect(asked.body).toContain('Le numéro ou le lien vous vient d’un message ou d’un appel?')

    // A form at the stranger's does not have the token of this browser, nor does its yes without one count.
    for (const xsrf of [
      '',
      'x',
      formOf(await makeBrowser(broker).get('/device')).fields['xsrf'] ?? '',
    ]) {
      const forged = { ...fields, xsrf, confirm: 'yes' }
      expect((await person.browser.post(action, forged)).status).toBe(400)
    }
    expect(await errorAt(tv, deviceCode)).toBe('authorization_pending')
  })

  test('with anything but a code shows the page as it is', async () => {
    for (const given of ['%3Cscript%3E', 'x'.repeat(40), 'a&user_code=b', '']) {
      const page = await makeBrowser(broker).get(`/device?user_code=${given}`)
      expect([page.status, page.body]).toEqual([200, expect.not.stringContaining('<script>')])
    }
  })
})

describe('a code that is not good', () => {
  test('has a calm page each, with the way on', async () => {
    const denied = await begun()
    const page = await typed(person.browser, denied.userCode)
    expect(titleOf(await pressed(person.browser, page, 'abort'))).toBe(
      'L’appareil n’est pas connecté',
    )
    const expired = await begun()
    await pass(broker.db, { seconds: 601 })
    const codes = [
      ['', 'Le numéro manque'],
      ['BCDF-GHJK', 'Nous ne trouvons pas ce numéro'],
      ['1234-5678', 'Nous ne trouvons pas ce numéro'],
      [expired.userCode, 'Ce numéro est trop vieux'],
    ]
    const own = await newPerson(broker)
    for (const [code = '', says] of codes) {
      const answer = await typed(own.browser, code)
      expect([answer.status, answer.body]).toEqual([400, expect.stringContaining(String(says))])
    }
    expect(await errorAt(tv, expired.deviceCode)).toBe('expired_token')
  })

  test('says that it was used, whether the answer was a yes or a no', async () => {
    for (const button of ['confirm', 'abort'] as const) {
      const { deviceCode, userCode } = await begun()
      const own = await newPerson(broker)
      await pressed(own.browser, await typed(own.browser, userCode), button)
      expect((await typed(own.browser, userCode)).body).toContain('Ce numéro a déjà servi')
      if (button === 'abort') {
        expect(await errorAt(tv, deviceCode)).toBe('access_denied')
        expect(await errorAt(tv, deviceCode)).toBe('invalid_grant')
      }
    }
  })

  test('is tried five times from a network, over both processes, and strangers do not shut anybody else out', async () => {
    const { userCode } = await begun()
    const stranger = makeBrowser(broker)
    // The sixth has the first turn of the line, in which one more goes on each minute.
    expect(await wrongTries(stranger, 6)).toEqual([400, 400, 400, 400, 400, 400])
    const stopped = await typed(stranger, userCode)
    expect([stopped.status, stopped.headers['retry-after']]).toEqual([429, '60'])
    for (const fresh of [stranger, makeBrowser(broker, [], stranger.address)])
      expect((await typed(fresh, userCode)).status).toBe(429)

    // Elsewhere, and signed in behind the same address.
    const neighbour = makeBrowser(
      broker,
      [...(await newPerson(broker)).browser.cookies()],
      stranger.address,
    )
    for (const other of [makeBrowser(broker), neighbour]) {
      expect(titleOf(await typed(other, userCode))).toContain('Connecter un appareil')
    }
    expect(await wrongTries(neighbour, 6)).toEqual([400, 400, 400, 400, 400, 429])
    await pass(broker.db, { seconds: 601 })
    expect(await wrongTries(stranger, 1)).toEqual([400])
  })

  test('is tried by thirty free accesses of one network as often as by three, over both processes', async () => {
    const { userCode } = await begun()
    const { address } = makeBrowser(broker)
    const statuses: number[] = []
    let last: Browser | undefined
    for (let n = 0; n < 30; n++) {
      const free = await newPerson(broker)
      last = makeBrowser(broker, [...free.browser.cookies()], address)
      statuses.push(...(await wrongTries(last, n < 3 ? 6 : 1)))
    }
    expect(statuses.filter((status) => status === 400)).toHaveLength(16)
    expect(new Set(statuses)).toEqual(new Set([400, 429]))
    // A right code of a neighbour of hers who is in no access, and of each of them elsewhere.
    const moved = makeBrowser(broker, [...(last ?? expect.fail()).cookies()])
    for (const other of [makeBrowser(broker, [], address), moved])
      expect(titleOf(await typed(other, userCode))).toContain('Connecter un appareil')
  })
})

describe('of two at once', () => {
  test('who both say yes, one gives the device her access', async () => {
    for (let n = 0; n < 2; n++) {
      const { deviceCode, userCode } = await begun()
      const people = [await newPerson(broker), await newPerson(broker)]
      const pages = await Promise.all(people.map(({ browser }) => typed(browser, userCode)))
      const answers = await Promise.all(
        pages.map((page, i) => pressed(people[i]?.browser ?? person.browser, page, 'confirm')),
      )
      const connected = answers.filter((one) => titleOf(one) === 'L’appareil est connecté')
      expect(connected).toHaveLength(1)
      expect([400, 409]).toContain(answers.find((one) => !connected.includes(one))?.status)
      const [winner] = people.filter((_, i) => answers[i] === connected[0])
      const tokens = await Promise.all([tv.poll(deviceCode), tv.poll(deviceCode)])
      expect(tokens.filter(({ status }) => status === 200)).toHaveLength(1)
      const kinds = await Promise.all(people.map(({ personId }) => activitiesOf(personId)))
      expect(kinds.filter((lines) => lines.length > 0)).toHaveLength(1)
      expect(await activitiesOf(winner?.personId ?? '')).toHaveLength(1)
    }
  })

  test('who both sign in for it, the later one reads that it was used', async () => {
    const { userCode } = await begun()
    const people = [await newPerson(broker), await newPerson(broker)]
    const visits = await Promise.all(
      people.map(async (one) => {
        const browser = makeBrowser(broker)
        return { one, browser, page: await saidYes({ browser }, userCode) }
      }),
    )
    const answers = []
    for (const { one, browser, page } of visits) answers.push(await proved(browser, page, one))
    expect(answers.map(titleOf)).toEqual(['L’appareil est connecté', 'Connecter un autre appareil'])
    expect(answers[1]?.body).toContain('Ce numéro a déjà servi')
  })
})

describe('what a service asks for', () => {
  test('with the code of another service gives nothing, and uses nothing up', async () => {
    const { deviceCode, userCode } = await begun()
    await saidYes(person, userCode)
    const stolen = json(await board.poll(deviceCode))
    expect([stolen['error'], stolen['id_token']]).toEqual(['invalid_grant', undefined])
    expect((await tv.poll(deviceCode)).status).toBe(200)
  })

  test.each([
    [
      'a sharing',
      { authorization_details: `[{"type":"${issuer}/rar/communication/v1"}]` },
      'invalid_authorization_details',
    ],
    ['an API', { resource: 'https://giver.test/api' }, 'invalid_target'],
    ['our own API', { resource: `${issuer}/me` }, 'invalid_target'],
    ['nobody', { scope: 'offline_access' }, 'invalid_scope'],
    ['a request elsewhere', { request_uri: 'https://x.test' }, 'request_uri_not_supported'],
    ['an object that it has not registered', { request: 'x' }, 'request_not_supported'],
    ['a parameter twice', { scope: ['openid', 'openid'] }, 'invalid_request'],
  ])('is refused: %s', async (_what, params, error) => {
    const answer = await tv.device(params)
    expect([answer.status, json(answer)['error']]).toEqual([400, error])
    const isOurs = ['invalid_authorization_details', 'invalid_target'].includes(error)
    if (isOurs) expect(json(answer)['error_uri']).toBe(`${issuer}/api/errors#device-sign-in`)
  })

  test('of the person herself is shown to her after her yes, and told where she gives it', async () => {
    const own = await newPerson(broker)
    await giveEmail(broker, own.personId, 'marie@exemple.test')
    const { deviceCode, userCode } = await begun(kiln, { scope: 'openid email' }, ownAssertion)
    const asked = await saidYes(own, userCode)
    expect(new URL(asked.url).pathname).toMatch(/^\/recevra\//)
    expect(asked.body).toContain('marie@exemple.test')
    const { fields } = formOf(asked)
    const given = await postAndFollow(own.browser, `${asked.url}/don`, {
      ...fields,
      claim: 'email',
    })
    expect(titleOf(given)).toBe('L’appareil est connecté')
    const tokens = json(await kiln.poll(deviceCode, { assertion: await ownAssertion() }))
    const told = json(await kiln.userinfo(String(tokens['access_token'])))
    expect(told).toMatchObject({ email: 'marie@exemple.test' })
  })

  test('in a signed request counts, once', async () => {
    const request = await signedByKiln(
      { client_id: 'kiln', scope: 'openid', acr_values: aal2, nbf: seconds() },
      'oauth-authz-req+jwt',
    )
    const send = async () => kiln.device({ request }, { assertion: await ownAssertion() })
    expect((await send()).status).toBe(200)
    const twice = await send()
    expect([twice.status, json(twice)['error']]).toEqual([400, 'invalid_request_object'])
  })

  test('for an API, with the code of a person, gives nothing', async () => {
    const { deviceCode, userCode } = await begun()
    await saidYes(person, userCode)
    const answer = await tv.poll(deviceCode, { params: { resource: `${issuer}/me` } })
    expect([answer.status, json(answer)['error']]).toEqual([400, 'invalid_target'])
  })

  test('without the grant in its file is refused, here and at /token', async () => {
    const { library } = broker.services
    for (const answer of [await library.device(), await library.poll('x')]) {
      expect([answer.status, json(answer)]).toEqual([
        400,
        expect.objectContaining({
          error: 'unauthorized_client',
          error_uri: `${issuer}/api/errors#not-registered`,
        }),
      ])
    }
    const stranger = await tv.device({}, { assertion: await board.assertion() })
    expect([stranger.status, json(stranger)['device_code']]).toEqual([400, undefined])
  })

  test('is in the metadata while a service has it', async () => {
    const path = '/.well-known/openid-configuration'
    const metadata = json(await makeBrowser(broker).get(path))
    expect(metadata['device_authorization_endpoint']).toBe(`${issuer}/device/auth`)
    expect(metadata['grant_types_supported']).toContain(deviceGrant)
  })
})

test('neither code is in the tables, nor is a hash that finds the short one', async () => {
  const { deviceCode, userCode } = await begun()
  await typed(person.browser, userCode)
  const bare = userCode.replace('-', '')
  const rows = JSON.stringify(await broker.db('oidcArtifacts').select('*'))
  const plainly = [
    rowId('UserCode', bare),
    rowId('UserCode', userCode),
    sha256(bare),
    sha256(userCode),
  ]
  for (const text of [deviceCode, userCode, bare]) expect(rows).not.toContain(text)
  const ids: Buffer[] = await broker.db('oidcArtifacts').pluck('id')
  const hexes = ids.map((id) => id.toString('hex'))
  expect(hexes).toContain(rowId('DeviceCode', deviceCode))
  for (const id of plainly) expect(hexes).not.toContain(id)
})

describe('the sign-in of a device ends', () => {
  test('with her sign-out, of which the service is told', async () => {
    const own = await newPerson(broker)
    const [kept, waiting] = [await begun(), await begun()]
    for (const { userCode } of [kept, waiting]) await saidYes(own, userCode)
    const tokens = json(await tv.poll(kept.deviceCode))
    const before = await logoutJobs()
    const { action, fields } = formOf(await own.browser.get('/session/end'))
    await own.browser.post(action, { ...fields, logout: 'yes' })
    const told = await logoutJobs()
    expect(told.filter((one) => !before.includes(one))).toEqual([
      `tv ${String(idTokenOf(tokens)['sid'])}`,
    ])
    expect((await tv.userinfo(String(tokens['access_token']))).status).toBe(401)
    expect(await errorAt(tv, waiting.deviceCode)).toBe('invalid_grant')
  })

  test('with the connection that she ends in « Mon accès », and with her access', async () => {
    for (const end of [leaveService, suspend]) {
      const own = await newPerson(broker)
      const [kept, waiting] = [await begun(), await begun()]
      for (const { userCode } of [kept, waiting]) await saidYes(own, userCode)
      const tokens = json(await tv.poll(kept.deviceCode))
      await end(own)
      expect((await tv.userinfo(String(tokens['access_token']))).status).toBe(401)
      expect(await errorAt(tv, waiting.deviceCode)).toBe('invalid_grant')
    }
  })
})

test('a device signs in by the program of the documents, as it is shown there', async () => {
  const [french, english] = ['device.md', 'device.en.md'].map(programIn)
  expect(french).toBe(english)
  const folder = newFolder()
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'device.mjs'), french ?? '')
  const { signInOnDevice } = (await import(
    /* @vite-ignore */ pathToFileURL(join(folder, 'device.mjs')).href
  )) as { signInOnDevice: SignInOnDevice }
  const config = await client.discovery(
    new URL(issuer),
    'kiln',
    undefined,
    client.PrivateKeyJwt(kilnKey),
    { execute: [client.allowInsecureRequests], [client.customFetch]: toHouse },
  )
  let said: Promise<Answer> | undefined
  const claims = await signInOnDevice(config, (_uri, userCode) => {
    said = saidYes(person, secret('token', userCode))
  })
  expect(said === undefined ? '' : titleOf(await said)).toBe('L’appareil est connecté')
  expect(claims).toMatchObject({ aud: 'kiln', acr: aal2 })
})
