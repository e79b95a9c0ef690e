import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeAuthenticator } from '../../support/authenticator.ts'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf, formsOf, makeBrowser } from '../../support/browser.ts'
import type { Broker, Person } from '../../support/broker.ts'
import {
  callbackOf,
  codeOf,
  creationPage,
  issuer,
  keepCodes,
  postAndFollow,
  signUp,
  startBroker,
} from '../../support/broker.ts'
import type { Service } from '../../support/service.ts'
import { recoverAt, showCodeAt } from '../../support/ways.ts'

// Steps skipped, repeated and reordered.

let broker: Broker
let library: Service
let person: Person

beforeAll(async () => {
  broker = await startBroker()
  library = broker.services.library
  person = await signUp(broker, library, { workingCodes: 5 })
})

afterAll(() => broker.stop())

test('a recovery code leads to a new passkey, and only then does the service get a code', async () => {
  const own = await signUp(broker, library, { workingCodes: 1 })

  const { page, errand, authenticator } = await recoverAt(broker, library, own)

  expect((await library.redeem(codeOf(callbackOf(page)), errand)).status).toBe(200)
  // The new key is the same person's.
  expect(authenticator.userHandle()).toBe(own.authenticator.userHandle())
})

test('after a recovery code every other way of the visit leads back to the choice of a way in', async () => {
  const { browser, page } = await showCodeAt(broker, library, person.codes[1] ?? '')
  const { url } = page
  const csrf = formOf(page).fields['csrf'] ?? ''

  for (const step of ['suite', 'codes']) await browser.post(`${url}/${step}`, { csrf })
  const skipped = await browser.get(url)
  const pages = [await browser.get(`${url}/creation`), await browser.get(`${url}/recuperation`)]

  expect(skipped.body).toContain('/nouvelle-cle')
  expect(pages.map(({ status, location }) => [status, location])).toEqual([
    [303, url],
    [303, url],
  ])
})

test('a creation challenge of a new access makes no key in a recovery, nor the reverse', async () => {
  const first = await showCodeAt(broker, library, person.codes[2] ?? '')
  const { options } = formOf(await first.browser.get(`${first.page.url}/nouvelle-cle`))
  const stranger = makeBrowser(broker)
  const page = await creationPage(stranger, (await library.begin()).url)
  const own = formOf(page)
  const credential = makeAuthenticator({ origin: issuer }).create(options)

  const answer = await stranger.post(own.action, { ...own.fields, credential })

  expect(answer.status).toBe(409)
})

test('nor does it within one visit, before a code was shown, after, or when it was taken back', async () => {
  const own = await signUp(broker, library, { workingCodes: 1 })
  const browser = makeBrowser(broker)
  const page = await creationPage(browser, (await library.begin()).url)
  const visit = page.url.replace(/\/creation$/, '')
  const fresh = formOf(page)
  const before = await keysAndPeople()
  const { action, fields } = formOf(await browser.get(`${visit}/recuperation`))
  const ways = await postAndFollow(browser, action, { ...fields, code: own.codes[0] ?? '' })
  const hers = formOf(await browser.get(`${visit}/nouvelle-cle`))

  const mixed = await browser.post(hers.action, {
    ...hers.fields,
    credential: newKey(fresh.options),
  })
  const strange = { ...fresh.fields, credential: newKey(hers.options) }
  const held = await browser.post(fresh.action, strange)
  const again = formOf(await browser.get(`${visit}/nouvelle-cle`))
  const left = formsOf(ways).find((form) => form.action.endsWith('/abandon'))
  await browser.post(left?.action ?? '', left?.fields ?? {})
  const late = { ...fresh.fields, credential: newKey(again.options) }
  const free = await browser.post(fresh.action, late)

  expect([mixed.status, held.status, held.location, free.status]).toEqual([409, 303, visit, 409])
  expect(await keysAndPeople()).toEqual(before)
})

test.each(['nouvelle-cle', 'suite', 'codes'])(
  'without a proof, %s leads back to the sign-in',
  async (step) => {
    const browser = makeBrowser(broker)
    const page = await browser.follow((await library.begin()).url)
    const { fields } = formOf(page)

    const answer = await browser.post(`${page.url}/${step}`, { ...fields, credential: '{}' })

    expect([answer.status, answer.location]).toEqual([303, page.url])
    expect((await browser.get(page.url)).body).toContain('data-passkey="get"')
  },
)

test('a used, a wrong and a missing code get the same page', async () => {
  const own = await signUp(broker, library, { workingCodes: 1 })
  const used = own.codes[0] ?? ''
  await recoverAt(broker, library, own)
  const wrong = `${used.slice(0, -1)}${used.endsWith('0') ? '1' : '0'}`
  const answers = await Promise.all(
    [used, wrong, 'ZZZZ-ZZZZ-ZZZZ-ZZZZ', 'x', ''].map((code) => tryCode(code)),
  )

  expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400])
  expect(new Set(answers.map(withoutWhatVaries)).size).toBe(1)
})

test('typed text is shown again as text, never as markup', async () => {
  const { body, status } = await tryCode('"><script>alert(1)</script>')

  expect(status).toBe(400)
  expect(body).not.toContain('<script>alert')
})

test('a code is read in small letters, with spaces, and with look-alikes', async () => {
  const code = person.codes[4] ?? ''
  const typed = ` ${code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')} `

  expect((await tryCode(typed)).status).toBe(303)
})

test('five wrong tries of a set shut it for their network alone: elsewhere, and in a browser of hers, it goes on', async () => {
  const { codes, browser } = await signUp(broker, library, { workingCodes: 2 })
  const known = browser.cookies().filter(({ name }) => name.startsWith('device'))
  const hers = () => makeBrowser(broker, [...known])
  const [target = '', other = ''] = codes
  const wrong = `${target.slice(0, -1)}${target.endsWith('0') ? '1' : '0'}`
  const stranger = makeBrowser(broker)
  const here = (code: string) => tryCode(code, makeBrowser(broker, [], stranger.address))
  for (let i = 0; i < 5; i++) expect((await here(wrong)).status).toBe(400)

  // Another code of hers counts with it: both name one access.
  expect([(await here(target)).status, (await here(other)).status]).toEqual([429, 429])
  expect((await tryCode(target)).status).toBe(303)
  for (let i = 0; i < 5; i++) expect((await tryCode(wrong, hers())).status).toBe(400)
  expect((await tryCode(other, hers())).status).toBe(429)
  expect((await tryCode(other)).status).toBe(303)
})

test('an access that is not there is shut like one that is', async () => {
  const { address } = makeBrowser(broker)
  const statuses: number[] = []
  for (let i = 0; i < 6; i++) {
    const code = `ZZZZ-ZZ${i}0-0000-0000`
    statuses.push((await tryCode(code, makeBrowser(broker, [], address))).status)
  }

  expect(statuses).toEqual([400, 400, 400, 400, 400, 429])
})

test('a code of before is refused in a sentence of its own, and counts as no try', async () => {
  const { address } = makeBrowser(broker)
  const browser = () => makeBrowser(broker, [], address)
  const before = '7K2M-Q9WD-XN4T-5HRB-C8VJ-3PGE'
  for (let i = 0; i < 6; i++) expect((await tryCode(before, browser())).status).toBe(400)

  const { body } = await tryCode(before, browser())
  expect(body).toContain('Ce code vient d’une ancienne liste')
})

test('a person who leaves before noting her codes is asked again, with a new set', async () => {
  const browser = makeBrowser(broker)
  const errand = await library.begin()
  const page = await creationPage(browser, errand.url)
  const { action, fields, options } = formOf(page)
  const made = await browser.post(action, {
    ...fields,
    credential: makeAuthenticator({ origin: issuer }).create(options),
  })
  const before = codesIn(made)

  const back = await browser.get(page.url.replace(/\/creation$/, ''))
  const [again] = formsOf(back)
  const renewed = await browser.post(again?.action ?? '', again?.fields ?? {})
  const answer = await keepCodes(browser, renewed)

  expect(before).toHaveLength(10)
  expect(codesIn(back)).toEqual([])
  expect(codesIn(renewed).filter((code) => before.includes(code))).toEqual([])
  expect((await library.redeem(codeOf(callbackOf(answer)), errand)).status).toBe(200)
  expect((await tryCode(before[0] ?? '')).status).toBe(400)
})

test('no process logged an error during these tests', () => {
  expect(broker.output()).toBe('')
})

function newKey(options: string): string {
  return makeAuthenticator({ origin: issuer }).create(options)
}

async function keysAndPeople(): Promise<number[]> {
  return [(await broker.db('passkeys')).length, (await broker.db('persons')).length]
}

async function tryCode(code: string, browser = makeBrowser(broker)): Promise<Answer> {
  return enter(browser, (await library.begin()).url, code)
}

async function enter(browser: Browser, url: string, code: string): Promise<Answer> {
  const page = await browser.follow(url)
  const { action, fields } = formOf(await browser.get(`${page.url}/recuperation`))
  return browser.post(action, { ...fields, code })
}

// Ids, tokens, and what was typed into the field.
function withoutWhatVaries({ body }: Answer): string {
  return body.replaceAll(/[\w-]{20,}/g, '…').replaceAll(/ value="[^"]*"/g, '')
}

function codesIn({ body }: Answer): string[] {
  return body.match(/\b(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}\b/g) ?? []
}
