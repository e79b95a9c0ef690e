import type { Page } from 'playwright-core'
import type { AxeRules } from './axe.ts'
import { axeFaults } from './axe.ts'
import { contrastFaults } from './painted.ts'

const leastTarget = 44
const leastOutline = 2
/** The least side of a target by WCAG 2.5.8, as axe measures it. */
const axeTarget = 24

// Text, because the compiler knows no DOM here. Links inside a sentence are exempt (WCAG 2.5.8), and none that is all its paragraph. A link that
// covers its whole line is as large as that.
const tooSmall = `[...document.querySelectorAll('a, button, input:not([type=hidden]), summary')]
  .filter((e) => e.checkVisibility() && !e.matches('.skip'))
  .filter((e) => !e.matches('p > a:only-child') || e.parentElement.textContent.trim() === e.textContent.trim())
  .map((e) => [e, getComputedStyle(e, '::after').position === 'absolute' ? e.offsetParent : e])
  .filter(([, pressed]) => pressed.getBoundingClientRect().height < ${leastTarget})
  .map(([e]) => e)
  .map((e) => e.outerHTML.slice(0, 80))`
// What has the focus is outlined. The outline follows from the kind of element and the classes of it and of what holds it: one of each kind is
// tried in a window.
const unseenFocus = `(() => {
  const tried = globalThis.triedFocus ??= new Set()
  const before = document.activeElement
  const faults = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, audio, video')]
    .filter((e) => e.checkVisibility() && !e.disabled)
    .filter((e) => {
      const kind = [e, e.parentElement].map((one) => [one.localName, one.className, one.type].join(' ')).join(' in ')
      return !tried.has(kind) && tried.add(kind)
    })
    .filter((e) => {
      e.focus({ focusVisible: true, preventScroll: true })
      const { outlineStyle, outlineWidth } = getComputedStyle(e)
      return document.activeElement !== e || outlineStyle === 'none' || parseFloat(outlineWidth) < ${leastOutline}
    })
  if (document.activeElement !== before) document.activeElement.blur()
  before?.focus({ preventScroll: true })
  return faults.map((e) => e.outerHTML.slice(0, 80))
})()`
// On a coloured ground, a legend that does not float stands on the upper edge, half outside.
const straddling = `[...document.querySelectorAll('fieldset > legend')]
  .filter((e) => !['absolute', 'fixed'].includes(getComputedStyle(e).position) && getComputedStyle(e).float === 'none')
  .filter((e) => getComputedStyle(e.parentElement).backgroundColor !== 'rgba(0, 0, 0, 0)')
  .map((e) => e.outerHTML.slice(0, 80))`
const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

// Of these, words and addresses, it counts whether they are there; of all others, what they say.
const told = `['action', 'alt', 'aria-label', 'formaction', 'href', 'hreflang', 'lang', 'placeholder', 'src', 'title', 'value']`
const made = `[...document.querySelectorAll('*')].map((e) => {
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
}).join('|')`

// Two rules of axe lay a grid over all that there is. One has nothing to find where each target is as large as it asks and meets no other one, the
// other where nothing scrolls. A link is exempt from the first where a text stands beside it in its line.
const hasCloseTargets = `(() => {
  const says = (node) => node?.nodeType === 3 && node.data.trim() !== ''
  const targets = [...document.querySelectorAll('a, button, input, option, select, summary, textarea, [role][tabindex]')]
    .filter((e) => e.checkVisibility())
    .filter((e) => !e.matches('a') || !(says(e.previousSibling) || says(e.nextSibling)) || getComputedStyle(e).display !== 'inline')
    .map((e) => e.getBoundingClientRect())
  return targets.some((a, at) => a.width < ${axeTarget} || a.height < ${axeTarget} || targets.slice(0, at).some((b) =>
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom))
})()`
const scrolling = `[...document.querySelectorAll('*')].filter((e) => (e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight)
  && /auto|scroll/.test(getComputedStyle(e).overflow))`

// A link in a sentence that is underlined is told from its words.
const hasPlainLinks = `[...document.querySelectorAll('a[href], [role=link]')].some((e) => {
  const { display, textDecorationLine } = getComputedStyle(e)
  return e.checkVisibility() && display === 'inline' && textDecorationLine !== 'underline'
})`

// What the rules find that depend on words alone. Two landmarks of one kind need names that differ; a form or a section without a name is none, nor
// is the header or footer of a part.
const hasTwinLandmarks = `(() => {
  const kinds = { nav: 'navigation', aside: 'complementary', header: 'banner', footer: 'contentinfo', section: 'region' }
  const roles = 'banner complementary contentinfo form main navigation region search'.split(' ').map((role) => '[role=' + role + ']')
  const parts = 'article, aside, main, nav, section'
  const nameOf = (e) => ((e.getAttribute('aria-labelledby') ?? '').split(' ')
    .map((id) => document.getElementById(id)?.textContent).join(' ').trim() || (e.getAttribute('aria-label') ?? ''))
    .replace(/\\s+/g, ' ').trim().toLowerCase()
  const isNone = (e) => !e.hasAttribute('role') && (e.matches('form, section') && nameOf(e) === '' ||
    e.matches('footer, header') && e.parentElement.closest(parts) !== null)
  const all = [...document.querySelectorAll('form, footer, header, aside, main, nav, section, search, ' + roles.join())]
    .filter((e) => !isNone(e))
    .map((e) => (e.getAttribute('role') ?? kinds[e.localName] ?? e.localName) + ' ' + nameOf(e))
  return new Set(all).size < all.length
})()`
// A picture without a name says nothing again.
const named = ':is(:not([alt=""]), [title], [role], [aria-label], [aria-labelledby])'
const idleOfWords = `[
  ...(document.title.trim() === '' ? [] : ['document-title']),
  ...(/^(fr|en)(-CA)?$/.test(document.documentElement.lang) ? ['html-lang-valid'] : []),
  ...([...document.querySelectorAll('[lang]')].every((e) => /^(fr|en)(-CA)?$/.test(e.lang)) ? ['valid-lang'] : []),
  ...(document.querySelector(':is(a[href], button, [role=button], p, li, td, th) img${named}') ? [] : ['image-redundant-alt']),
  ...(document.querySelector('table[summary]') ? [] : ['table-duplicate-name']),
  ...(${hasTwinLandmarks} ? [] : ['landmark-unique']),
]`

const inLargeType = `(() => {
  const root = document.documentElement
  const was = root.className
  root.classList.add('large')
  const wide = ${overflow}
  root.className = was
  if (was === '') root.removeAttribute('class')
  return wide
})()`

/** What a page measures at the width that it has. */
export type Measures = {
  /**
   * What it is made of, without its words: its elements, their attributes and states, where a text is, and which are shown at this width.
   */
  readonly made: string
  /** How far it scrolls sideways, and does so in large type (« Gros caractères »), in pixels. */
  readonly wide: number
  readonly wideInLargeType: number
  readonly small: readonly string[]
  /** On which the focus is not seen. */
  readonly unseen: readonly string[]
  /** Legends that stand half outside the ground of their fields. */
  readonly straddling: readonly string[]
  /** The rules of axe that find nothing in a page of these measures. */
  readonly idle: readonly string[]
}

/** An expression of the page: `Measures`, when its fonts are there. */
// Without the loaded fonts the measures would be those of other fonts; a page asks for its fonts when it is laid out.
export const measures = `(document.body.offsetHeight, document.fonts).ready.then(() => ({
  made: ${made},
  wide: ${overflow},
  small: ${tooSmall},
  straddling: ${straddling},
  unseen: ${unseenFocus},
  idle: [
    ...(${hasCloseTargets} ? [] : ['target-size']),
    ...(${scrolling}.length > 0 ? [] : ['scrollable-region-focusable']),
    ...(${hasPlainLinks} ? [] : ['link-in-text-block']),
    ...${idleOfWords},
  ],
  wideInLargeType: ${inLargeType},
}))`

export function measure(page: Page): Promise<Measures> {
  return page.evaluate<Measures>(measures)
}

/** What is wrong with the page that is open, at the width that it has: a sentence each. */
export async function faultsOf(page: Page): Promise<string[]> {
  return faultsAmong(page, await measure(page))
}

/**
 * The same of a page that was measured. @param chosen `layout`: all other rules of axe have
 * looked at the page at another width, where the same elements are shown; `words`: all others have seen a page that is made of the same;
 * `none`: axe need not look
 * @param painted how texts are painted whose contrast was looked at: grows
 */
export async function faultsAmong(
  page: Page,
  { idle, small, straddling, unseen, wide, wideInLargeType }: Measures,
  chosen: AxeRules | 'none' = 'all',
  painted = new Set<string>(),
): Promise<string[]> {
  return [
    ...(wide > 0 ? [`scrolls sideways by ${wide} px`] : []),
    ...(wideInLargeType > 0 ? [`scrolls sideways by ${wideInLargeType} px in large type`] : []),
    ...straddling.map((html) => `legend half outside: ${html}`),
    ...unseen.map((html) => `its focus is not seen: ${html}`),
    ...small.map((html) => `target under ${leastTarget} px: ${html}`),
    ...(chosen === 'none' ? [] : await axeFaultsAmong(page, { idle }, chosen, painted)),
  ]
}

/** What axe alone finds, as `faultsAmong` has it. */
export async function axeFaultsAmong(
  page: Page,
  { idle }: Pick<Measures, 'idle'>,
  chosen: AxeRules,
  painted: Set<string>,
): Promise<string[]> {
  const faults = await axeFaults(page, chosen, [...idle, 'color-contrast'])
  return chosen === 'words' ? faults : [...faults, ...(await contrastFaults(page, painted))]
}
