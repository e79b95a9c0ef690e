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

type Measured = { readonly wide: number; readonly small: readonly string[] }
// Without the loaded fonts the measures would be those of other fonts.
const measured = `document.fonts.ready.then(() => ({ wide: ${overflow}, small: ${tooSmall} }))`

// Of these, words and addresses, it counts whether they are there; of all others, what they say.
const told = `['action', 'alt', 'aria-label', 'formaction', 'href', 'hreflang', 'lang', 'placeholder', 'src', 'title', 'value']`
const made = `document.fonts.ready.then(() => [...document.querySelectorAll('*')].map((e) => {
  const { width, height, right, bottom } = e.getBoundingClientRect()
  const isThere = width > 1 && height > 1 && right > 0 && bottom + scrollY > 0
  const isShown = isThere && e.checkVisibility({ opacityProperty: true, visibilityProperty: true })
  const has = [...e.attributes].map(({ name, value }) => {
    const isTold = ${told}.includes(name) || name.startsWith('data-')
    return name + '=' + (isTold && !value.startsWith('#') ? value.trim() !== '' : value)
  })
  const says = [...e.childNodes].map((n) => n.nodeType === 1 ? '<' : n.data?.trim() ? 'x' : '')
  const isIn = [e.checked, e.disabled, e.open, e.value === '']
  return [e.localName, ...has, says.join(''), isIn.join(), isShown].join(' ')
}).join('|'))`

/**
 * What the page that is open is made of, without its words: its elements, their attributes and states, where a text is, and which are
 * shown at the width that the page has.
 */
export function madeOf(page: Page): Promise<string> {
  return page.evaluate<string>(made)
}

/** How far the page that is open scrolls sideways in large type (« Gros caractères »), in pixels. */
export function sidewaysInLargeType(page: Page): Promise<number> {
  return page.evaluate<number>(`(() => {
    const root = document.documentElement
    const was = root.className
    root.classList.add('large')
    const wide = ${overflow}
    root.className = was
    if (was === '') root.removeAttribute('class')
    return wide
  })()`)
}

/**
 * What is wrong with the page that is open, at the width that it has: a sentence each. @param chosen `layout`: all other rules of axe have
 * looked at the page at another width, where the same elements are shown; `words`: all others have seen a page that is made of the same;
 * `none`: axe need not look
 */
export async function faultsOf(page: Page, chosen: AxeRules | 'none' = 'all'): Promise<string[]> {
  const { wide, small } = await page.evaluate<Measured>(measured)
  return [
    ...(wide > 0 ? [`scrolls sideways by ${wide} px`] : []),
    ...small.map((html) => `target under ${leastTarget} px: ${html}`),
    ...(chosen === 'none' ? [] : await axeFaults(page, chosen)),
  ]
}
