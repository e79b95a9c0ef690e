// Every page in every state, both languages, wide and narrow, light and dark: pictures to look at, and what axe says.
import { AxeBuilder } from '@axe-core/playwright'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { makeViews } from '../../src/foundation/views.ts'
import { makeWords } from '../../src/foundation/words.ts'
import { launchBrowser } from './chromium.ts'
import { sampleFrame, samplePages, viewsFolder } from './pages.ts'

const publicFolder = new URL('../../public/', import.meta.url).pathname
const pictures = new URL('../../screenshots/', import.meta.url).pathname
const policy =
  "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'"
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const types: Readonly<Record<string, string>> = {
  css: 'text/css',
  js: 'text/javascript',
  svg: 'image/svg+xml',
  woff2: 'font/woff2',
}
const looks = [
  { name: '1280', viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  { name: '1280-dark', viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  { name: '320', viewport: { width: 320, height: 640 }, colorScheme: 'light' },
  { name: '320-dark', viewport: { width: 320, height: 640 }, colorScheme: 'dark' },
] as const
const leastTarget = 44

// Text, because the compiler knows no DOM here. Links inside a sentence are exempt (WCAG 2.5.8).
const tooSmall = `[...document.querySelectorAll('a, button, input:not([type=hidden]), summary')]
  .filter((e) => e.checkVisibility() && !e.matches('.skip, p:not(.brand) > a:only-child:not([class])'))
  .filter((e) => e.getBoundingClientRect().height < ${leastTarget})
  .map((e) => e.outerHTML.slice(0, 80))`
const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

// `npm run screens -- consent.ask` looks at one page only.
const wanted = process.argv[2] ?? ''
const pages = await renderAll()
const server = await serve(pages)
const browser = await launchBrowser()
try {
  const faults = await lookAtAll(browser, `http://localhost:${portOf(server)}`)
  for (const fault of faults) console.error(fault)
  console.log(`${pages.size} pages × ${looks.length} looks in ${pictures}: ${faults.length} faults`)
  process.exitCode = faults.length === 0 ? 0 : 1
} finally {
  await browser.close()
  server.close()
}

async function renderAll(): Promise<ReadonlyMap<string, string>> {
  const views = makeViews(makeWords(), viewsFolder)
  const pages = new Map<string, string>()
  for (const { template, sample, language, page } of await samplePages(views)) {
    const name = `${template.replace('/', '.')}.${sample}.${language}`
    if (name.startsWith(wanted)) {
      pages.set(name, views.render(template, page, sampleFrame(language, template)))
    }
  }
  return pages
}

async function serve(pages: ReadonlyMap<string, string>): Promise<Server> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').slice(1)
    const html = pages.get(path)
    response.setHeader('content-security-policy', policy)
    if (html !== undefined) {
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.end(html)
      return
    }
    const type = types[path.split('.').at(-1) ?? '']
    if (type === undefined || path.includes('..')) response.writeHead(404).end()
    else response.setHeader('content-type', type).end(readFileSync(publicFolder + path))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port // Always so for a TCP server.
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
  faults.push(...(await measure(page)))
  const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze()
  for (const { id, help, nodes } of violations) {
    faults.push(`axe ${id}: ${help}: ${nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`)
  }
  return faults
}

// On a busy machine Chromium now and then has no frame to give: once more is enough.
async function photograph(page: Page, path: string): Promise<void> {
  const take = () => page.screenshot({ path, fullPage: true })
  await take().catch(take)
}

async function measure(page: Page): Promise<string[]> {
  const wide = await page.evaluate<number>(overflow)
  const small = await page.evaluate<string[]>(tooSmall)
  return [
    ...(wide > 0 ? [`scrolls sideways by ${wide} px`] : []),
    ...small.map((html) => `target under ${leastTarget} px: ${html}`),
  ]
}
