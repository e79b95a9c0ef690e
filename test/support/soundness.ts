import type { Page } from 'playwright-core'
import type { AxeRules } from './axe.ts'
import { axeFaults } from './axe.ts'

const leastTarget = 44

// Text, because the compiler knows no DOM here. Links inside a sentence are exempt (WCAG 2.5.8).
const tooSmall = `[...document.querySelectorAll('a, button, input:not([type=hidden]), summary')]
  .filter((e) => e.checkVisibility() && !e.matches('.skip, p:not(.brand) > a:only-child:not([class])'))
  .filter((e) => e.getBoundingClientRect().height < ${leastTarget})
  .map((e) => e.outerHTML.slice(0, 80))`
const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

const shown = `document.fonts.ready.then(() => [...document.querySelectorAll('*')].map((e) => {
  const { width, height, right, bottom } = e.getBoundingClientRect()
  const isThere = width > 1 && height > 1 && right > 0 && bottom + scrollY > 0
  return isThere && e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) ? 1 : 0
}).join(''))`

/** A digit for each element of the page that is open: whether it is shown at the width that the page has. */
export function shownIn(page: Page): Promise<string> {
  return page.evaluate<string>(shown)
}

/** How far the page that is open scrolls sideways in large type (« Gros caractères »), in pixels. */
export function sidewaysInLargeType(page: Page): Promise<number> {
  return page.evaluate<number>(`(() => {
    const { classList } = document.documentElement
    classList.add('large')
    const wide = ${overflow}
    classList.remove('large')
    return wide
  })()`)
}

/**
 * What is wrong with the page that is open, at the width that it has: a sentence each. @param chosen `layout`: all other rules of axe have
 * looked at the page at another width, where the same elements are shown
 */
export async function faultsOf(page: Page, chosen: AxeRules = 'all'): Promise<string[]> {
  // Without the loaded fonts the measures would be those of other fonts.
  await page.evaluate('document.fonts.ready.then(() => true)')
  const wide = await page.evaluate<number>(overflow)
  const small = await page.evaluate<string[]>(tooSmall)
  return [
    ...(wide > 0 ? [`scrolls sideways by ${wide} px`] : []),
    ...small.map((html) => `target under ${leastTarget} px: ${html}`),
    ...(await axeFaults(page, chosen)),
  ]
}
