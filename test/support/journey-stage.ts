import { endEveryWait } from './ended-waits.ts'
import { createHash } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type { Language } from '../../src/base/values/languages.ts'
import type { Database } from '../../src/base/database/database.ts'
import { openDatabase } from '../../src/base/database/database.ts'
import { makeBrowser } from './browser.ts'
import type { Authenticator, Windows } from './chromium.ts'
import { patience } from './database.ts'
import { addAuthenticator, openWindows } from './chromium.ts'
import type { Demo } from './house.ts'
import { startDemo } from './house.ts'
import { watch } from './journey-watch.ts'
import { newPerson } from './person.ts'
import { changeSessions } from './resealed-access.ts'
import { sealAsWritten } from './sealed-rows.ts'
import { sendNoticesNow } from './told-now.ts'

const patienceMs = 30_000

const withoutAutofill =
  "if ('PublicKeyCredential' in globalThis) PublicKeyCredential.isConditionalMediationAvailable = async () => false"

/**
 * The languages in which a tour is walked: in the suite in one, some tours in French and some in English; with TOURS=both
 * (`npm run tours`) each of them in both. That every page and form is there in both is seen by `test/pages/both-languages.test.ts` and
 * `test/journeys/every-page.test.ts`.
 */
export function toursIn(language: Language): readonly Language[] {
  return isWholeTour() ? ['fr', 'en'] : [language]
}

export function isWholeTour(): boolean {
  return process.env['TOURS'] === 'both'
}

/** Somebody with a browser of her own, and a device in it that holds passkeys. */
export type Visitor = {
  /** Of the house that she visits. */
  readonly issuer: string
  readonly page: Page
  readonly context: BrowserContext
  readonly device: Authenticator
  readonly language: Language
  /** Presses by Tab and Enter alone. */
  readonly byKeyboard: boolean
  /**
   * Gives her an access, a passkey in her device, and a session in her browser, by deeds (`newPerson`).
   * @returns the ten codes, of which so many open something
   */
  moveIn(workingCodes?: number): Promise<readonly string[]>
  /** The minute within which services are told of her sign-out passes. */
  sendNotices(): Promise<void>
}

export type Stage = {
  readonly demo: Demo
  visitor(
    options?: BrowserContextOptions & {
      language?: Language
      autofill?: boolean
      byKeyboard?: boolean
    },
  ): Promise<Visitor>
  /** Asks the demonstration's database, for facts that no page shows: the lapse of time, a queue. */
  sql(statement: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>
  /** The account that this browser is signed in to at the broker; undefined: to none. */
  accountIn(visitor: Visitor): Promise<unknown>
  /** Makes this browser's sign-in older than 15 minutes, so that ways to sign in can no longer be changed. */
  letTimePass(visitor: Visitor): Promise<void>
  /** Ends the holds that follow recoveries, as their 72 hours would. */
  endHolds(): Promise<void>
  /** What was taken away and waits is gone, as after 72 hours. */
  endWaits(): Promise<void>
}

/** What `startDemo` gives, or a house that was put together in another way. */
type Play = Pick<
  Demo,
  'issuer' | 'port' | 'databaseUrl' | 'dataDir' | 'studentAid' | 'revenueAgency'
> & {
  stop(): Promise<void>
}

/**
 * One demonstration for a test file, and contexts of its own in the worker's browser. After each test every browser is looked through for errors,
 * and closed; when the test failed, pictures of its pages are left in a temporary folder.
 */
export function openStage<P extends Play = Demo>(
  start: () => Promise<P> = startDemo as unknown as () => Promise<P>, // P is Demo then
): Omit<Stage, 'demo'> & { readonly demo: P } {
  const state: { demo?: P; browser?: Windows; database?: Client; db?: Database } = {}
  const open: { readonly visitor: Visitor; readonly faults: readonly string[] }[] = []

  beforeAll(async () => {
    const [demo, browser] = await Promise.all([start(), openWindows()])
    const database = new Client({ connectionString: demo.databaseUrl })
    Object.assign(state, { demo, browser, database, db: openDatabase(demo.databaseUrl, patience) })
    await database.connect()
  })

  afterEach(async ({ task }) => {
    const left = open.splice(0)
    const hasFailed = task.result?.state === 'fail'
    if (hasFailed) for (const { visitor } of left) await photograph(visitor, task.name)
    await Promise.all(left.map(({ visitor }) => visitor.context.close()))
    if (!hasFailed) expect(left.flatMap(({ faults }) => faults)).toEqual([])
  })

  afterAll(async () => {
    await state.database?.end()
    await state.db?.destroy()
    await state.browser?.close()
    await state.demo?.stop()
  })

  async function sql(statement: string, values: readonly unknown[] = []) {
    const { rows } = await present(state.database).query<Record<string, unknown>>(statement, [
      ...values,
    ])
    return rows
  }

  // At rest a session is known by a hash of what its cookie holds.
  async function sessionRow(context: BrowserContext): Promise<Buffer> {
    const cookies = await context.cookies(present(state.demo).issuer)
    const sid = cookies.find(({ name }) => name === 'sid')?.value ?? ''
    return createHash('sha256').update(`Session:${sid}`).digest()
  }

  return {
    get demo() {
      return present(state.demo)
    },
    async visitor({ language = 'fr', autofill = false, byKeyboard = false, ...options } = {}) {
      const context = await present(state.browser).newContext(options)
      context.setDefaultTimeout(patienceMs)
      // The authenticator of the tests answers by itself: a list in a field would be chosen from before the page is seen.
      if (!autofill) await context.addInitScript({ content: withoutAutofill })
      const faults = watch(context, present(state.demo).port)
      const page = await context.newPage()
      const device = await addAuthenticator(page)
      const moveIn = (workingCodes?: number) =>
        settle(present(state.demo), present(state.db), visitor, workingCodes)
      const { issuer } = present(state.demo)
      const sendNotices = () => sendNoticesNow(present(state.db))
      const visitor = { issuer, page, context, device, language, byKeyboard, moveIn, sendNotices }
      open.push({ visitor, faults })
      return visitor
    },
    sql,
    async accountIn({ context }) {
      const [row] = await sql('select account_id from oidc_sessions where id = $1', [
        await sessionRow(context),
      ])
      return row?.['account_id']
    },
    async letTimePass({ context }) {
      const aged = await changeSessions(
        { db: present(state.db), keysDir: join(present(state.demo).dataDir, 'keys') },
        `update oidc_sessions
         set payload = jsonb_set(payload, '{loginTs}', to_jsonb((payload->>'loginTs')::bigint - 1000)),
             signed_in_at = signed_in_at - interval '1000 seconds'
         where id = ?`,
        [await sessionRow(context)],
      )
      expect(aged).toBe(1)
    },
    async endHolds() {
      await sql('delete from recovery_holds')
      const keysDir = join(present(state.demo).dataDir, 'keys')
      await sealAsWritten({ db: present(state.db), keysDir }, 'recovery_holds')
    },
    async endWaits() {
      const keysDir = join(present(state.demo).dataDir, 'keys')
      await endEveryWait({ db: present(state.db), keysDir })
    },
  }
}

async function settle(
  { issuer, port, dataDir }: Play,
  db: Database,
  { context, device, language, page }: Visitor,
  workingCodes = 0,
): Promise<readonly string[]> {
  const site = { issuer, ports: [port], db, keysDir: join(dataDir, 'keys') }
  const browser = makeBrowser(site, [], '127.0.0.1')
  const userAgent = await page.evaluate<string>('navigator.userAgent')
  const person = await newPerson(site, { browser, language, userAgent, workingCodes })
  await device.addCredential(person.authenticator.exported(new URL(issuer).hostname))
  await context.addCookies(
    browser.cookies().map(({ name, value }) => ({ name, value, url: issuer, httpOnly: true })),
  )
  return person.codes
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the stage is not open: call this inside a test')
  return value
}

async function photograph({ context }: Visitor, name: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'accord-journey-'))
  for (const [index, page] of context.pages().entries()) {
    const path = join(folder, `${index}.png`)
    await page.screenshot({ path, fullPage: true }).catch(() => undefined) // the page may be gone
    console.error(`${name}: ${page.url()} is pictured in ${path}`)
  }
}
