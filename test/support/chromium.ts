import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { chromium as playwright } from 'playwright-core'
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'
import { quickFolder } from './own-server.ts'

// Not @sparticuz/chromium's own arguments: they turn off web security and site isolation, which we test.
const flags = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A headless Chromium: CHROME_PATH, else the system's, else the one of @sparticuz/chromium. */
export async function launchBrowser(more: readonly string[] = []): Promise<Browser> {
  const own = userInfo().uid === 0 ? [...flags, '--no-sandbox'] : flags
  const args = [...own, ...more]
  const executablePath = await findChromium()
  return playwright.launch({ executablePath, args, headless: true, ...inMemory() })
}

// Its processes hand pages and pictures to each other in files. Playwright has Chromium put them on the disk, where they took a seventh of
// Chromium's time, and kept the kernel busy beside.
function inMemory() {
  const folder = quickFolder()
  if (folder === tmpdir()) return {}
  return { ignoreDefaultArgs: ['--disable-dev-shm-usage'], env: { ...process.env, TMPDIR: folder } }
}

/** Contexts in the one browser of this worker, which is started at the first need; `close` closes these contexts alone. */
export type Windows = Pick<Browser, 'newContext' | 'newPage'> & { close(): Promise<void> }

let shared: Promise<Browser> | undefined

/** For a test that needs no flags of its own. */
export async function openWindows(): Promise<Windows> {
  const browser = await (shared ??= launchShared())
  const contexts: BrowserContext[] = []
  return {
    async newContext(options) {
      const context = await browser.newContext(options)
      contexts.push(context)
      return context
    },
    async newPage(options) {
      const page = await browser.newPage(options)
      contexts.push(page.context())
      return page
    },
    async close() {
      await Promise.all(contexts.splice(0).map((context) => context.close()))
    },
  }
}

async function launchShared(): Promise<Browser> {
  const browser = await launchBrowser()
  browser.once('disconnected', () => (shared = undefined))
  return browser
}

type Size = { readonly width: number; readonly height: number }

/**
 * A page that is laid out and never drawn, in a browser of its own: for what is measured or read, not pictured. Where hundreds of pages
 * are open for an instant each, drawing was a fifth of the work. A Chromium that cannot do without draws.
 */
export async function openUndrawn(viewport: Size): Promise<{ page: Page; close(): Promise<void> }> {
  const browser = await launchBrowser([
    '--enable-begin-frame-control',
    '--run-all-compositor-stages-before-draw',
  ])
  const context = await browser.newContext({ viewport })
  const page = await undrawnIn(context, viewport)
  return { page, close: () => browser.close() }
}

// Playwright makes no such page, but takes up one that was made in its context.
async function undrawnIn(context: BrowserContext, size: Size): Promise<Page> {
  const drawn = await context.newPage()
  const session = await context.newCDPSession(drawn)
  const { targetInfo } = await session.send('Target.getTargetInfo')
  const arrived = new Promise<Page>((resolve) => context.once('page', resolve))
  const { browserContextId = '' } = targetInfo
  const isMade = await session
    .send('Target.createTarget', {
      url: 'about:blank',
      browserContextId,
      enableBeginFrameControl: true, // nobody asks for a frame
      ...size,
    })
    .then(
      () => true,
      () => false,
    )
  if (!isMade) return drawn
  const page = await arrived
  await drawn.close()
  await page.setViewportSize(size)
  return page
}

export type CreatedCredential = Awaited<ReturnType<typeof credentialsOf>>[number]

export type Authenticator = {
  credentials(): Promise<CreatedCredential[]>
  addCredential(credential: CreatedCredential): Promise<void>
  clear(): Promise<void>
  /** Whether the person proves to the device who they are: false plays a wrong finger. */
  setUserVerified(isUserVerified: boolean): Promise<void>
  remove(): Promise<void>
}

type AuthenticatorOptions = Partial<{
  protocol: 'ctap2' | 'u2f'
  transport: 'internal' | 'usb' | 'nfc' | 'ble' | 'hybrid'
  hasResidentKey: boolean
  hasUserVerification: boolean
  isUserVerified: boolean
  automaticPresenceSimulation: boolean
  defaultBackupEligibility: boolean
  defaultBackupState: boolean
}>

/** A passkey device inside the page's browser, which answers at once; lives as long as the page. */
export async function addAuthenticator(
  page: Page,
  options: AuthenticatorOptions = {},
): Promise<Authenticator> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable', { enableUI: false })
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ...(options.protocol === 'u2f' ? {} : { ctap2Version: 'ctap2_1' }),
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      ...options,
    },
  })
  const id = { authenticatorId }
  return {
    credentials: () => credentialsOf(cdp, authenticatorId),
    addCredential: async (credential) => {
      await cdp.send('WebAuthn.addCredential', { ...id, credential })
    },
    clear: async () => {
      await cdp.send('WebAuthn.clearCredentials', id)
    },
    setUserVerified: async (isUserVerified) => {
      await cdp.send('WebAuthn.setUserVerified', { ...id, isUserVerified })
    },
    remove: async () => {
      await cdp.send('WebAuthn.removeVirtualAuthenticator', id)
      await cdp.detach()
    },
  }
}

async function credentialsOf(cdp: CDPSession, authenticatorId: string) {
  const answer = await cdp.send('WebAuthn.getCredentials', { authenticatorId })
  return answer.credentials
}

async function findChromium(): Promise<string> {
  const chosen = process.env['CHROME_PATH']
  if (chosen !== undefined && chosen !== '') return chosen
  return existsSync('/usr/bin/chromium') ? '/usr/bin/chromium' : unpackChromium()
}

// The package unpacks to a fixed place that another user may own, and that two workers may fill at once:
// so into a fresh folder, which then takes its name in one step.
async function unpackChromium(): Promise<string> {
  const home = join(tmpdir(), `accord-chromium-153-${userInfo().uid}`)
  if (!existsSync(join(home, 'chromium'))) await unpackInto(home)
  return join(home, 'chromium')
}

// The package reads its folder from TMPDIR. A process of its own sets it, because other code in this process reads TMPDIR too.
const unpacking = `import chromium from '@sparticuz/chromium'; await chromium.executablePath()`

async function unpackInto(home: string): Promise<void> {
  const fresh = mkdtempSync(`${home}-`)
  try {
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', unpacking], {
      cwd: import.meta.dirname,
      env: { ...process.env, TMPDIR: fresh },
    })
    renameSync(fresh, home)
  } catch (cause) {
    rmSync(fresh, { recursive: true, force: true })
    // Another worker was faster: its folder has the name already.
    if (!existsSync(join(home, 'chromium'))) throw cause
  }
}
