import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import type { AxeRules } from '../support/axe.ts'
import { openUndrawn } from '../support/chromium.ts'
import { contrastFaults } from '../support/painted.ts'
import type { Site } from '../support/sample-site.ts'
import { renderSamples, serveSamples, writePage } from '../support/sample-site.ts'
import { faultsAmong, measure } from '../support/soundness.ts'
import { treeFaults } from '../../scripts/trees.ts'

// Every page in every state, both languages, wide and narrow: nothing that axe finds, no sideways scroll, no small target, no focus that is
// not seen; contrast in the dark too. The
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
    const painted = new Set<string>()
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
        const chosen = known.has(whole) ? 'words' : rules
        const found = await faultsAmong(page, measures, chosen, painted)
        faults.push(...found.map((fault) => `${name} at ${viewport.width} px: ${fault}`))
        if (chosen === 'all' && seen === '') {
          const dark = await inTheDark(page, painted)
          faults.push(...dark.map((fault) => `${name} in the dark: ${fault}`))
        }
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

test('a focus that is not seen is a fault', async () => {
  const [[name = ''] = []] = pages
  await page.goto(`${site.origin}/${name}`)
  expect((await measure(page)).unseen).toEqual([])
  const loud = '<p><a href="/un" class="loud">Un</a></p>'
  await page.evaluate(added(loud, `${last}.firstChild.style.outline = 'none'`))
  expect((await measure(page)).unseen).toEqual([expect.stringContaining('class="loud"')])
})

test('a text that is pale in the dark alone is a fault', async () => {
  const [[name = ''] = []] = pages
  await page.goto(`${site.origin}/${name}`)
  await page.evaluate(added('<p>Un</p>', styled("{ color: '#333' }")))
  const painted = new Set<string>()
  expect(await faultsAmong(page, await measure(page), 'layout', painted)).toEqual([])
  expect(await inTheDark(page, painted)).toEqual([expect.stringContaining('axe color-contrast')])
})

// Text, because the compiler knows no DOM here. The policy of the page lets a script set styles.
const added = (html: string, styles = '') =>
  `document.querySelector('main').insertAdjacentHTML('beforeend', ${JSON.stringify(html)}); ${styles}`
const buttons = '<div><button type="button">Un</button><button type="button">Deux</button></div>'
const last = "document.querySelector('main').lastElementChild"
const styled = (styles: string) => `Object.assign(${last}.style, ${styles})`

test.each<[string, string, string, AxeRules]>([
  [
    'small targets',
    'target-size',
    added('<div><a href="/un">i</a><a href="/deux">j</a></div>'),
    'layout',
  ],
  [
    'a target over another',
    'target-size',
    added(buttons, `${last}.lastChild.style.marginLeft = '-30px'`),
    'words',
  ],
  [
    'what scrolls',
    'scrollable-region-focusable',
    added('<div><p>Un</p><p>Deux</p></div>', styled("{ height: '30px', overflow: 'auto' }")),
    'words',
  ],
  ['a pale text', 'color-contrast', styled("{ color: '#ccc' }"), 'layout'],
  ['the ground of a text', 'color-contrast', styled("{ background: '#333' }"), 'layout'],
  [
    'what lies between a text and its ground',
    'color-contrast',
    added('<div></div>', styled("{ background: '#333', marginTop: '-60px', height: '60px' }")),
    'layout',
  ],
  [
    'a link that is told by its colour alone',
    'link-in-text-block',
    added(
      '<p>Un <a href="/un">lien</a> dans une phrase</p>',
      `Object.assign(${last}.querySelector('a').style, { textDecoration: 'none', color: '#333' })`,
    ),
    'layout',
  ],
  ['a page without a title', 'document-title', "document.title = ' '", 'words'],
  ['an unknown language', 'html-lang-valid', "document.documentElement.lang = 'zz'", 'words'],
  ['a text of no language', 'valid-lang', added('<p lang="zz">Un</p>'), 'words'],
  [
    'two parts of one name',
    'landmark-unique',
    added('<nav aria-label="Un">a</nav><nav aria-label="un ">b</nav>'),
    'words',
  ],
  [
    'two forms of one name',
    'landmark-unique',
    added('<form aria-label="Un">a</form><form aria-label="un ">b</form>'),
    'words',
  ],
  [
    'two parts that are named by another text before their own',
    'landmark-unique',
    added(
      '<p id="un">Un</p><nav aria-labelledby="un" aria-label="b">a</nav><nav aria-label="un">c</nav>',
    ),
    'words',
  ],
  [
    'a picture that says its paragraph again',
    'image-redundant-alt',
    added('<p><img src="" alt="Un">Un</p>'),
    'words',
  ],
  [
    'a picture that says its link again',
    'image-redundant-alt',
    added('<a href="/un"><img src="" alt="Un">Un</a>'),
    'words',
  ],
])('axe looks at %s (%s), on a page that it knows', async (_, rule, change, rules) => {
  await page.setViewportSize(narrow)
  const [[name = '', html = ''] = []] = pages
  if (new URL(page.url()).origin === site.origin) await writePage(page, html)
  else await page.goto(`${site.origin}/${name}`)
  await page.evaluate(added('<p>Un</p>', styled("{ position: 'relative', zIndex: 1 }")))
  const painted = new Set<string>()
  expect(await faultsAmong(page, await measure(page), 'layout', painted)).toEqual([])
  await page.evaluate(change)
  const faults = await faultsAmong(page, await measure(page), rules, painted)
  expect(faults.filter((fault) => fault.startsWith(`axe ${rule}:`))).toHaveLength(1)
})

/** What contrast misses in the dark. */
async function inTheDark(open: Page, painted: Set<string>): Promise<string[]> {
  await open.emulateMedia({ colorScheme: 'dark' })
  const faults = await contrastFaults(open, painted)
  await open.emulateMedia({ colorScheme: 'light' })
  return faults
}

const isEnglish = (name: string): boolean => name.endsWith('.en')

/** Translations come after all the pages that they translate. */
function frenchFirst(all: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  return [...all].toSorted(([a], [b]) => Number(isEnglish(a)) - Number(isEnglish(b)))
}
