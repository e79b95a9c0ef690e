import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMissingKeys } from '../../src/base/keys/keys.ts'
import { makeWords } from '../../src/base/web/words.ts'
import { addAuthenticator, launchBrowser } from '../support/chromium.ts'
import type { FreshDatabase } from '../support/database.ts'
import { freshDatabase } from '../support/database.ts'
import type { House } from '../support/house.ts'
import { openHouse } from '../support/house.ts'
import { noteKeys } from '../support/secrets.ts'
import { register } from '../support/service.ts'
import { goTo } from '../support/journey-deeds.ts'
import type { TlsFront } from '../support/tls.ts'
import { passTo, startTlsFront } from '../support/tls.ts'

// Two hosts of one registrable domain, under https: the broker, and a host that somebody else runs or has taken over.

const broker = 'accord.example.test'
const evil = 'evil.example.test'
const issuer = `https://${broker}`
const patienceMs = 30_000
const words = makeWords()

type Cookies = Awaited<ReturnType<BrowserContext['cookies']>>
const planted: { cookies: Cookies; name: string; goTo: string } = {
  cookies: [],
  name: '',
  goTo: '',
}
/** Requests of this address do not arrive. */
const heldUp: { path: string | undefined } = { path: undefined }
const started: { database?: FreshDatabase; house?: House; front?: TlsFront; browser?: Browser } = {}
const dataDir = mkdtempSync(join(tmpdir(), 'accord-planted-'))

beforeAll(async () => {
  const database = await freshDatabase()
  Object.assign(started, { database })
  await createMissingKeys(join(dataDir, 'keys'))
  noteKeys(join(dataDir, 'keys'))
  await register({ databaseUrl: database.url, keysDir: join(dataDir, 'keys') }, [])
  const house = await openHouse(database.url, dataDir, issuer, { TRUSTED_PROXIES: '1' })
  Object.assign(started, { house })
  const front = await startTlsFront({
    [broker]: (asked, answer) =>
      asked.url === heldUp.path ? answer.destroy() : passTo(house.port)(asked, answer),
    // It plants what it may, and sends the visitor on.
    [evil]: (_, answer) => {
      const lines = planted.cookies
        .filter(({ name }) => name.startsWith(planted.name))
        .map(
          ({ name, value, path }) => `${name}=${value}; Domain=.example.test; Path=${path}; Secure`,
        )
      answer.writeHead(303, { location: planted.goTo, 'set-cookie': lines }).end()
    },
  })
  Object.assign(started, { front })
  const browser = await launchBrowser(front.flags)
  Object.assign(started, { browser })
})

afterAll(async () => {
  await started.browser?.close()
  await started.front?.stop()
  await started.house?.stop()
  await started.database?.drop()
  rmSync(dataDir, { recursive: true, force: true })
})

test('a visit planted through a host of the same domain does not sign its victim in at the attacker', async () => {
  const victim = await openBrowser()
  await addAuthenticator(victim.page)
  await goTo(victim, `${issuer}/acces`)
  await press(victim.page, 'signin.sign-in.create')
  await press(victim.page, 'signin.create-access.create')
  await press(victim.page, 'signin.recovery-codes.next')
  await sees(victim.page, 'my-access.overview.title')
  await victim.context.clearCookies()

  const attacker = await openBrowser()
  await goTo(attacker, `${issuer}/acces`)
  await sees(attacker.page, 'signin.sign-in.title')
  const visit = attacker.page.url()
  await visitEvil(victim, attacker, { name: '__Secure-int', goTo: visit })
  expect(victim.page.url()).toBe(visit)
  // Where the page would let her: her passkey answers at once.
  const way = victim.page.getByRole('button', { name: say('signin.sign-in.use'), exact: true })
  if (await way.isVisible()) {
    await way.click()
    await victim.page.waitForURL((url) => url.href !== visit)
  }

  await attacker.page.goto(visit.replace(/.*\//, `${issuer}/auth/`))
  await goTo(attacker, `${issuer}/acces`)
  await sees(attacker.page, 'signin.sign-in.title')
  await sees(victim.page, 'refusal.visit.elsewhere.title')
})

test('a return address planted through a host of the same domain signs nobody in as another person', async () => {
  const attacker = await openBrowser()
  await addAuthenticator(attacker.page)
  await goTo(attacker, `${issuer}/acces`)
  const back = attacker.page.url().replace('/connexion/', '/auth/')
  heldUp.path = new URL(back).pathname
  await press(attacker.page, 'signin.sign-in.create')
  await press(attacker.page, 'signin.create-access.create')
  const over = attacker.page.waitForEvent('requestfailed')
  await press(attacker.page, 'signin.recovery-codes.next')
  expect((await over).url()).toBe(back)
  heldUp.path = undefined

  const victim = await openBrowser()
  await visitEvil(victim, attacker, { name: '__Secure-res', goTo: back })

  await sees(victim.page, 'refusal.visit.elsewhere.title')
  await goTo(victim, `${issuer}/acces`)
  await sees(victim.page, 'signin.sign-in.title')
})

/** By way of the other host, which plants what the attacker's browser got of this name. */
async function visitEvil(
  victim: Visitor,
  attacker: Visitor,
  { name, goTo }: Pick<typeof planted, 'name' | 'goTo'>,
): Promise<void> {
  Object.assign(planted, { cookies: await attacker.context.cookies(), name, goTo })
  await victim.page.goto(`https://${evil}/`)
  const held = await victim.context.cookies()
  expect(held.map((cookie) => `${cookie.name} ${cookie.domain}`)).toContain(`${name} .example.test`)
}

type Visitor = { readonly context: BrowserContext; readonly page: Page }

async function openBrowser(): Promise<Visitor> {
  if (started.browser === undefined) throw new Error('no browser was started')
  const context = await started.browser.newContext()
  context.setDefaultTimeout(patienceMs)
  return { context, page: await context.newPage() }
}

function say(key: string): string {
  return words.t('fr', key)
}

async function press(page: Page, key: string): Promise<void> {
  const main = page.getByRole('main')
  const name = say(key)
  await main
    .getByRole('link', { name, exact: true })
    .or(main.getByRole('button', { name, exact: true }))
    .click()
}

async function sees(page: Page, key: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name: say(key), exact: true }).waitFor()
}
