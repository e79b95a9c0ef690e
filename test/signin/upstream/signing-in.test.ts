import type { ServerResponse } from 'node:http'
import * as jose from 'jose'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf, formsOf, makeBrowser } from '../../support/browser.ts'
import type { Broker } from '../../support/broker.ts'
import {
  callbackOf,
  codeOf,
  codesOf,
  issuer,
  keepCodes,
  startBroker,
} from '../../support/broker.ts'
import type { BrakeAsked } from '../../../src/registry/index.ts'
import { brakeByOrder } from '../../../src/registry/index.ts'
import { another } from '../../registry/whole-register.ts'
import { giveEmail } from '../../support/emails.ts'
import { endEveryWait } from '../../support/ended-waits.ts'
import { personOfKey } from '../../support/many-sessions.ts'
import { newPerson } from '../../support/person.ts'
import type { Errand } from '../../support/service.ts'
import { register } from '../../support/service.ts'
import { sealsOf } from '../../support/seals.ts'
import { twoSigners } from '../../support/two-signers.ts'
import { recoverAt } from '../../support/ways.ts'
import type { Lies, LogoutLies, There, Upstream } from '../../support/upstream.ts'
import { startUpstream } from '../../support/upstream.ts'

// Signing in with an account elsewhere, whose provider says what it should, or lies.

let there: Upstream
/** It vouches for names; for a birth date it may not. */
let voucher: Upstream
/** It says who somebody is at /userinfo. */
let teller: Upstream
let broker: Broker

beforeAll(async () => {
  there = await startUpstream('ailleurs')
  const names = ['given_name', 'family_name']
  voucher = await startUpstream('garant', { vouches_for: names })
  teller = await startUpstream('conteur', { vouches_for: names, claims_from: 'userinfo' })
  const all = [there, voucher, teller]
  const env = { OUTBOUND_ALLOW: all.map(({ host }) => host).join(',') }
  const objects = all.map(({ object }) => object)
  broker = await startBroker(undefined, objects, undefined, env, { upstream: true })
})
afterAll(async () => {
  await broker.stop()
  for (const upstream of [there, voucher, teller]) await upstream.stop()
})
beforeEach(() => {
  there.behave(undefined)
  there.say({})
})

const two = 'urn:there:two'
let people = 0
const somebody = (): There => ({ sub: `person ${people++}`, acr: two })

type Gone = {
  readonly browser: Browser
  readonly errand: Errand
  readonly sentTo: string
  readonly way: string
}

/** Goes to a service, and from its sign-in on to the provider. */
async function goThere(
  browser = makeBrowser(broker),
  params = {},
  upstream = there,
): Promise<Gone> {
  const errand = await broker.services.library.begin(params)
  const page = await browser.follow(errand.url)
  const way = `${page.url}/fournisseurs/${upstream.id}`
  const gone = await browser.get(way)
  if (gone.location === undefined) throw new Error(`not sent: ${gone.status} ${gone.body}`)
  return { browser, errand, sentTo: gone.location, way }
}

async function arrive(gone: Gone, person: There, lies?: Lies): Promise<Answer> {
  return gone.browser.follow(there.signsIn(gone.sentTo, person, lies).href)
}

/** Presses the button whose form goes to this step. */
async function press(browser: Browser, page: Answer, step: string): Promise<Answer> {
  const form = formsOf(page).find(({ action }) => action.endsWith(step))
  if (form === undefined) throw new Error(`no ${step} at ${page.url}: ${page.body.slice(0, 2000)}`)
  const answer = await browser.post(form.action, form.fields)
  return answer.location?.startsWith(issuer) === true ? browser.follow(answer.location) : answer
}

/** Opens an access by an account elsewhere, and comes back to the service. */
async function openAccess(
  person: There,
  upstream = there,
  lies: Lies = {},
  browser = makeBrowser(broker),
): Promise<Done & { readonly browser: Browser }> {
  const gone = await goThere(browser, {}, upstream)
  const page = await gone.browser.follow(upstream.signsIn(gone.sentTo, person, lies).href)
  const made = await press(gone.browser, page, '/arrivee/nouveau')
  expect(codesOf(made)).toHaveLength(10)
  const invited = await keepCodes(gone.browser, made)
  const done = await press(gone.browser, invited, '/plus-tard')
  return { browser: gone.browser, callback: callbackOf(done), errand: gone.errand }
}

type Done = { readonly callback: URL; readonly errand: Errand }

async function claimsOf({ callback, errand }: Done): Promise<jose.JWTPayload> {
  const answer = await broker.services.library.redeem(codeOf(callback), errand)
  const { id_token: token } = JSON.parse(answer.body) as { id_token: string }
  return jose.decodeJwt(token)
}

async function peopleKnown(): Promise<number> {
  const { rows } = await broker.db.raw<{ rows: { n: number }[] }>(
    'select count(*)::int as n from persons',
  )
  return rows[0]?.n ?? 0
}

test('an account elsewhere opens a new access, and then the same one again, from another browser', async () => {
  const person = somebody()
  const first = await openAccess(person)
  const space = await first.browser.get('/acces')
  expect(space.body).toContain('Votre accès s’ouvre seulement par un compte d’ailleurs')
  const { body } = await first.browser.get('/acces/entrer')
  expect(body).toContain('Utilisé pour cette connexion')
  expect(body).not.toContain('Pas encore utilisé')
  const gone = await goThere()
  // She goes there again and again: the five newest ways lead back.
  const sent = [gone.sentTo]
  while (sent.length < 6) sent.push((await gone.browser.get(gone.way)).location ?? '')
  const back = (sentTo = '') => gone.browser.follow(there.signsIn(sentTo, person).href)
  expect((await back(sent[0])).status).toBe(403)
  const again = callbackOf(await back(sent[1]))

  const claims = await claimsOf(first)
  const later = await claimsOf({ callback: again, errand: gone.errand })
  expect(later.sub).toBe(claims.sub)
  expect(later).toMatchObject({ acr: 'urn:accord:aal:2', amr: ['mfa'] })
})

test('a clock there that is some seconds ahead of ours shuts nobody out', async () => {
  const page = await arrive(await goThere(), somebody(), issuedIn(5))
  expect(page.body).toContain('/arrivee/nouveau')
})

function issuedIn(seconds: number): Lies {
  return { claims: { iat: Math.floor(Date.now() / 1000) + seconds } }
}

test('a visitor who opens sixty links at once is stopped, and his neighbours behind the same address sign in', async () => {
  const his = await goThere()
  const { address } = his.browser
  const opens = ({ browser, way }: Gone) =>
    Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        browser.clone().get(way, { port: broker.ports[n % 2] ?? 0 }),
      ),
    )
  const answers = await opens(his)
  expect(answers.filter(({ status }) => status === 303)).toHaveLength(19)
  for (const { status, headers } of answers.filter((one) => one.status !== 303)) {
    expect(status).toBe(429)
    expect(Number(headers['retry-after'])).toBeGreaterThan(0)
  }
  const neighbour = () => makeBrowser(broker, [], address)
  const hers = somebody()
  const opened = await openAccess(hers, there, {}, neighbour())
  expect((await claimsOf(opened)).sub).toEqual(expect.any(String))

  // Two more of his kind, and nothing is left of what the network has: the next ones go on in turn, one a second.
  for (const other of [await goThere(neighbour()), await goThere(neighbour())]) await opens(other)
  const waiting = await Promise.all([goThere(neighbour()), goThere(neighbour())])
  for (const gone of waiting) expect((await arrive(gone, somebody())).status).toBe(200)
  // In a browser in which somebody signed in before nobody waits, and only so often.
  const known = await goThere(opened.browser, { prompt: 'login' })
  expect((await arrive(known, hers)).location).toContain('code=')
  const more = await opens(await goThere(opened.browser, { prompt: 'login' }))
  expect(more.filter(({ status }) => status === 303)).toHaveLength(19)
  // The cookie of a browser is not made up.
  const forged = neighbour()
  forged.take({ name: 'device', path: '/', value: 'A'.repeat(22) })
  const start = await forged.follow((await broker.services.library.begin()).url)
  const refused = await Promise.all(
    Array.from({ length: 12 }, () => forged.clone().get(`${start.url}/fournisseurs/ailleurs`)),
  )
  expect(refused.filter(({ status }) => status === 429).length).toBeGreaterThan(8)
})

test('an acr that is unknown, or none, is the lowest level, and a service that asks for more gets none', async () => {
  const person = { ...somebody(), acr: 'URN:there:two' }
  const first = await openAccess(person)
  expect(await claimsOf(first)).toMatchObject({ acr: 'urn:accord:aal:1', amr: [] })

  const gone = await goThere(makeBrowser(broker), { acr_values: 'urn:accord:aal:2' })
  const asked = there.asking(gone.sentTo)
  expect([asked.get('acr_values'), asked.get('ui_locales')]).toEqual([two, 'fr'])
  const page = await arrive(gone, person)
  // Nothing goes to the service: she is asked for another proof.
  expect(page.body).toContain('Une vérification de plus')
  expect(page.location).toBeUndefined()
  const higher = await arrive(await goThere(gone.browser, { acr_values: 'urn:accord:aal:2' }), {
    ...person,
    acr: two,
  })
  expect(higher.location).toContain('code=')
})

test.each<[string, Lies | (() => Lies), string]>([
  ['no iss beside the code', { back: { iss: undefined } }, 'upstream.untrusted'],
  ['the iss of another', { back: { iss: 'https://other.test' } }, 'upstream.untrusted'],
  ['an error', { back: { code: undefined, error: 'access_denied' } }, 'upstream.declined'],
  ['a code of nobody', { back: { code: 'invented' } }, 'upstream.untrusted'],
  [
    'an ID token of another issuer',
    { claims: { iss: 'https://other.test' } },
    'upstream.untrusted',
  ],
  [
    'the issuer with a slash',
    () => ({ claims: { iss: `${there.issuer}/` } }),
    'upstream.untrusted',
  ],
  ['an ID token for another', { claims: { aud: 'another' } }, 'upstream.untrusted'],
  ['another authorised party', { claims: { azp: 'another' } }, 'upstream.untrusted'],
  ['another nonce', { claims: { nonce: 'another' } }, 'upstream.untrusted'],
  ['no nonce', { claims: { nonce: undefined } }, 'upstream.untrusted'],
  ['an ID token that is over', { claims: { exp: 1_700_000_000 } }, 'upstream.untrusted'],
  // A minute counts from the sign-in: the cases before it may take longer than a minute.
  ['an ID token of a minute from now', () => issuedIn(60), 'upstream.untrusted'],
  ['an ID token of an hour from now', () => issuedIn(3600), 'upstream.untrusted'],
  ['a sign-in of yesterday', { claims: { auth_time: 1_700_000_000 } }, 'upstream.untrusted'],
  ['a sign-in of tomorrow', { claims: { auth_time: 4_000_000_000 } }, 'upstream.untrusted'],
  ['no time of the sign-in', { claims: { auth_time: undefined } }, 'upstream.untrusted'],
  ['no subject', { claims: { sub: '' } }, 'upstream.untrusted'],
  ['a long subject', { claims: { sub: 'x'.repeat(256) } }, 'upstream.untrusted'],
  ['a subject that is null', { claims: { sub: null } }, 'upstream.untrusted'],
  ['a subject that is a number', { claims: { sub: 7 } }, 'upstream.untrusted'],
  ['a subject in two lines', { claims: { sub: 'one\ntwo' } }, 'upstream.untrusted'],
  ['no signature', { signature: 'none' }, 'upstream.untrusted'],
  ['a signature by another key', { signature: 'other-key' }, 'upstream.untrusted'],
  ['a key that nobody published', { signature: 'unknown-kid' }, 'upstream.untrusted'],
  ['a secret in the place of a key', { signature: 'hs256' }, 'upstream.untrusted'],
])('with %s nobody is signed in, and the page says so', async (_, lies, code) => {
  const before = await peopleKnown()
  const gone = await goThere()
  const told = typeof lies === 'function' ? lies() : lies
  const page = await arrive(gone, somebody(), told)

  expect(page.status).toBeGreaterThanOrEqual(400)
  expect(page.body).toContain('Rien n’a été ouvert')
  const [line] = await broker
    .db('activity')
    .select('kind', 'result', 'reason', 'personId')
    .orderBy('at', 'desc')
    .limit(1)
  expect(line).toEqual({
    kind: 'access.signed-in',
    result: 'refused',
    reason: code,
    personId: null,
  })
  expect(await peopleKnown()).toBe(before)
})

test('an answer counts once, in the browser that went, and for the visit that went', async () => {
  const gone = await goThere()
  const back = there.signsIn(gone.sentTo, somebody()).href
  const stranger = await makeBrowser(broker).follow(back)
  expect([stranger.status, stranger.body.includes('signin.arrival')]).toEqual([404, false])
  // The stranger's look used nothing up.
  expect((await gone.browser.follow(back)).body).toContain('Avez-vous déjà un accès ici?')
  const replayed = await gone.browser.follow(back)
  expect(replayed.status).toBe(403)
  const [one, other] = [await goThere(gone.browser), await goThere(gone.browser)]
  const mixed = new URL(there.signsIn(one.sentTo, somebody()))
  mixed.searchParams.set(
    'code',
    new URL(there.signsIn(other.sentTo, somebody())).searchParams.get('code') ?? '',
  )
  expect((await gone.browser.follow(mixed.href)).status).toBe(403)
  const invented = new URL(back)
  invented.searchParams.set('state', 'invented')
  expect((await gone.browser.follow(invented.href)).status).toBe(403)
  const unasked = [`${gone.way}/retour`, `/retour/${there.id}?code=x`]
  for (const path of unasked) expect((await gone.browser.get(path)).status).toBe(403)
})

test('whoever registers this broker at a provider reads what is needed, and the public halves of its keys alone', async () => {
  const read = async (name: string) =>
    JSON.parse((await makeBrowser(broker).get(`/retour/${there.id}/${name}`)).body) as object
  expect(await read('client')).toMatchObject({
    redirect_uris: [`${issuer}/retour/${there.id}`],
    jwks_uri: `${issuer}/retour/${there.id}/jwks`,
    token_endpoint_auth_method: 'private_key_jwt',
  })
  const [key] = ((await read('jwks')) as { keys: jose.JWK[] }).keys
  expect(Object.keys(key ?? {}).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
})

test('how old a proof may be is passed on and judged, and a higher level comes from there or from a key of hers here', async () => {
  const asked = async (params: object) =>
    there.asking((await goThere(makeBrowser(broker), params)).sentTo)
  expect((await asked({})).get('max_age')).toBe('300')
  expect((await asked({ max_age: 60 })).get('max_age')).toBe('60')
  const anew = await asked({ prompt: 'login' })
  expect([anew.get('max_age'), anew.get('prompt')]).toEqual(['0', 'login'])
  const late = await goThere(makeBrowser(broker), { max_age: 60 })
  expect((await arrive(late, { ...somebody(), secondsAgo: 200 })).status).toBe(403)

  const own = await newPerson(broker)
  const person = { sub: somebody().sub }
  const sentTo = (await own.browser.get(`/acces/comptes/${there.id}/ajout`)).location ?? ''
  await press(own.browser, await own.browser.follow(there.signsIn(sentTo, person).href), '/ajout')
  const browser = makeBrowser(broker)
  const low = await goThere(browser)
  const first = { callback: callbackOf(await arrive(low, person)), errand: low.errand }
  expect((await claimsOf(first))['acr']).toBe('urn:accord:aal:1')
  const known = await peopleKnown()
  const higher = { acr_values: 'urn:accord:aal:2' }
  const strange = await arrive(await goThere(browser, higher), somebody())
  expect([strange.status, await peopleKnown()]).toEqual([403, known])
  expect(strange.body).toContain('Ce compte n’ouvre pas votre accès')
  const errand = await broker.services.library.begin(higher)
  const { action, fields, options } = formOf(await browser.follow(errand.url))
  const credential = own.authenticator.get(options)
  const proved = await browser.post(action, { ...fields, credential })
  const callback = callbackOf(await browser.follow(proved.location ?? ''))
  expect((await claimsOf({ callback, errand }))['acr']).toBe('urn:accord:aal:2')
})

test('one account opens one access, when it comes first in many browsers at once', async () => {
  const person = somebody()
  const before = await peopleKnown()
  const going = await Promise.all(Array.from({ length: 20 }, () => goThere()))
  const all = await Promise.all(
    going.map(async (gone) => ({ gone, page: await arrive(gone, person) })),
  )
  const [last, ...others] = all
  await Promise.all(others.map(({ gone, page }) => press(gone.browser, page, '/arrivee/nouveau')))
  expect(await peopleKnown()).toBe(before + 1)
  if (last === undefined) throw new Error('nobody went')
  expect(callbackOf(await press(last.gone.browser, last.page, '/arrivee/nouveau'))).toBeDefined()
  const again = await goThere()
  expect((await arrive(again, person)).location).toContain('code=')
})

test('who has an access signs in to it first, and links the account', async () => {
  const own = await newPerson(broker)
  const person = somebody()
  const gone = await goThere()
  const asked = await arrive(gone, person)
  const page = await press(gone.browser, asked, '/arrivee/acces-existant')
  expect(page.body).toContain('Connectez-vous d’abord ici')
  const { action, fields, options } = formOf(page)
  const proved = await gone.browser.post(action, {
    ...fields,
    credential: own.authenticator.get(options),
  })
  expect(proved.body).toContain('Relier')
  const done = await press(gone.browser, proved, '/arrivee/lien')
  const { sub } = await claimsOf({ callback: callbackOf(done), errand: gone.errand })

  const again = await goThere()
  const callback = callbackOf(await arrive(again, person))
  expect((await claimsOf({ callback, errand: again.errand })).sub).toBe(sub)
})

test('a link that cannot be made says why, and she goes on without it', async () => {
  const own = await newPerson(broker)
  const personId = await personOfKey(broker.db, own.authenticator)
  const person = somebody()
  const gone = await goThere()
  const visit = gone.way.replace(/\/fournisseurs\/.*/, '')
  const asked = await arrive(gone, person)
  const { csrf = '' } = formOf(asked).fields
  // Nobody has proved anything here yet.
  expect((await gone.browser.post(`${visit}/arrivee/lien`, { csrf })).location).toBe(visit)
  const page = await press(gone.browser, asked, '/arrivee/acces-existant')
  const { action, fields, options } = formOf(page)
  const credential = own.authenticator.get(options)
  await gone.browser.post(action, { ...fields, credential })
  const link = async () => press(gone.browser, await gone.browser.get(visit), '/arrivee/lien')

  await broker.db.raw(
    `insert into upstream_identities (factor_id, person_id, issuer, identity_sha256, created_at, seal)
     select gen_random_uuid(), ?, 'https://other.test', sha256(n::text::bytea), now(), substring(sha256('x') from 1 for 20) from generate_series(1, 10) n`,
    [personId],
  )
  const full = await link()
  expect(full.status).toBe(409)
  expect(full.body).toContain('a déjà tous les comptes qu’il peut avoir')
  await broker.db('upstreamIdentities').where({ personId }).delete()
  await openAccess(person)
  const taken = await link()
  expect(taken.status).toBe(409)
  expect(taken.body).toContain('Ce compte ouvre déjà un autre accès')
  const done = await press(gone.browser, taken, '/arrivee/abandon')
  expect(callbackOf(done).searchParams.has('code')).toBe(true)
  expect(await broker.db('upstreamIdentities').where({ personId })).toEqual([])
})

test('a provider that hangs, fails or says too much keeps nobody else waiting', async () => {
  const own = await newPerson(broker)
  const held: ServerResponse[] = []
  for (const [name, behaviour, path] of [
    ['500', (response: ServerResponse) => response.writeHead(500).end(), '/token'],
    ['huge', (response: ServerResponse) => response.end('x'.repeat(200_000)), '/token'],
    ['hangs', (response: ServerResponse) => void held.push(response), '/token'],
  ] as const) {
    const gone = await goThere()
    there.behave((asked, response) => {
      if (asked !== path) return false
      behaviour(response)
      return true
    })
    const answer = arrive(gone, somebody())
    const { status } = await own.browser.get('/acces')
    expect([name, status]).toEqual([name, 200])
    const page = await answer
    expect([name, page.status >= 400, page.body.includes('Rien n’a été ouvert')]).toEqual([
      name,
      true,
      true,
    ])
    there.behave(undefined)
  }
  for (const response of held) response.destroy()
})

test('in « Mon accès » an account is linked by a new sign-in there and a press, and removed again', async () => {
  const own = await newPerson(broker)
  const { browser } = own
  const person = somebody()
  const gone = await browser.get(`/acces/comptes/${there.id}/ajout`)
  const sentTo = gone.location ?? ''
  expect(Object.fromEntries(there.asking(sentTo))).toMatchObject({ prompt: 'login', max_age: '0' })
  const stale = await browser.follow(there.signsIn(sentTo, { ...person, secondsAgo: 60 }).href)
  expect(stale.status).toBe(403)
  const again = (await browser.get(`/acces/comptes/${there.id}/ajout`)).location ?? ''
  const asked = await browser.follow(there.signsIn(again, person).href)
  expect(asked.body).toContain('Relier votre compte')
  const linked = await press(browser, asked, '/ajout')
  expect(linked.body).toContain('Votre compte est relié')
  const { url: href } = await accountPage(browser)

  const other = await newPerson(broker)
  const taken = (await other.browser.get(`/acces/comptes/${there.id}/ajout`)).location ?? ''
  const refused = await press(
    other.browser,
    await other.browser.follow(there.signsIn(taken, person).href),
    '/ajout',
  )
  expect([refused.status, refused.body.includes('ouvre déjà un autre accès')]).toEqual([409, true])

  const removed = await press(browser, await browser.get(href), '/retrait')
  expect(removed.body).toContain('Le retrait attend 72\u00a0heures')
  await endEveryWait(broker)
  const strange = await goThere()
  expect((await arrive(strange, person)).body).toContain('Avez-vous déjà un accès ici?')
})

test('a session that a recovery holds links no account: not in « Mon accès », and not on the way to a service', async () => {
  const own = await newPerson(broker, { workingCodes: 1 })
  const thief = await recoverAt(broker, broker.services.library, own)
  const person = somebody()
  const gone = await goThere()
  const page = await press(gone.browser, await arrive(gone, person), '/arrivee/acces-existant')
  const { action, fields, options } = formOf(page)
  const credential = thief.authenticator.get(options)
  const proved = await gone.browser.post(action, { ...fields, credential })
  const refused = await press(gone.browser, proved, '/arrivee/lien')
  expect([refused.status, refused.body.includes('Cet accès vient d’être rétabli')]).toEqual([
    409,
    true,
  ])
  expect(callbackOf(await press(gone.browser, refused, '/abandon')).searchParams.has('code')).toBe(
    true,
  )

  const sentTo = (await gone.browser.get(`/acces/comptes/${there.id}/ajout`)).location ?? ''
  const asked = await gone.browser.follow(there.signsIn(sentTo, person).href)
  const again = await press(gone.browser, asked, '/ajout')
  expect([again.status, again.body.includes('Cet accès vient d’être rétabli')]).toEqual([409, true])
  const { personId } = own
  expect(await broker.db('upstreamIdentities').where({ personId })).toEqual([])
})

test('the last way in is not removed, and an account elsewhere does not count for a key', async () => {
  const { browser } = await openAccess(somebody())
  const page = await browser.follow('/acces/entrer')
  const [, href = ''] = /href="(\/acces\/comptes\/fac_[^"]+)"/.exec(page.body) ?? []
  expect((await browser.get(href)).body).toContain('c’est la seule façon')
  const { csrf = '' } = formOf(await browser.get('/acces/fermeture')).fields
  expect((await browser.post(`${href}/retrait`, { csrf })).status).toBe(409)
})

/** The page of the one account that is linked here. */
async function accountPage(browser: Browser): Promise<Answer> {
  const [, href = ''] =
    /href="(\/acces\/comptes\/fac_[^"]+)"/.exec((await browser.get('/acces/entrer')).body) ?? []
  return browser.get(href)
}

test('she blocks a provider, or all of them, and opens it again: a link that is blocked opens nothing', async () => {
  const own = await newPerson(broker)
  const { browser } = own
  await giveEmail(broker, own.personId, 'bloquee@exemple.test')
  const person = { ...somebody(), sid: 'blocked' }
  const sentTo = (await browser.get(`/acces/comptes/${there.id}/ajout`)).location ?? ''
  await press(browser, await browser.follow(there.signsIn(sentTo, person).href), '/ajout')
  const session = makeBrowser(broker)
  await arrive(await goThere(session), person)
  expect(await isIn(session)).toBe(true)

  const done = await press(browser, await accountPage(browser), '/blocage')
  expect(done.body).toContain('C’est bloqué')
  const { personId } = own
  const messages = await broker.db('notification').where({ personId, kind: 'identity.blocked' })
  expect(messages).toHaveLength(1)
  // Its sessions end; hers at hand stays. What it opened stays closed, and nothing of that provider is linked.
  expect([await isIn(session), await isIn(browser)]).toEqual([false, true])
  const page = await arrive(await goThere(session), person)
  expect([page.status, page.body.includes('bloqué les comptes de ce fournisseur')]).toEqual([
    403,
    true,
  ])
  expect((await browser.get(`/acces/comptes/${there.id}/ajout`)).status).toBe(403)
  expect((await accountPage(browser)).body).not.toContain('/blocage')
  const told = await broker.db('ledgerEvent').where({ kind: 'access.providers-blocked' })
  expect(told).toHaveLength(1)

  const opened = await press(browser, await browser.get('/acces/entrer'), '/deblocage')
  expect(opened.body).toContain('C’est débloqué')
  expect((await arrive(await goThere(session), person)).location).toContain('code=')

  const page2 = await accountPage(browser)
  const form = formsOf(page2).find(({ action }) => action.endsWith('/blocage'))
  await browser.post(form?.action ?? '', { ...form?.fields, all: 'yes' })
  expect((await browser.get('/acces/entrer')).body).toContain('Tous les comptes d’ailleurs')
  expect((await arrive(await goThere(), person)).status).toBe(403)
  // Somebody else's account, and who wants to link hers to this access in a visit.
  const other = somebody()
  const gone = await goThere()
  const asked = await arrive(gone, other)
  const way = formOf(await press(gone.browser, asked, '/arrivee/acces-existant'))
  const credential = own.authenticator.get(way.options)
  const proved = await gone.browser.post(way.action, { ...way.fields, credential })
  const refused = await press(gone.browser, proved, '/arrivee/lien')
  expect([refused.status, refused.body.includes('bloqué les comptes de ce fournisseur')]).toEqual([
    403,
    true,
  ])
})

test('who has nothing else blocks nothing', async () => {
  const { browser } = await openAccess(somebody())
  const page = await accountPage(browser)
  expect(page.body).toContain('rien d’autre n’ouvre votre accès')
  const { csrf = '' } = formOf(await browser.get('/acces/fermeture')).fields
  const refused = await browser.post(`${new URL(page.url).pathname}/blocage`, { csrf })
  expect([refused.status, refused.body.includes('seule façon')]).toEqual([409, true])
})

/** Whether somebody is signed in in this browser. */
async function isIn(browser: Browser, port?: number): Promise<boolean> {
  const options = port === undefined ? {} : { port }
  return (await browser.get('/acces', options)).body.includes('/acces/depart')
}

async function signOut(
  token: string | undefined,
  type = usualType,
  by = there.id,
): Promise<Answer> {
  const form = token === undefined ? {} : { logout_token: token }
  const headers = { 'content-type': type, 'sec-fetch-site': 'none' }
  return makeBrowser(broker).post(`/retour/${by}/logout`, form, { headers })
}

const usualType = 'application/x-www-form-urlencoded'

test('who signs out elsewhere is signed out here: in that session, or in all that came by that account', async () => {
  const person = somebody()
  const one = (await openAccess({ ...person, sid: 'one' })).browser
  const [two, none] = [makeBrowser(broker), makeBrowser(broker)]
  await arrive(await goThere(two), { ...person, sid: 'two' })
  await arrive(await goThere(none), person)
  const stranger = (await openAccess({ ...somebody(), sid: 'one' })).browser
  const all = async () => Promise.all([one, two, none, stranger].map((each) => isIn(each)))
  expect(await all()).toEqual([true, true, true, true])

  const first = await signOut(await there.signsOut({ sid: 'two' }))
  expect([first.status, first.body]).toEqual([200, ''])
  expect(await all()).toEqual([true, false, true, true])
  // A session of which the provider never said the name may be that one.
  expect((await signOut(await there.signsOut({ sub: person.sub, sid: 'elsewhere' }))).status).toBe(
    200,
  )
  expect(await all()).toEqual([true, false, false, true])
  expect((await signOut(await there.signsOut({ sub: person.sub }))).status).toBe(200)
  expect(await all()).toEqual([false, false, false, true])
  expect((await signOut(await there.signsOut({ sub: 'nobody here' }))).status).toBe(200)
  const lines = await broker
    .db('activity')
    .where({ kind: 'session.ended-elsewhere', result: 'done' })
    .count()
  expect(lines).toEqual([{ count: '3' }])
})

test('who signs out elsewhere before she has come in here comes anew', async () => {
  const person = { ...somebody(), sid: 'waiting' }
  const gone = await goThere()
  const asked = await arrive(gone, person)
  expect((await signOut(await there.signsOut({ sub: person.sub, sid: 'waiting' }))).status).toBe(
    200,
  )
  const page = await press(gone.browser, asked, '/arrivee/nouveau')
  expect(page.body).toContain(`/fournisseurs/${there.id}`)

  const again = await goThere()
  const made = await press(again.browser, await arrive(again, person), '/arrivee/nouveau')
  expect((await signOut(await there.signsOut({ sid: 'waiting' }))).status).toBe(200)
  const next = await keepCodes(again.browser, made)
  expect(next.body).toContain(`/fournisseurs/${there.id}`)
  expect(await isIn(again.browser)).toBe(false)

  // Nor does she come in where nobody knows any more by which session there.
  const last = await goThere()
  const opened = await press(last.browser, await arrive(last, somebody()), '/arrivee/nouveau')
  await broker.db('upstreamSessions').delete()
  const late = await keepCodes(last.browser, opened)
  expect(late.body).toContain(`/fournisseurs/${there.id}`)
  expect(await isIn(last.browser)).toBe(false)
})

test('who signs out elsewhere while a passkey is offered is signed out: no answer to that page brings her back', async () => {
  const person = { ...somebody(), sid: 'invited' }
  const gone = await goThere()
  const { browser } = gone
  const opened = await press(browser, await arrive(gone, person), '/arrivee/nouveau')
  const invited = await keepCodes(browser, opened)
  expect(await isIn(browser)).toBe(true)
  expect((await signOut(await there.signsOut({ sid: 'invited' }))).status).toBe(200)
  expect(await isIn(browser)).toBe(false)
  const [, later] = formsOf(invited)
  const late = await browser.post(later?.action ?? '', later?.fields ?? {})
  expect([late.status, late.headers['location']]).toEqual([410, undefined])
  expect(await isIn(browser)).toBe(false)
})

const now = () => Math.floor(Date.now() / 1000)
const logout = 'http://schemas.openid.net/event/backchannel-logout'

test('a logout token that lies ends nothing', async () => {
  const person = { ...somebody(), sid: 'kept' }
  const { browser } = await openAccess(person)
  const about = { sub: person.sub }
  const lies: [string, LogoutLies, object?][] = [
    ['no signature', { signature: 'none' }],
    ['another key', { signature: 'other-key' }],
    ['a key that nobody published', { signature: 'unknown-kid' }],
    ['a secret in the place of a key', { signature: 'hs256' }],
    ['another issuer', { claims: { iss: 'https://other.test' } }],
    ['another audience', { claims: { aud: 'another' } }],
    ['no audience', { claims: { aud: undefined } }],
    ['no events', { claims: { events: undefined } }],
    ['events in words', { claims: { events: logout } }],
    ['another event', { claims: { events: { 'https://other.test/event': {} } } }],
    ['an event that is no object', { claims: { events: { [logout]: true } } }],
    ['a nonce', { claims: { nonce: 'n' } }],
    ['no name', { claims: { jti: undefined } }],
    ['a name that is a number', { claims: { jti: 7 } }],
    ['no time', { claims: { iat: undefined } }],
    ['an hour ago', { claims: { iat: now() - 3600, exp: now() + 60 } }],
    ['an hour ahead', { claims: { iat: now() + 3600, exp: now() + 3700 } }],
    ['that is over', { claims: { exp: now() - 60 } }],
    ['about nobody', {}, {}],
    ['about a number', { claims: { sub: 7 } }],
    ['about a list', { claims: { sid: ['kept'] } }],
    ['of another type', { typ: 'at+jwt' }],
  ]
  for (const [name, lie, whom = about] of lies) {
    const { status, body } = await signOut(await there.signsOut(whom, lie))
    expect([name, status, JSON.parse(body)]).toEqual([
      name,
      400,
      { error: 'invalid_request', error_description: expect.any(String) },
    ])
  }
  expect((await signOut(undefined)).status).toBe(400)
  const stranger = await signOut('a.b.c', usualType, 'nobody')
  expect([stranger.status, stranger.body]).toEqual([
    400,
    expect.stringContaining('no provider has this name'),
  ])
  expect((await signOut('x'.repeat(20_000))).status).toBe(400)
  expect((await signOut('a.b.c', 'application/json')).status).toBe(400)
  expect(await isIn(browser)).toBe(true)

  const token = await there.signsOut(about, { typ: undefined })
  expect((await signOut(token)).status).toBe(200)
  expect(await isIn(browser)).toBe(false)
  // The same token again, after she is back.
  await arrive(await goThere(browser), person)
  expect((await signOut(token)).status).toBe(400)
  expect(await isIn(browser)).toBe(true)
  // What is written of it is a hash.
  expect(broker.output()).not.toContain(person.sub)
})

const braked = 'suspendu pour le moment'

test('a provider under a brake opens nothing, in every process, and says so; after its release it is as before', async () => {
  const two = await twoSigners()
  const signers = two.signers.map(({ id, publicKey }) =>
    another('signer', { signer_id: id, public_key: publicKey, organisation: 'org_culture' }),
  )
  await register(broker, Object.values(broker.services), signers)
  const deed = async (of: BrakeAsked['deed'], words: BrakeAsked['words']) => {
    const asked = { deed: of, kind: 'identity-provider', id: voucher.id, words } as const
    await brakeByOrder(
      broker.db,
      { seals: await sealsOf(broker.keysDir), issuer },
      asked,
      new Date(),
    )
  }
  const why = { reason: 'Un essai', 'reason-en': 'A trial' }

  const person = { ...somebody(), sid: 'kept' }
  const { browser, callback, errand } = await openAccess(person, voucher)
  const leaver = { ...somebody(), sid: 'left' }
  const left = (await openAccess(leaver, voucher)).browser
  const own = await newPerson(broker)
  const linking = async () => {
    const to = (await own.browser.get(`/acces/comptes/${voucher.id}/ajout`)).location ?? ''
    return own.browser.follow(voucher.signsIn(to, somebody()).href)
  }
  await press(own.browser, await linking(), '/ajout')
  const offered = await linking()
  // One has the page with the button before her, one is at the provider, two are back, and one has her codes to read.
  const older = await goThere(makeBrowser(broker), {}, voucher)
  const away = await goThere(makeBrowser(broker), {}, voucher)
  const back = voucher.signsIn(away.sentTo, person).href
  const come = async () => {
    const gone = await goThere(makeBrowser(broker), {}, voucher)
    const page = await gone.browser.follow(voucher.signsIn(gone.sentTo, somebody()).href)
    return { browser: gone.browser, page }
  }
  const [newcomer, other, reading] = [await come(), await come(), await come()]
  const codes = await press(reading.browser, reading.page, '/arrivee/nouveau')
  // And one would link an account by a proof of there.
  const linker = await goThere()
  const asks = await press(
    linker.browser,
    await arrive(linker, somebody()),
    '/arrivee/acces-existant',
  )
  const proof = await linker.browser.get(linker.way.replace(there.id, voucher.id))
  const link = await linker.browser.follow(voucher.signsIn(proof.location ?? '', person).href)
  expect([asks.status, link.body.includes('/arrivee/lien')]).toEqual([200, true])
  const people = await peopleKnown()

  await deed('brake', { ...why, key: two.keys[0] })
  for (const port of broker.ports) {
    expect([await isIn(browser, port), await isIn(own.browser, port)]).toEqual([false, true])
    const offer = await makeBrowser(broker).follow((await broker.services.library.begin()).url, {
      port,
    })
    expect(offer.body).toContain(`Compte ${voucher.id} : ${braked}`)
    expect(offer.body).not.toContain(`/fournisseurs/${voucher.id}`)
    for (const page of [
      await older.browser.get(older.way, { port }),
      await away.browser.follow(back, { port }),
    ]) {
      expect([page.status, page.location]).toEqual([403, undefined])
      expect(page.body).toContain('Ce compte est suspendu ici')
      expect(page.body).toContain('Rien n’a été ouvert')
    }
  }
  for (const { page, ...at } of [newcomer, other])
    for (const step of ['/arrivee/nouveau', '/arrivee/acces-existant'])
      expect((await press(at.browser, page, step)).body).toContain(braked)
  const linked = await broker.db('upstreamIdentities').count()
  const unlinked = await press(linker.browser, link, '/arrivee/lien')
  expect(unlinked.body).toContain('Connectez-vous d’abord ici')
  expect(await broker.db('upstreamIdentities').count()).toEqual(linked)
  expect((await keepCodes(reading.browser, codes)).body).toContain(braked)
  expect(await isIn(reading.browser)).toBe(false)
  expect(await peopleKnown()).toBe(people)
  // What a service got before opens nothing either.
  const late = await broker.services.library.redeem(codeOf(callback), errand)
  expect([late.status, late.body]).toEqual([400, expect.stringContaining('invalid_grant')])
  // Who is in by a passkey reads that the account is not accepted, links none, and can remove it.
  const refused = await press(own.browser, offered, '/ajout')
  expect([refused.status, refused.body.includes('Ce compte est suspendu ici')]).toEqual([403, true])
  expect((await own.browser.get(`/acces/comptes/${voucher.id}/ajout`)).status).toBe(403)
  const ways = (await own.browser.get('/acces/entrer')).body
  expect(ways).toContain(`<bdi>Compte ${voucher.id}</bdi>`)
  expect(ways).not.toContain(`/acces/comptes/${voucher.id}/ajout`)
  const account = await accountPage(own.browser)
  expect(account.body).toContain('N’est pas accepté en ce moment')
  // Who signs out there meanwhile has no session here when it is over.
  expect(
    (await signOut(await voucher.signsOut({ sid: 'left' }), usualType, voucher.id)).status,
  ).toBe(200)

  const release = two.file('release')
  await deed('brake-release', { ...why, out: release })
  await two.sign(release, ...two.keys)
  await deed('brake-release', { order: release })
  two.remove()
  expect([await isIn(browser), await isIn(left)]).toEqual([true, false])
  expect((await away.browser.follow(back)).location).toContain('code=')
  const removed = await press(own.browser, account, '/retrait')
  expect(removed.body).toContain('Le retrait attend 72\u00a0heures')
})

test('a provider that is suspended is gone at the next request, in every process', async () => {
  const person = somebody()
  const { browser } = await openAccess(person)
  const own = await newPerson(broker)
  expect(await isIn(browser)).toBe(true)
  const [gone, other] = [await goThere(), await goThere()]
  const { object } = there
  const content = { ...object.content, version: 2, status: 'suspended' }
  const suspended = { ...object, version: 2, content }
  await register(broker, Object.values(broker.services), [suspended])

  const back = there.signsIn(gone.sentTo, person).href
  for (const port of broker.ports) {
    // The session that came by it, too; others stay.
    expect([await isIn(browser, port), await isIn(own.browser, port)]).toEqual([false, true])
    const page = await gone.browser.follow(back, { port })
    expect([page.status, page.location]).toEqual([403, undefined])
    expect(page.body).toContain('Ce compte est suspendu ici')
    const { url } = await other.browser.follow(other.errand.url, { port })
    expect((await other.browser.get(url, { port })).body).not.toContain(`/fournisseurs/${there.id}`)
  }
})

const canari = { given_name: 'Canari-Ève', family_name: 'Canaribeau' }

/** What « Entrer et revenir » says of her, and where it comes from. */
async function identityOf(browser: Browser): Promise<string> {
  const { body } = await browser.get('/acces/entrer')
  return /<h2>Votre identité<\/h2>[\s\S]*?<\/dl>/.exec(body)?.[0] ?? 'none'
}

async function signInAgain(browser: Browser, person: There, upstream: Upstream, lies: Lies) {
  const gone = await goThere(makeBrowser(broker), {}, upstream)
  const done = await gone.browser.follow(upstream.signsIn(gone.sentTo, person, lies).href)
  callbackOf(done)
  return identityOf(browser)
}

test('what a provider vouches for comes with the first sign-in, and each later one corrects it', async () => {
  const person = somebody()
  // What it may not say here is not read, whatever it calls itself.
  const more = { email: 'canari@exemple.test', email_verified: true, birthdate: '1987-02-28' }
  const { browser } = await openAccess(person, voucher, { claims: { ...canari, ...more } })
  const first = await identityOf(browser)
  for (const words of [...Object.values(canari), 'Selon Compte garant, le '])
    expect(first).toContain(words)
  expect(first).not.toContain('1987')
  expect(await browser.get('/acces/entrer').then(({ body }) => body)).not.toContain('exemple.test')

  const corrected = { claims: { ...canari, family_name: 'Canaricorrigée' } }
  const second = await signInAgain(browser, person, voucher, corrected)
  expect(second).toContain('Canaricorrigée')
  expect(second).not.toContain(canari.family_name)
  const lines = await broker.db('activity').where({ kind: 'identity.vouched' }).select('personId')
  expect(lines).toHaveLength(2)

  const lying = { claims: { given_name: 'Canari 👑', family_name: ['Canaribeau'] } }
  expect(await signInAgain(browser, person, voucher, lying)).toBe('none')
  expect(broker.output()).toContain('garant: given_name family_name')
})

test('a provider may say it at /userinfo; where that cannot be heard, she comes in and nothing changes', async () => {
  const person = somebody()
  teller.say({ userinfo_endpoint: `${teller.issuer}/userinfo` })
  const answer = (status: number, said: object) =>
    teller.behave((path, response) => {
      if (path !== '/userinfo') return false
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(said))
      return true
    })
  answer(200, { sub: person.sub, ...canari })
  // The ID token is not where its file says that it says them.
  const lies = { claims: { given_name: 'Faux-Canari' } }
  const { browser } = await openAccess(person, teller, lies)
  expect(await identityOf(browser)).toContain(canari.given_name)
  answer(500, {})
  expect(await signInAgain(browser, person, teller, lies)).toContain(canari.given_name)
  answer(200, { sub: 'somebody else', given_name: 'Faux-Canari' })
  expect(await signInAgain(browser, person, teller, lies)).toContain(canari.given_name)
  answer(200, { sub: person.sub })
  expect(await signInAgain(browser, person, teller, lies)).toBe('none')
})

test('no row of any table and no line of the log has a name', async () => {
  const { rows } = await broker.db.raw<{ rows: { name: string }[] }>(
    `select table_schema || '.' || table_name as name from information_schema.tables
     where table_schema in ('public', 'graphile_worker') and table_type = 'BASE TABLE'`,
  )
  expect(rows.length).toBeGreaterThan(50)
  const hex = Buffer.from('anari').toString('hex')
  const counts = rows.map(
    ({ name }) => `select count(*)::int as n from ${name} t where t::text ~* 'canari|${hex}'`,
  )
  const found = await broker.db.raw<{ rows: { n: number }[] }>(counts.join(' union all '))
  expect(found.rows.filter(({ n }) => n > 0)).toEqual([])
  expect(broker.output()).not.toMatch(/canari/i)
})
