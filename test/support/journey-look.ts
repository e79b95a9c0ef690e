import { AxeBuilder } from '@axe-core/playwright'
import type { Visitor } from './journey-stage.ts'
import { shapeOf } from './journey-watch.ts'

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
const narrow = { width: 320, height: 640 } // WCAG 2.2, 1.4.10
const usual = { width: 1280, height: 720 }
// Text, because the compiler knows no DOM here.
const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

/** Looks at the page that is open. @returns what is wrong with it, each with the page's name */
export async function look({ page, language }: Visitor, name: string): Promise<string[]> {
  // What is measured before the fonts are there is measured in others.
  await page.evaluate('document.fonts.ready.then(() => true)')
  const shape = await shapeOf(page)
  const faults: string[] = []
  if (shape.language !== language) faults.push(`its language is ${shape.language}`)
  const [title = ''] = shape.titles
  if (shape.titles.length !== 1) faults.push(`it has ${shape.titles.length} h1`)
  if (title === '' || !shape.title.includes(title) || shape.title === title)
    faults.push(`its title is « ${shape.title} » over « ${title} »`)
  await page.setViewportSize(narrow)
  const wide = await page.evaluate<number>(overflow)
  if (wide > 0) faults.push(`it scrolls sideways by ${wide} px at ${narrow.width} px`)
  await page.setViewportSize(usual)
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode(true)
    .withTags(rules)
    .analyze()
  for (const { id, nodes } of violations)
    faults.push(
      `axe ${id}: ${nodes.map((node) => `${node.html.slice(0, 120)} ${node.failureSummary ?? ''}`).join(' | ')}`,
    )
  return faults.map((fault) => `${name}: ${fault}`)
}
