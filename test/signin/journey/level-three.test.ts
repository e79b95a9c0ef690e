import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Authenticator, AuthenticatorOptions, Forgery } from '../../support/authenticator.ts'
import { makeAuthenticator } from '../../support/authenticator.ts'
import type { Broker } from '../../support/broker.ts'
import {
  callbackOf,
  codeOf,
  issuer,
  postAndFollow,
  signUp,
  startBroker,
} from '../../support/broker.ts'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf, formsOf, makeBrowser } from '../../support/browser.ts'
import type { Fido } from '../../support/fido.ts'
import { makeFido } from '../../support/fido.ts'
import type { Errand } from '../../support/service.ts'
import { idTokenOf, json } from '../../support/service.ts'
import { letTimeMove, pass } from '../../support/time.ts'

// A service that asks for level 3, and the keys that give it, from « Mon accès » to the token.

const three = { acr_values: 'urn:accord:aal:3' }

let fido: Fido
let broker: Broker

beforeAll(async () => {
  letTimeMove()
  fido = await makeFido()
  broker = await startBroker(undefined, [], undefined, fido.env)
})
afterAll(async () => {
  await broker.stop()
  fido.stop()
})

function blueKey(more: Partial<AuthenticatorOptions> = {}): Authenticator {
  return makeAuthenticator({ origin: issuer, counter: 0, model: fido.model, ...more })
}

const additionPath = '/acces/cles/niveau-3'

async function add(browser: Browser, key: Authenticator, forgery?: Forgery): Promise<Answer> {
  const { action, fields, options } = formOf(await browser.get(additionPath))
  const credential = key.create(options, forgery)
  return postAndFollow(browser, action, { ...fields, credential })
}

async function use(browser: Browser, page: Answer, key: Authenticator): Promise<Answer> {
  const { action, fields, options } = formOf(page)
  return postAndFollow(browser, action, { ...fields, credential: key.get(options) })
}

async function asked(browser: Browser): Promise<{ errand: Errand; page: Answer }> {
  const errand = await broker.services.library.begin(three)
  return { errand, page: await browser.follow(errand.url) }
}

async function claimsOf(callback: URL, errand: Errand) {
  return idTokenOf(json(await broker.services.library.redeem(codeOf(callback), errand)))
}

/** The file changes, and a process looks at it a minute later. */
async function change(what: Parameters<Fido['put']>[0]): Promise<void> {
  fido.put(what)
  await pass(broker.db, { seconds: 61 })
}

test('a key whose maker attests its model gives level 3, and the token says so', async () => {
  const own = await signUp(broker, broker.services.library)
  const form = formOf(await own.browser.get(additionPath))
  const adding = await own.browser.get('/acces/cles/ajout')
  expect(JSON.parse(form.options)).toMatchObject({
    attestation: 'direct',
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  })
  expect(JSON.parse(formOf(adding).options)).toMatchObject({ attestation: 'none' })
  expect(adding.body).toContain(additionPath)

  const key = blueKey()
  const added = await add(own.browser, key)
  expect(added.body).toContain('Votre clé de niveau 3 est ajoutée.')
  const ways = await own.browser.get('/acces/entrer')
  expect(ways.body).toContain('Niveau 3 : Clé bleue 3')
  const [row] = await broker
    .db('keyAttestations')
    .select('aaguid', 'format', 'metadataNo')
    .where({ personId: own.personId })
  expect(row).toEqual({ aaguid: fido.aaguid, format: 'packed', metadataNo: 7 })

  const browser = makeBrowser(broker)
  const { errand, page } = await asked(browser)
  expect(page.body).toContain('Ce service demande une clé de niveau 3')
  const claims = await claimsOf(callbackOf(await use(browser, page, key)), errand)
  const first = await claimsOf(own.callback, own.errand)
  expect(claims).toMatchObject({
    sub: first['sub'],
    acr: 'urn:accord:aal:3',
    amr: ['pop', 'hwk', 'user', 'mfa'],
  })
  // The session has the level: no page comes between, and it lives as level 3 does.
  const again = await asked(browser)
  expect(callbackOf(again.page).searchParams.has('code')).toBe(true)
  await pass(broker.db, { seconds: 15 * 60 + 1 })
  expect((await asked(browser)).page.location).toBeUndefined()
})

test('a session below level 3 sees which key it takes, and another key is told so', async () => {
  const own = await signUp(broker, broker.services.library)
  const before = await asked(own.browser)
  expect(before.page.body).toContain('Une vérification de plus')
  expect(before.page.body).toContain('Vous n’avez pas de clé de niveau 3')
  expect(before.page.body).not.toContain('Ou avec un mot de passe')
  const key = blueKey()
  await add(own.browser, key)

  const { errand, page } = await asked(own.browser)
  expect(page.body).toContain('Utilisez une de ces clés')
  const below = await use(own.browser, page, own.authenticator)
  expect([below.location, below.status]).toEqual([undefined, 200])
  expect(below.body).toContain('La clé que vous avez utilisée n’est pas de niveau 3.')
  const twice = await use(own.browser, below, own.authenticator)
  expect([twice.location, twice.status]).toEqual([undefined, 409])
  expect(twice.body).toContain('Cette clé n’est pas de niveau 3')
  const callback = callbackOf(await use(own.browser, twice, key))
  expect(await claimsOf(callback, errand)).toMatchObject({ acr: 'urn:accord:aal:3' })
})

test('who gives up is told to the service, and nobody else’s key completes her step', async () => {
  const own = await signUp(broker, broker.services.library)
  const other = await signUp(broker, broker.services.library)
  const key = blueKey()
  await add(other.browser, key)
  const { page } = await asked(own.browser)
  const below = await use(own.browser, page, own.authenticator)
  const strange = await use(own.browser, below, key)
  expect([strange.location, strange.status]).toEqual([undefined, 409])

  const leaving = formsOf(below).find(({ action }) => action.endsWith('/abandon'))
  const left = await postAndFollow(own.browser, leaving?.action ?? '', leaving?.fields ?? {})
  expect(callbackOf(left).searchParams.get('error')).toBe('unmet_authentication_requirements')
})

test.each<[string, Partial<AuthenticatorOptions>, Forgery, string]>([
  [
    'says nothing of its model',
    {},
    { format: 'none', statement: new Map() },
    'n’a pas dit le modèle',
  ],
  [
    'is of a model that is not in the file',
    {},
    { aaguid: crypto.randomUUID() },
    'n’est pas dans notre liste',
  ],
  [
    'is copied from device to device',
    { isBackupEligible: true },
    {},
    'se copie d’un appareil à l’autre. Rien',
  ],
  ['did not verify its user', {}, { isVerified: false }, 'La clé d’accès n’a pas pu être créée'],
])('a key that %s is not added, and the page says why', async (_, options, forgery, words) => {
  const own = await signUp(broker, broker.services.library)
  const answer = await add(own.browser, blueKey(options), forgery)
  expect([answer.status >= 400, answer.body.includes(words)]).toEqual([true, true])
  expect(await keysOf(own.personId)).toBe(1)
})

test('an answer for one of the two pages is none for the other', async () => {
  const own = await signUp(broker, broker.services.library)
  const ordinary = formOf(await own.browser.get('/acces/cles/ajout'))
  const attested = formOf(await own.browser.get(additionPath))
  const forLevelThree = { ...attested.fields, credential: blueKey().create(ordinary.options) }
  const forOrdinary = { ...ordinary.fields, credential: blueKey().create(attested.options) }
  expect((await own.browser.post(attested.action, forLevelThree)).status).toBe(409)
  expect((await own.browser.post(ordinary.action, forOrdinary)).status).toBe(409)
  expect(await keysOf(own.personId)).toBe(1)
})

async function keysOf(personId: string): Promise<number> {
  const rows = await broker.db('passkeys').select('passkeyId').where({ personId })
  return rows.length
}

test('what somebody writes into the database makes no key of level 3', async () => {
  const own = await signUp(broker, broker.services.library)
  const key = blueKey()
  await add(own.browser, key)
  const invented = await signUp(broker, broker.services.library)
  const plain = await broker
    .db('passkeys')
    .select('passkeyId')
    .where({ personId: invented.personId })
    .first()
  // The attestation of another key, as it stands, for a key of hers; and a row that is changed.
  await broker.db.raw(
    `insert into key_attestations (passkey_id, person_id, aaguid, format, certificates, metadata_no, attested_at, seal)
     select ?, ?, aaguid, format, certificates, metadata_no, attested_at, seal from key_attestations where person_id = ?`,
    [plain?.passkeyId ?? '', invented.personId, own.personId],
  )
  const hers = await asked(invented.browser)
  const below = await use(invented.browser, hers.page, invented.authenticator)
  expect(below.body).toContain('La clé que vous avez utilisée n’est pas de niveau 3.')

  await broker
    .db('keyAttestations')
    .where({ personId: own.personId })
    .update({ seal: randomBytes(20) })
  const { page } = await asked(makeBrowser(broker))
  expect(page.status).toBe(200)
  const browser = makeBrowser(broker)
  const changed = await asked(browser)
  expect((await use(browser, changed.page, key)).body).toContain('n’est pas de niveau 3.')
})

test('a model that is revoked, and a file that is over, take the level back, and she is told', async () => {
  const own = await signUp(broker, broker.services.library)
  const key = blueKey()
  await add(own.browser, key)

  await change({ no: 8, reports: [{ status: 'REVOKED' }] })
  const { errand, page } = await asked(own.browser)
  const below = await use(own.browser, page, key)
  expect(below.body).toContain('n’est plus accepté au niveau 3')
  expect((await own.browser.get('/acces/entrer')).body).toContain(
    'Cette clé ne donne plus le niveau 3',
  )
  expect(errand.url).toContain('request_uri')
  // Below, it is a key like others.
  const plain = makeBrowser(broker)
  const usual = await broker.services.library.begin()
  const signedIn = callbackOf(await use(plain, await plain.follow(usual.url), key))
  expect(await claimsOf(signedIn, usual)).toMatchObject({ acr: 'urn:accord:aal:2' })

  await change({ no: 9, nextUpdate: '2026-01-01' })
  const waiting = await asked(own.browser)
  expect(waiting.page.body).toContain(
    'Nous ne pouvons vérifier aucune clé de niveau 3 en ce moment',
  )
  expect(formsOf(waiting.page).some(({ action }) => action.endsWith('/abandon'))).toBe(true)
  const addition = await own.browser.get(additionPath)
  expect(addition.body).toContain('Nous ne pouvons vérifier aucun modèle en ce moment')
  expect(broker.output()).toContain('its nextUpdate is over')

  await change({ no: 8 })
  expect((await asked(own.browser)).page.body).toContain('aucune clé de niveau 3 en ce moment')
  expect(broker.output()).toContain('a newer file was seen before')
  await change({ no: 10 })
  const last = await asked(own.browser)
  const callback = callbackOf(await use(own.browser, last.page, key))
  expect(await claimsOf(callback, last.errand)).toMatchObject({ acr: 'urn:accord:aal:3' })
})

test('the level is published where the operator has a file', async () => {
  const { body } = await makeBrowser(broker).get('/.well-known/openid-configuration')
  expect(JSON.parse(body)).toMatchObject({
    acr_values_supported: ['urn:accord:aal:1', 'urn:accord:aal:2', 'urn:accord:aal:3'],
  })
})
