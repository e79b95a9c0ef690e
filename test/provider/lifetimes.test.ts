import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Browser } from '../support/browser.ts'
import { formOf, makeBrowser } from '../support/browser.ts'
import { callbackOf, postAndFollow, signIn, signUp } from '../support/broker.ts'
import type { Service } from '../support/service.ts'
import type { Shared, Stage } from '../support/sharing.ts'
import { shareAsNewcomer, startStage } from '../support/sharing.ts'
import { letTimeMove, pass } from '../support/time.ts'
import { recoverAt } from '../support/ways.ts'
import { changeSessions } from '../support/resealed-access.ts'

// How long a session and a visit last, by the clock: one second before the limit and one second after it.

const [minute, hour] = [60, 3600]

let stage: Stage
let library: Service
beforeAll(async () => {
  letTimeMove()
  stage = await startStage()
  library = stage.services.library
})
afterAll(() => stage.stop())

const levels = [
  { acr: 'urn:accord:aal:1', idle: 30 * minute, absolute: 24 * hour },
  { acr: 'urn:accord:aal:2', idle: hour, absolute: 24 * hour },
  // Reached by nobody yet: its sessions are made of others.
  { acr: 'urn:accord:aal:3', idle: 15 * minute, absolute: 12 * hour },
]

async function signedInAt(acr: string): Promise<Browser> {
  const person = await signUp(stage, library, { workingCodes: 1 })
  if (acr === 'urn:accord:aal:1') {
    const { browser, page } = await recoverAt(stage, library, person)
    callbackOf(page)
    return browser
  }
  if (acr === 'urn:accord:aal:3')
    await changeSessions(
      stage,
      `update oidc_sessions set payload = jsonb_set(payload, '{acr}', to_jsonb(?::text)), expires_at = expires_at - interval '45 minutes'
       where id = ?`,
      [acr, rowOf(person.browser)],
    )
  return person.browser
}

// At rest a session is known by a hash of what its cookie holds.
function rowOf(browser: Browser): Buffer {
  const sid = browser.cookies().find(({ name }) => name === 'sid')?.value ?? ''
  return createHash('sha256').update(`Session:${sid}`).digest()
}

type Row = { readonly payload: { readonly acr: string; readonly loginTs: number }; expiresAt: Date }

async function sessionOf(browser: Browser): Promise<Row> {
  const row: Row | undefined = await stage
    .db('oidcSessions')
    .where({ id: rowOf(browser) })
    .first()
  if (row === undefined) throw new Error('no session')
  return row
}

/** Time stands at this second, and goes on from there. */
function standAt(seconds: number): Promise<void> {
  return pass(stage.db, { seconds: Math.round(seconds * 1000 - Date.now()) / 1000 })
}

const now = () => Date.now() / 1000
const look = (browser: Browser) =>
  browser.get('/acces', { headers: { 'sec-fetch-mode': 'navigate' } })
/** What a page fetches by itself. */
const poll = (browser: Browser) => browser.get('/acces', { headers: { 'sec-fetch-mode': 'cors' } })

/** Nothing but a look that lengthens nothing, on either side of the limit. */
async function expectEndAt(browser: Browser, seconds: number): Promise<void> {
  await standAt(seconds - 1)
  expect((await poll(browser)).status).toBe(200)
  await standAt(seconds + 1)
  expect((await look(browser)).status).toBe(403)
}

// Kept to the second: what is written again may move within it, and does not add up.
function expectSame(a: Date, b: Date): void {
  expect(Math.abs(a.getTime() - b.getTime())).toBeLessThan(1000)
}

describe.each(levels)('a session of $acr', ({ acr, idle, absolute }) => {
  test('ends after its idle time', async () => {
    const browser = await signedInAt(acr)
    expect((await sessionOf(browser)).payload.acr).toBe(acr)
    await pass(stage.db, { seconds: 5 * minute })
    expect((await look(browser)).status).toBe(200)
    const end = (await sessionOf(browser)).expiresAt.getTime() / 1000

    expect(Math.abs(end - now() - idle)).toBeLessThanOrEqual(2)
    await expectEndAt(browser, end)
  })

  test('ends at its absolute limit, however much it is used', async () => {
    const browser = await signedInAt(acr)
    const { loginTs } = (await sessionOf(browser)).payload
    for (let at = idle - 2 * minute; at < absolute; at += idle - 2 * minute) {
      await standAt(loginTs + at)
      expect([at, (await look(browser)).status]).toEqual([at, 200])
    }

    await expectEndAt(browser, loginTs + absolute)
  })
})

test('is not extended by requests without its person, and its end ends its tokens', async () => {
  const shared = await shareAsNewcomer(stage)
  const { browser } = shared
  const plain = await library.begin()
  const code = callbackOf(await browser.follow(plain.url)).searchParams.get('code') ?? ''
  const signedIn = JSON.parse((await library.redeem(code, plain)).body) as Tokens
  const { expiresAt } = await sessionOf(browser)
  const end = expiresAt.getTime() / 1000
  await standAt(end - 4 * minute)
  const again = await renewed(shared)

  const asked = [
    await poll(browser),
    await stage.revenue.introspect(again.access_token),
    await browser.get('/healthz'),
  ]
  for (let n = 0; n < 4; n++) await browser.follow((await library.begin({ prompt: 'none' })).url)
  const silent = await browser.follow((await library.begin({ prompt: 'none' })).url)

  expect(asked.map(({ status }) => status)).toEqual([200, 200, 200])
  expect(callbackOf(silent).searchParams.has('code')).toBe(true)
  expectSame((await sessionOf(browser)).expiresAt, expiresAt)
  await expectEndAt(browser, end)
  expect((await library.userinfo(signedIn.access_token)).status).toBe(401)
  const late = callbackOf(await browser.follow((await library.begin({ prompt: 'none' })).url))
  expect(late.searchParams.get('error')).toBe('login_required')
})

test('userinfo extends no session', async () => {
  const { browser, callback, errand } = await signUp(stage, library)
  const { expiresAt } = await sessionOf(browser)
  await standAt(expiresAt.getTime() / 1000 - 58 * minute)
  const code = callback.searchParams.get('code') ?? ''
  // Past its minute: a code is no way to go on.
  expect((await library.redeem(code, errand)).status).toBe(400)
  const fresh = await library.begin({ prompt: 'none' })
  const given = callbackOf(await browser.follow(fresh.url)).searchParams.get('code') ?? ''
  const { access_token: token } = JSON.parse((await library.redeem(given, fresh)).body) as Tokens

  expect((await library.userinfo(token)).status).toBe(200)
  expectSame((await sessionOf(browser)).expiresAt, expiresAt)
})

test('a new proof restarts the limits of its own session only', async () => {
  const person = await signUp(stage, library, { workingCodes: 1 })
  const { browser, page, authenticator } = await recoverAt(stage, library, person)
  callbackOf(page)
  const { browser: elsewhere } = await signIn(stage, library, person.authenticator)
  const other = await sessionOf(elsewhere)
  const before = await sessionOf(browser)
  await pass(stage.db, { seconds: 20 * minute })
  const at = now()

  const form = formOf(
    await browser.follow((await library.begin({ acr_values: 'urn:accord:aal:2' })).url),
  )
  const credential = authenticator.get(form.options)
  callbackOf(await postAndFollow(browser, form.action, { ...form.fields, credential }))

  const after = await sessionOf(browser)
  expect(after.payload.acr).toBe('urn:accord:aal:2')
  expect(after.payload.loginTs - before.payload.loginTs).toBeGreaterThanOrEqual(20 * minute)
  expect(Math.abs(after.expiresAt.getTime() / 1000 - at - hour)).toBeLessThanOrEqual(3)
  expect(await sessionOf(elsewhere)).toMatchObject({
    expiresAt: other.expiresAt,
    payload: { loginTs: other.payload.loginTs },
  })
})

async function begun() {
  const browser = makeBrowser(stage)
  const { url } = await browser.follow((await library.begin()).url)
  return { browser, url, at: Math.floor(now()) }
}

describe('a visit', () => {
  test('ends after sixty minutes without activity', async () => {
    const [seen, late] = [await begun(), await begun()]
    await standAt(seen.at + hour - 1)
    expect((await seen.browser.get(seen.url)).status).toBe(200)
    await standAt(late.at + hour + 2)
    expect((await late.browser.get(late.url)).status).toBe(410)
    // The other one was looked at in time.
    expect((await seen.browser.get(seen.url)).status).toBe(200)
  })

  test('is extended by activity, to four hours at most', async () => {
    const { browser, url, at } = await begun()
    for (let minutes = 50; minutes < 240; minutes += 50) {
      await standAt(at + minutes * minute)
      expect((await browser.get(url)).status).toBe(200)
    }
    await standAt(at + 4 * hour - 1)
    expect((await browser.get(url)).status).toBe(200)
    await standAt(at + 4 * hour + 2)
    expect((await browser.get(url)).status).toBe(410)
  })
})

type Tokens = { readonly access_token: string }

async function renewed({ tokens }: Shared): Promise<Tokens> {
  const answer = await stage.aid.refresh(String(tokens['refresh_token']))
  expect(answer.status).toBe(200)
  return JSON.parse(answer.body) as Tokens
}
