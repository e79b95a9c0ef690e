import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { CDPSession, Page } from 'playwright-core'

// Runs axe in the page itself, which takes a quarter of the time of its runner for Playwright; our pages have no frames.

const source = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
const rules = [
  'wcag2a',
  'wcag2aa',
  'wcag21a',
  'wcag21aa',
  'wcag22aa', // EN 301 549 and SGQRI 008 3.0 ask for less
  'best-practice',
]

// What these rules say depends on where elements stand; the others read what there is, and what of it is shown.
const layoutRules = [
  'color-contrast',
  'link-in-text-block',
  'scrollable-region-focusable',
  'target-size',
]

// What these say of elements that all the others have seen depends on the words in them, or on the room that the words take.
const wordRules = [
  'document-title',
  'html-lang-valid',
  'image-redundant-alt',
  'landmark-unique',
  'scrollable-region-focusable',
  'table-duplicate-name',
  'target-size',
  'valid-lang',
]
const chosenRules = { layout: layoutRules, words: wordRules }

export type AxeRules = 'all' | keyof typeof chosenRules

type Found = { readonly violations: readonly Violation[] }
type Violation = {
  readonly id: string
  readonly help: string
  readonly nodes: readonly Faulty[]
}
type Check = { readonly message: string }
type Faulty = {
  readonly html: string
  readonly any: readonly Check[]
  readonly all: readonly Check[]
  readonly none: readonly Check[]
}

/** What axe finds wrong with the page that is open, a sentence each. @param idle rules that need not look */
export async function axeFaults(
  page: Page,
  chosen: AxeRules = 'all',
  idle: readonly string[] = [],
): Promise<string[]> {
  const values = chosen === 'all' ? rules : chosenRules[chosen].filter((id) => !idle.includes(id))
  if (values.length === 0) return []
  if (chosen !== 'all') return faultsBy(page, { runOnly: { type: 'rule', values } })
  const off = Object.fromEntries(idle.map((id) => [id, { enabled: false }]))
  return faultsBy(page, { runOnly: values, rules: off })
}

/** The same by one rule, of some elements. @param elements an expression of the page: an array of them */
export function axeFaultsIn(page: Page, elements: string, rule: string): Promise<string[]> {
  return faultsBy(page, { runOnly: { type: 'rule', values: [rule] } }, `{ include: ${elements} }`)
}

async function faultsBy(page: Page, chosen: object, context = 'document'): Promise<string[]> {
  // What is in order is not written down: that took a fifth of the time.
  const options = { ...chosen, resultTypes: ['violations'], reporter: 'no-passes' }
  const run = () =>
    page.evaluate<Found | undefined>(
      `typeof axe === 'object' ? axe.run(${context}, ${JSON.stringify(options)}) : undefined`,
    )
  const found = await run()
  if (found === undefined) await load(page)
  const { violations } = found ?? present(await run())
  return violations.map(
    ({ id, help, nodes }) => `axe ${id}: ${help}: ${nodes.map(told).join(' | ')}`,
  )
}

function present(found: Found | undefined): Found {
  if (found === undefined) throw new Error('axe was not loaded')
  return found
}

function told({ html, any, all, none }: Faulty): string {
  const messages = [...any, ...all, ...none].map(({ message }) => message)
  return `${html.slice(0, 120)} ${messages.join('; ')}`
}

const sessions = new WeakMap<Page, Promise<CDPSession>>()

// Loaded as a script element, because Chromium keeps the compiled code of a script for the next page, but not of an evaluated text.
async function load(page: Page): Promise<void> {
  const session = sessions.get(page) ?? page.context().newCDPSession(page)
  sessions.set(page, session)
  const { exceptionDetails } = await (
    await session
  ).send('Runtime.evaluate', { expression: source })
  if (exceptionDetails !== undefined) throw new Error(exceptionDetails.text)
}
