import type { BrowserContext, ConsoleMessage, Page } from 'playwright-core'

/**
 * Records everything that a page of ours must not cause: errors, violations of the content security policy (Chromium writes both to
 * the console), and requests to other places than the ports of the demonstration.
 * @returns the list, which fills during the test
 */
export function watch(context: BrowserContext, firstPort: number): readonly string[] {
  const faults: string[] = []
  const documents = new Set<string>()
  context.on('request', (request) => {
    if (request.resourceType() === 'document') documents.add(request.url())
    if (!isOurs(request.url(), firstPort)) faults.push(`request to ${request.url()}`)
  })
  context.on('console', (message) => {
    if (isTrouble(message, documents)) faults.push(`console: ${message.text()}`)
  })
  context.on('weberror', (error) => faults.push(`script: ${error.error().message}`))
  return faults
}

const portCount = 6

function isOurs(address: string, firstPort: number): boolean {
  const url = new URL(address)
  const offset = Number(url.port) - firstPort
  return url.hostname === 'localhost' && offset >= 0 && offset < portCount
}

// The browser logs each page with a 4xx status, which is correct for an error page; only parts of pages must not have one.
function isTrouble(message: ConsoleMessage, documents: ReadonlySet<string>): boolean {
  if (!['error', 'warning'].includes(message.type())) return false
  const { url } = message.location()
  // A tab of a public terminal asks whether its session stands: 401 and 403 are the answers by which it leaves the screen.
  const isExpected = documents.has(url) || url.endsWith('/poste-public/suite')
  return !(isExpected && message.text().startsWith('Failed to load resource:'))
}

// Text, because the compiler knows no DOM here.
/** An expression of the page: a `Shape`. */
export const shape = `({
  language: document.documentElement.lang,
  titles: [...document.querySelectorAll('h1')].map((h1) => h1.textContent.trim()),
  title: document.title,
})`

export type Shape = {
  readonly language: string
  readonly titles: readonly string[]
  readonly title: string
}

export function shapeOf(page: Page): Promise<Shape> {
  return page.evaluate<Shape>(shape)
}
