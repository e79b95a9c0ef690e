import type { Page } from 'playwright-core'
import type { Visitor } from './journey-stage.ts'
import type { WholePage } from './whole-pages.ts'

// What a page costs a person: how much she reads and how far she scrolls before she decides, how often she presses, how many pages she sees.

/** A task from its first press to its end. */
export type Effort = { readonly clicks: number; readonly pages: number }

/** What stands before a decision, from the title to the last of its buttons. */
export type Before = {
  readonly words: number
  /** Where the last button begins, in CSS pixels, on a screen of 320 × 640. */
  readonly top: number
}

/** The tasks of the story, and the pages on which she decides. */
export type Task = 'access' | 'second' | 'consent' | 'received' | 'stop' | 'recovery' | 'not-me'
export type Decision = 'sign-in' | 'question' | 'stop' | 'way-back'

export type Measured = {
  readonly lengths: Readonly<Record<WholePage, Length>>
  readonly efforts: Readonly<Record<Task, Effort>>
  readonly before: Readonly<Record<Decision, Before>>
}

/** The most that each may take. */
export type Limits = {
  readonly clicks: Readonly<Record<Task, number>>
  readonly words: Readonly<Record<Decision, number>>
  readonly top: Readonly<Record<Decision, number>>
}

export type Meter = {
  /** Everything that is pressed and opened while this deed runs. */
  effortOf(deed: () => Promise<void>): Promise<Effort>
}

const smallest = { width: 320, height: 640 }

/** Call this before the visitor opens her first page. */
export async function openMeter({ context, page }: Visitor): Promise<Meter> {
  const counted = { clicks: 0, pages: 0 }
  await context.exposeBinding('notePress', () => void (counted.clicks += 1))
  // A press of a label is one press, though the box behind it is told of it too.
  await context.addInitScript({
    content: "addEventListener('pointerdown', () => notePress(), true)",
  })
  page.on('framenavigated', (frame) => {
    if (frame === page.mainFrame()) counted.pages += 1
  })
  return {
    async effortOf(deed) {
      const before = { ...counted }
      await deed()
      return { clicks: counted.clicks - before.clicks, pages: counted.pages - before.pages }
    },
  }
}

/** Measures the page that is open. @param names the buttons or links between which she chooses, as they are read aloud */
export async function beforeDeciding(page: Page, names: readonly string[]): Promise<Before> {
  const usual = page.viewportSize()
  await page.setViewportSize(smallest)
  await page.evaluate(fontsLoaded)
  const before = await page.evaluate<Before>(`(${measured})(${JSON.stringify(names)})`)
  if (usual !== null) await page.setViewportSize(usual)
  return before
}

/** How long a page is on a telephone, and how much stands on it that is not folded. */
export type Length = { readonly screens: number; readonly words: number }

/** Measures the page that is open, as it opened. */
export async function lengthOf(page: Page): Promise<Length> {
  const usual = page.viewportSize()
  await page.setViewportSize(smallest)
  await page.evaluate(fontsLoaded)
  const length = await page.evaluate<Length>(measuredWhole)
  if (usual !== null) await page.setViewportSize(usual)
  return length
}

// Text, because the compiler knows no DOM here.
const measuredWhole = `({
  screens: document.documentElement.scrollHeight / innerHeight,
  words: document.querySelector('main').innerText.split(/\\s+/).filter((word) => word !== '').length,
})`

// Without the loaded fonts the measures would be those of other fonts. A layout asks for fonts, so there must be one before it is known
// whether all are there.
const fontsLoaded = `(async () => {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
  for (let n = 0; n < 20; n++) {
    await frame()
    await frame()
    await document.fonts.ready
    if (document.fonts.status === 'loaded') return true
  }
  throw new Error('fonts are still loading')
})()`

// Text, because the compiler knows no DOM here. What is folded is not read before the buttons.
const measured = `(names) => {
  const main = document.querySelector('main')
  const heading = main.querySelector('h1')
  const named = (e) => (e.getAttribute('aria-label') ?? e.innerText).trim()
  const buttons = names.map((name) => [...main.querySelectorAll('a, button')].find((e) => named(e) === name))
  if (buttons.includes(undefined)) throw new Error('not there: ' + names.filter((_, i) => buttons[i] === undefined))
  const last = buttons.at(-1)
  const texts = document.createTreeWalker(main, NodeFilter.SHOW_TEXT)
  let words = 0
  while (texts.nextNode()) {
    const { currentNode: text } = texts
    const isAfterTitle = heading.compareDocumentPosition(text) & (Node.DOCUMENT_POSITION_FOLLOWING | Node.DOCUMENT_POSITION_CONTAINED_BY)
    const isBeforeEnd = last.compareDocumentPosition(text) & (Node.DOCUMENT_POSITION_PRECEDING | Node.DOCUMENT_POSITION_CONTAINED_BY)
    if (isAfterTitle && isBeforeEnd && text.parentElement.checkVisibility({ visibilityProperty: true }))
      words += text.data.split(/\\s+/).filter((word) => word !== '').length
  }
  return { words, top: Math.round(last.getBoundingClientRect().top + scrollY) }
}`
