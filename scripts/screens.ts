// Every page in every state, both languages, wide and narrow, light and dark: pictures to look at, and what axe says.
import { mkdirSync, rmSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser } from '../test/support/chromium.ts'
import { renderSamples, serveSamples } from '../test/support/sample-site.ts'
import { faultsOf } from '../test/support/soundness.ts'

const pictures = new URL('../screenshots/', import.meta.url).pathname
const looks = [
  { name: '1280', viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  { name: '1280-dark', viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  { name: '320', viewport: { width: 320, height: 640 }, colorScheme: 'light' },
  { name: '320-dark', viewport: { width: 320, height: 640 }, colorScheme: 'dark' },
] as const
// `npm run screens -- consent.ask` looks at one page only.
const pages = await renderSamples(process.argv[2])
const site = await serveSamples((path) => pages.get(path))
const browser = await launchBrowser()
try {
  const faults = await lookAtAll(browser, site.origin)
  for (const fault of faults) console.error(fault)
  console.log(`${pages.size} pages × ${looks.length} looks in ${pictures}: ${faults.length} faults`)
  process.exitCode = faults.length === 0 ? 0 : 1
} finally {
  await browser.close()
  site.close()
}

async function lookAtAll(browser: Browser, origin: string): Promise<readonly string[]> {
  rmSync(pictures, { recursive: true, force: true })
  mkdirSync(pictures)
  const faults: string[] = []
  for (const { name: look, viewport, colorScheme } of looks) {
    const context = await browser.newContext({ viewport, colorScheme })
    const page = await context.newPage()
    for (const name of pages.keys()) {
      const found = await lookAt(page, `${origin}/${name}`, `${pictures}${name}.${look}.png`)
      faults.push(...found.map((fault) => `${name} at ${look}: ${fault}`))
    }
    await context.close()
  }
  return faults
}

async function lookAt(page: Page, url: string, picture: string): Promise<string[]> {
  const faults: string[] = []
  page.removeAllListeners()
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => faults.push(`script: ${error.message}`))
  await page.goto(url)
  await page.evaluate('document.fonts.ready.then(() => true)')
  await photograph(page, picture)
  faults.push(...(await faultsOf(page)))
  return faults
}

// On a busy machine Chromium now and then has no frame to give: once more is enough.
async function photograph(page: Page, path: string): Promise<void> {
  const take = () => page.screenshot({ path, fullPage: true })
  await take().catch(take)
}
