import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { openUndrawn } from '../support/chromium.ts'
import type { Site } from '../support/sample-site.ts'
import { renderSamples, serveSamples, writePage } from '../support/sample-site.ts'
import { faultsAmong, faultsOf, measure } from '../support/soundness.ts'
import { treeFaults } from '../support/trees.ts'

// Every page in every state, both languages, wide and narrow: nothing that axe finds, no sideways scroll, no small target. The
// first state of each page is told to a screen reader as it was reviewed (test/journeys/trees/).
// `npm run screens` takes pictures of the same, dark too.

const limitMs = 300_000

const wide = { width: 1280, height: 900 }
const narrow = { width: 320, height: 640 } // the same at 400 % (WCAG 1.4.10)

let page: Page
let closeBrowser: () => Promise<void>
let site: Site
let pages: ReadonlyMap<string, string>
beforeAll(async () => {
  pages = await renderSamples()
  site = await serveSamples((path) => pages.get(path))
  ;({ page, close: closeBrowser } = await openUndrawn(wide))
})
afterAll(async () => {
  await closeBrowser()
  site.close()
})

test(
  'every page passes the checks of accessibility and layout, wide and narrow',
  { timeout: limitMs },
  async () => {
    const faults: string[] = []
    let open = ''
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(`${open}: console: ${message.text()}`)
    })
    page.on('pageerror', (error) => faults.push(`${open}: script: ${error.message}`))
    const [first = ''] = pages.keys()
    await page.goto(`${site.origin}/${first}`)
    // What axe has looked at whole, at each width. Most English pages are made of the same as the French ones.
    const known = new Set<string>()
    const widths = [wide, narrow]
    for (const [name, html] of frenchFirst(pages)) {
      open = name
      await writePage(page, html)
      faults.push(...(await treeFaults(page, name, pages)))
      let seen = ''
      for (const viewport of widths) {
        await page.setViewportSize(viewport)
        const measures = await measure(page)
        const whole = `${viewport.width} ${measures.made}`
        const rules = measures.made === seen ? 'layout' : 'all'
        const found = await faultsAmong(page, measures, known.has(whole) ? 'words' : rules)
        faults.push(...found.map((fault) => `${name} at ${viewport.width} px: ${fault}`))
        // Of what is made of the same as a page before, only words may be too wide: they have the least room where it is narrow.
        if (viewport === narrow && known.has(whole)) break
        known.add(whole)
        seen = measures.made
      }
      // The next page begins with the width that this one ends with; a translation with the narrow one.
      if (isEnglish(name)) widths.splice(0, 2, narrow, wide)
      else widths.reverse()
    }
    expect(faults).toEqual([])
    expect(pages.size).toBeGreaterThan(250)
  },
)

// Text, because the compiler knows no DOM here. The policy of the page lets a script set styles.
const added = (html: string, styles = '') =>
  `document.querySelector('main').insertAdjacentHTML('beforeend', ${JSON.stringify(html)}); ${styles}`
const buttons = '<div><button type="button">Un</button><button type="button">Deux</button></div>'
const last = "document.querySelector('main').lastElementChild"

test.each([
  ['small targets', 'target-size', added('<div><a href="/un">i</a><a href="/deux">j</a></div>')],
  [
    'a target over another',
    'target-size',
    added(buttons, `${last}.lastChild.style.marginLeft = '-30px'`),
  ],
  [
    'what scrolls',
    'scrollable-region-focusable',
    added(
      '<div><p>Un</p><p>Deux</p></div>',
      `Object.assign(${last}.style, { height: '30px', overflow: 'auto' })`,
    ),
  ],
])('axe looks at %s (%s)', async (_, rule, change) => {
  await page.setViewportSize(narrow)
  const [name = ''] = pages.keys()
  await page.goto(`${site.origin}/${name}`)
  await page.evaluate(change)
  const faults = await faultsOf(page)
  expect(faults.filter((fault) => fault.startsWith(`axe ${rule}:`))).toHaveLength(1)
})

const isEnglish = (name: string): boolean => name.endsWith('.en')

/** Translations come after all the pages that they translate. */
function frenchFirst(all: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  return [...all].toSorted(([a], [b]) => Number(isEnglish(a)) - Number(isEnglish(b)))
}
