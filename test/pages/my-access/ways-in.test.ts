import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf, formsOf, makeBrowser } from '../../support/browser.ts'
import type { Broker } from '../../support/broker.ts'
import { postAndFollow, signIn, signUp, startBroker } from '../../support/broker.ts'
import type { Service } from '../../support/service.ts'
import { codeAt, giveEarlierCode } from '../../support/totp.ts'
import { choosePassword, goodPassword, seedOf, typeIn, typeUp } from '../../support/ways.ts'
import { makeAuthenticator } from '../../support/authenticator.ts'
import { issuer } from '../../support/broker.ts'
import { changeSessions } from '../../support/resealed-access.ts'

// « Mon accès »: what opens it is added, changed and taken away, and one way always stays.

let broker: Broker
let library: Service

beforeAll(async () => {
  broker = await startBroker()
  library = broker.services.library
})

afterAll(() => broker.stop())

test('a password and an application are added to an access with a passkey, and open it', async () => {
  const { browser } = await signUp(broker, library)
  const typed = { address: 'ajout@exemple.test', password: goodPassword }

  const seed = await addPassword(browser, typed)
  const { answer } = await typeIn(
    makeBrowser(broker),
    (await library.begin()).url,
    typed,
    codeAt(seed),
  )

  expect((await browser.get('/acces/entrer')).body).toContain('ajout@exemple.test')
  expect(formsOf(answer)[1]?.action).toContain('/plus-tard')
})

test('a seed is shown once: the page shows another one the next time', async () => {
  const { browser } = await signUp(broker, library)
  const seed = await addPassword(browser, { address: 'une@exemple.test', password: goodPassword })

  const again = seedOf(await browser.get('/acces/code'))
  const pages = [await browser.get('/acces'), await browser.get('/acces/mot-de-passe')]

  expect(again).not.toBe(seed)
  for (const { body } of pages) expect(body.replaceAll(' ', '')).not.toContain(seed)
})

test('a code for another seed, from another session or person, adds no application', async () => {
  const [one, other] = [await signUp(broker, library), await signUp(broker, library)]
  const page = await one.browser.get('/acces/code')
  const theirs = await other.browser.get('/acces/code')
  const { action, fields } = formOf(page)

  const wrong = await one.browser.post(action, { ...fields, code: codeAt(seedOf(theirs)) })
  const forged = await other.browser.post(action, { ...fields, code: codeAt(seedOf(page)) })

  expect([wrong.status, forged.status]).toEqual([400, 403])
  expect(seedOf(wrong)).toBe(seedOf(page))
})

test('a new application replaces the old one, whose codes open held sessions for 72 hours', async () => {
  const own = await typeUp(broker, library)
  const page = await own.browser.get('/acces/code')
  const seed = seedOf(page)
  const { action, fields } = formOf(page)
  const confirmed = await giveEarlierCode(seed, (code) =>
    own.browser.post(action, { ...fields, code }),
  )

  const browser = makeBrowser(broker)
  const old = {
    browser,
    ...(await typeIn(browser, (await library.begin()).url, own, codeAt(own.seed, 1))),
  }
  const now = await typeIn(makeBrowser(broker), (await library.begin()).url, own, codeAt(seed, 1))

  expect([confirmed.status, old.answer.status, now.answer.status]).toEqual([303, 200, 303])
  expect(await addingIn(old.answer, old.browser)).toBe(409)
})

test('a changed password ends the other sessions, and the old one opens held sessions for 72 hours', async () => {
  const own = await typeUp(broker, library)
  const other = makeBrowser(broker)
  const { answer } = await typeIn(other, (await library.begin()).url, own, codeAt(own.seed))
  const [, later] = formsOf(answer)
  await postAndFollow(other, later?.action ?? '', later?.fields ?? {})
  expect((await other.get('/acces')).status).toBe(200)
  const { action, fields } = formOf(await own.browser.get('/acces/mot-de-passe'))
  const next = { address: own.address, password: 'cinq loutres lisent la nuit' }

  const changed = await own.browser.post(action, { ...fields, ...next })

  expect([changed.status, (await other.get('/acces')).status]).toEqual([303, 403])
  expect((await own.browser.get('/acces')).status).toBe(200)
  const browser = makeBrowser(broker)
  const old = await typeIn(browser, (await library.begin()).url, own, codeAt(own.seed, 1))
  expect(await addingIn(old.answer, browser)).toBe(409)
})

test('the password can be removed only if there is a passkey', async () => {
  const own = await typeUp(broker, library)
  const removal = await own.browser.get('/acces/mot-de-passe/retrait')
  const csrf = formOf(await own.browser.get('/acces/mot-de-passe')).fields['csrf'] ?? ''

  const kept = await own.browser.post('/acces/mot-de-passe/retrait', { csrf })
  await addPasskey(own.browser)
  const gone = await own.browser.post('/acces/mot-de-passe/retrait', { csrf })

  expect(formsOf(removal).map(({ action }) => action)).not.toContain(
    `${issuer}/acces/mot-de-passe/retrait`,
  )
  expect([kept.status, gone.status]).toEqual([409, 303])
  const browser = makeBrowser(broker)
  const { answer } = await typeIn(browser, (await library.begin()).url, own, codeAt(own.seed))
  expect(await addingIn(answer, browser)).toBe(409)
})

/** Ends a visit after a sign-in, and tries to add a passkey: a held session adds none. @returns its status */
async function addingIn(answer: Answer, browser: Browser): Promise<number> {
  const left = formsOf(answer).find(({ action }) => action.endsWith('/plus-tard'))
  if (left !== undefined) await postAndFollow(browser, left.action, left.fields)
  const { action, fields, options } = formOf(await browser.get('/acces/cles/ajout'))
  const credential = makeAuthenticator({ origin: issuer }).create(options)
  return (await browser.post(action, { ...fields, credential })).status
}

test('of the two last ways in, removed at once on two processes, one stays', async () => {
  for (let round = 0; round < 3; round++) {
    const own = await typeUp(broker, library)
    await addPasskey(own.browser)
    const [key] = [
      ...(await own.browser.get('/acces/entrer')).body.matchAll(/\/acces\/cles\/(key_\w+)/g),
    ]
    const csrf = formOf(await own.browser.get('/acces/mot-de-passe')).fields['csrf'] ?? ''
    const [first = 0, second = 0] = broker.ports

    const answers = await Promise.all([
      own.browser.post('/acces/mot-de-passe/retrait', { csrf }, { port: first }),
      own.browser.post(`/acces/cles/${key?.[1]}/retrait`, { csrf }, { port: second }),
    ])

    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, 409])
  }
})

test('one code used many times at once confirms one application', async () => {
  const { browser } = await signUp(broker, library)
  const page = await browser.get('/acces/code')
  const { action, fields } = formOf(page)
  const code = codeAt(seedOf(page))

  const answers = await Promise.all(
    Array.from({ length: 5 }, () => browser.post(action, { ...fields, code })),
  )

  expect(answers.filter(({ status }) => status === 303)).toHaveLength(1)
})

test('ways to sign in can be changed only after a recent sign-in', async () => {
  const { browser, authenticator } = await signUp(broker, library)
  await changeSessions(
    broker,
    `update oidc_sessions set payload = jsonb_set(payload, '{loginTs}', to_jsonb((payload->>'loginTs')::int - 1000))`,
  )

  for (const path of ['/acces/code', '/acces/mot-de-passe', '/acces/mot-de-passe/retrait'])
    expect((await browser.get(path)).location).toContain('/auth?')
  await signIn(broker, library, authenticator)
})

async function addPassword(
  browser: Browser,
  typed: { address: string; password: string },
): Promise<string> {
  const page = await choosePassword(broker, browser, typed)
  const seed = seedOf(page)
  const form = formOf(page)
  const added = await giveEarlierCode(seed, (code) =>
    browser.post(form.action, { ...form.fields, code }),
  )
  expect(added.status).toBe(303)
  return seed
}

async function addPasskey(browser: Browser): Promise<void> {
  const { action, fields, options } = formOf(await browser.get('/acces/cles/ajout'))
  const credential = makeAuthenticator({ origin: issuer }).create(options)
  expect((await browser.post(action, { ...fields, credential })).status).toBe(303)
}
