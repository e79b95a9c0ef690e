import { expect } from 'vitest'
import type { Visitor } from './journey-stage.ts'

// Text that does not fit into the box that holds it, and cannot be scrolled to. The head of a stacked table is for readers alone there.
const cut = `[...document.querySelectorAll('main *')]
  .filter((e) => e.checkVisibility() && !e.matches('.visually-hidden, .stack thead') && e.innerText?.trim() && /hidden|clip/.test(getComputedStyle(e).overflow))
  .filter((e) => e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1)
  .map((e) => e.outerHTML.slice(0, 80))`

/** Nothing on the page that is open scrolls sideways or is cut. */
export async function fits({ page }: Visitor): Promise<void> {
  const wide = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
  expect(wide, page.url()).toBe(0)
  expect(await page.evaluate<string[]>(cut), page.url()).toEqual([])
}
