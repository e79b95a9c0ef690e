import type { BrowserContext, ConsoleMessage, Page } from 'playwright-core'

/**
 * Notes what no page of ours may do while a person goes her way: errors, refusals of the content security policy
 * (Chromium writes both to the console), requests to anywhere but the ports of the demonstration.
 * @returns the list that fills
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

// That a page came with 4xx is what it says itself, and the browser notes it for each: only a part of a page may not.
function isTrouble(message: ConsoleMessage, documents: ReadonlySet<string>): boolean {
  if (!['error', 'warning'].includes(message.type())) return false
  const isPageItself = documents.has(message.location().url)
  return !(isPageItself && message.text().startsWith('Failed to load resource:'))
}

// Text, because the compiler knows no DOM here.
const shape = `({
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
