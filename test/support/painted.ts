import type { Page } from 'playwright-core'
import { axeFaultsIn } from './axe.ts'

// What contrast a text has follows from its styles, from the grounds that it stands on, and from what lies over them. Two texts of which all of
// this is the same are named alike; one that is not whole on its ground, or under something that left its own place, has a name of its own. Axe takes
// half of its time for contrast, and pages of one style have the same few texts. Text, because the compiler knows no DOM here.
const alone = 'alone '
const texts = `(() => {
  const known = new Map()
  const hash = (text) => {
    let a = 0x811c9dc5, b = 0x9e3779b9
    for (let i = 0; i < text.length; i++) {
      a = Math.imul(a ^ text.charCodeAt(i), 0x01000193)
      b = Math.imul(b ^ text.charCodeAt(i), 0x85ebca6b) ^ (b >>> 13)
    }
    return (a >>> 0).toString(36) + (b >>> 0).toString(36)
  }
  const [moved, painting] = [[], []]
  const lookOf = (e) => {
    if (e === null) return { ground: '' }
    const was = known.get(e)
    if (was !== undefined) return was
    const s = getComputedStyle(e)
    const under = lookOf(e.parentElement)
    const paints = [s.backgroundColor, s.backgroundImage]
    const isGround = paints.join() !== 'rgba(0, 0, 0, 0),none'
    const tints = [s.opacity, s.filter, s.mixBlendMode].join()
    const isPlace = s.position !== 'static' // of what a style puts before or after
    const ground = isGround || isPlace || tints !== '1,none,normal'
      ? hash([under.ground, paints, tints, isPlace && e.getAttribute('class')].join(' ')) : under.ground
    const isOff = under.isOff || e.disabled || e.ariaDisabled === 'true' || e.control?.disabled
    const type = [s.color, s.fontSize, s.fontWeight, s.textShadow, s.webkitTextStrokeWidth, isOff, e.textContent.trim().length > 1].join(' ')
    const clip = s.overflow === 'visible' ? under.clip : e
    const look = { ground, isOff, clip, on: isGround ? e : under.on, like: () => hash(ground + type) }
    known.set(e, look)
    if (isGround || e.matches('img, svg')) painting.push(e)
    const isMoved = /absolute|fixed|sticky/.test(s.position) || s.float !== 'none' || s.transform !== 'none'
      || [s.marginTop, s.marginRight, s.marginBottom, s.marginLeft].some((margin) => margin.startsWith('-'))
    if (isMoved && e.checkVisibility()) moved.push({ e, at: e.getBoundingClientRect() })
    return look
  }
  const all = [...document.querySelectorAll('body, body *')]
  for (const e of all) lookOf(e)
  const says = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim() !== '')
  const shown = { opacityProperty: true, visibilityProperty: true }
  const over = moved.filter(({ e }) => painting.some((inner) => e.contains(inner)))
  const within = (a, b) => {
    if (b === undefined) return a
    const [left, right] = [Math.max(a.left, b.left), Math.min(a.right, b.right)]
    const [top, bottom] = [Math.max(a.top, b.top), Math.min(a.bottom, b.bottom)]
    return { left, right, top, bottom, width: right - left, height: bottom - top }
  }
  const found = new Map()
  for (const e of all) {
    const isText = says(e) || (e.matches('input, select, textarea') && e.type !== 'hidden')
    if (!isText || !e.checkVisibility(shown)) continue
    const { like, on: under, clip } = known.get(e)
    const at = within(e.getBoundingClientRect(), clip === e ? undefined : clip?.getBoundingClientRect())
    if (at.width <= 1 || at.height <= 1) continue
    const on = under?.getBoundingClientRect()
    const isOn = on === undefined || (at.left >= on.left && at.right <= on.right && at.top >= on.top && at.bottom <= on.bottom)
    const isUnder = over.some(({ e: m, at: a }) => !m.contains(e) && !e.contains(m)
      && a.left < at.right && at.left < a.right && a.top < at.bottom && at.top < a.bottom)
    const name = isOn && !isUnder ? like() : '${alone}' + found.size
    if (!found.has(name)) found.set(name, e)
  }
  globalThis.textsByName = found
  return [...found.keys()]
})()`

/**
 * What axe finds wrong with the contrast of the page that is open, looking at one text of each kind that is not known.
 * @param known how texts are painted that it has looked at: grows
 */
export async function contrastFaults(page: Page, known: Set<string>): Promise<string[]> {
  const found = await page.evaluate<string[]>(texts)
  const fresh = found.filter((name) => !known.has(name))
  if (fresh.length === 0) return []
  for (const name of fresh) if (!name.startsWith(alone)) known.add(name)
  const elements = `${JSON.stringify(fresh)}.map((name) => textsByName.get(name))`
  return axeFaultsIn(page, elements, 'color-contrast')
}
