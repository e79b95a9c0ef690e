import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Windows } from '../support/chromium.ts'
import { openWindows } from '../support/chromium.ts'
import type { Site } from '../support/sample-site.ts'
import { renderSamples, serveSamples, writePage } from '../support/sample-site.ts'
import { faultsOf, madeOf, sidewaysInLargeType } from '../support/soundness.ts'
import { treeFaults } from '../support/trees.ts'

// Every page in every state, both languages, wide and narrow: nothing that axe finds, no sideways scroll, no small target. The
// first state of each page is told to a screen reader as it was reviewed (test/journeys/trees/).
// `npm run screens` takes pictures of the same, dark too.

const limitMs = 300_000

let browser: Windows
let site: Site
let pages: ReadonlyMap<string, string>
beforeAll(async () => {
  pages = await renderSamples()
  site = await serveSamples((path) => pages.get(path))
  browser = await openWindows()
})
afterAll(async () => {
  await browser.close()
  site.close()
})

const wide = { width: 1280, height: 900 }
const narrow = { width: 320, height: 640 } // the same at 400 % (WCAG 1.4.10)

test(
  'every page passes the checks of accessibility and layout, wide and narrow',
  { timeout: limitMs },
  async () => {
    const page = await browser.newPage({ viewport: wide })
    const faults: string[] = []
    let open = ''
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(`${open}: console: ${message.text()}`)
    })
    page.on('pageerror', (error) => faults.push(`${open}: script: ${error.message}`))
    const [first = ''] = pages.keys()
    await page.goto(`${site.origin}/${first}`)
    const widths = [wide, narrow]
    // What axe has looked at whole, at each width. Most English pages are made of the same as the French ones.
    const known = new Set<string>()
    for (const [name, html] of pages) {
      open = name
      await writePage(page, html)
      let seen = ''
      for (const viewport of widths) {
        await page.setViewportSize(viewport)
        const made = await madeOf(page)
        const whole = `${viewport.width} ${made}`
        // Words take the most room where there is the least.
        const rest = viewport === narrow ? 'words' : 'none'
        const rules = made === seen ? 'layout' : 'all'
        const found = await faultsOf(page, known.has(whole) ? rest : rules)
        known.add(whole)
        seen = made
        const sideways = viewport === narrow ? await sidewaysInLargeType(page) : 0
        if (sideways > 0) faults.push(`${name} scrolls sideways by ${sideways} px in large type`)
        if (viewport === wide) faults.push(...(await treeFaults(page, name, pages)))
        faults.push(...found.map((fault) => `${name} at ${viewport.width} px: ${fault}`))
      }
      // The next page begins with the width that this one ends with.
      widths.reverse()
    }
    expect(faults).toEqual([])
    expect(pages.size).toBeGreaterThan(250)
  },
)
