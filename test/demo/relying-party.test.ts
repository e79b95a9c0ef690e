import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Browser, openBrowser } from './browser.ts'
import { startBoth } from './demonstration.ts'
import type { StandIn } from './stand-in-issuer.ts'

let both: Awaited<ReturnType<typeof startBoth>>
let issuer: StandIn
let aid: string
let revenue: string
let browser: Browser

beforeAll(async () => {
  both = await startBoth()
  aid = both.addresses.studentAid
  revenue = both.addresses.revenueAgency
  issuer = await both.startIssuer()
})

beforeEach(() => {
  browser = openBrowser()
  issuer.person.answerWith('marie')
})

afterAll(async () => {
  await both.close()
  await issuer.close()
})

test('a person signs in and sees her identifier at this organisation', async () => {
  const page = await browser.visit(`${aid}/sign-in`)
  expect(page).toMatchObject({ address: `${aid}/`, status: 200 })
  expect(page.text).toContain('Votre session est ouverte')
  expect(page.text).toContain('marie at aide-etudes')
  expect(page.text).toContain('deux moyens de vérification')
})

test('each organisation knows her by another identifier', async () => {
  await browser.visit(`${aid}/sign-in`)
  const page = await browser.visit(`${revenue}/sign-in`)
  expect(page.text).toContain('marie at agence-revenu')
  expect((await browser.visit(`${aid}/`)).text).toContain('marie at aide-etudes')
})

test('a person who begins in English is asked in English and comes back in English', async () => {
  const page = await browser.visit(`${aid}/sign-in?lang=en`)
  expect(page.address).toBe(`${aid}/en/`)
  expect(page.text).toContain('You are signed in')
})

test('the browser’s address has only a reference to the request', async () => {
  const response = await browser.step(`${aid}/sign-in`)
  const sent = new URL(response.headers.get('location') ?? '')
  expect([...sent.searchParams.keys()].toSorted()).toEqual(['client_id', 'request_uri'])
})

test('a refusal at the issuer leads to a page that explains it, and trying again works', async () => {
  issuer.person.answerWith('refuse')
  const page = await browser.visit(`${aid}/sign-in`)
  expect(page).toMatchObject({ status: 403, text: expect.stringContaining('Réessayer') })
  issuer.person.answerWith('marie')
  expect((await browser.visit(`${aid}/sign-in`)).text).toContain('Votre session est ouverte')
})

test('an answer works once', async () => {
  const callback = await callbackOf(browser)
  expect((await browser.step(callback)).status).toBe(303)
  const again = await browser.visit(callback)
  expect(again).toMatchObject({ status: 400, text: expect.stringContaining('Recommencez') })
})

test('an answer brought by another browser signs nobody in, and is used up', async () => {
  const callback = await callbackOf(browser)
  const victim = openBrowser()
  expect(await victim.visit(callback)).toMatchObject({ status: 400 })
  expect((await victim.visit(`${aid}/`)).text).toContain('Me connecter')
  expect(await browser.visit(callback)).toMatchObject({ status: 400 })
})

test.each([
  { what: 'of another issuer', change: { iss: 'https://elsewhere.test' }, status: 502 },
  { what: 'without issuer', change: { iss: '' }, status: 502 },
  { what: 'with another code', change: { code: 'x'.repeat(43) }, status: 502 },
  { what: 'with another state', change: { state: 'x'.repeat(43) }, status: 400 },
])('an answer $what signs nobody in', async ({ change, status }) => {
  const callback = new URL(await callbackOf(browser))
  for (const [name, value] of Object.entries(change)) callback.searchParams.set(name, value)
  expect(await browser.visit(callback.href)).toMatchObject({ status })
  expect((await browser.visit(`${aid}/`)).text).toContain('Me connecter')
})

test('an ID token that the issuer’s published keys did not sign signs nobody in', async () => {
  const fresh = await startBoth()
  const liar = await fresh.startIssuer('other keys')
  const page = await browser.visit(`${fresh.addresses.studentAid}/sign-in`)
  expect(page).toMatchObject({ status: 502, text: expect.stringContaining('Connexion impossible') })
  expect(console.error).toHaveBeenLastCalledWith(expect.stringContaining('signature verification'))
  await fresh.close()
  await liar.close()
})

test('two tabs sign in without disturbing each other', async () => {
  const first = await callbackOf(browser)
  const second = await callbackOf(browser)
  expect((await browser.step(first)).status).toBe(303)
  expect((await browser.step(second)).status).toBe(303)
})

test('signing out here ends the issuer’s session and, by the back channel, the other service’s', async () => {
  await browser.visit(`${aid}/sign-in`)
  await browser.visit(`${revenue}/sign-in?lang=en`)
  const question = await browser.visit(`${revenue}/sign-out?lang=en`, {})
  const page = await browser.visit(`${issuer.issuer}/session/end/confirm`, answerYes(question.text))
  expect(page).toMatchObject({ address: `${revenue}/en/?signed-out`, status: 200 })
  expect(page.text).toContain('You are signed out')
  expect((await browser.visit(`${aid}/`)).text).toContain('Me connecter')
})

test('another site’s form signs nobody out', async () => {
  await browser.visit(`${aid}/sign-in`)
  const cookie = await cookieOf(`${aid}/sign-in`)
  const headers = { cookie, 'sec-fetch-site': 'same-site' }
  const response = await fetch(`${aid}/sign-out`, { method: 'POST', headers, redirect: 'manual' })
  expect(response.headers.get('location')).toBe('/')
  const page = await fetch(`${aid}/`, { headers: { cookie } })
  expect(await page.text()).toContain('Votre session est ouverte')
})

/** Goes as far as the issuer's answer, and does not yet bring it to the application. */
async function callbackOf(browser: Browser): Promise<string> {
  let address = `${aid}/sign-in`
  for (let count = 0; count < 8 && !address.startsWith(`${aid}/callback`); count++) {
    const response = await browser.step(address)
    address = new URL(response.headers.get('location') ?? '', address).href
  }
  return address
}

/** The session cookie of a sign-in made aside. */
async function cookieOf(signIn: string): Promise<string> {
  const aside = openBrowser()
  const callback = await callbackOf(aside)
  expect(callback).toContain(new URL(signIn).host)
  const [session = ''] = (await aside.step(callback)).headers.getSetCookie()
  return session.split(';', 1)[0] ?? ''
}

function answerYes(page: string): Record<string, string> {
  const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(page) ?? []
  return { xsrf, logout: 'yes' }
}
