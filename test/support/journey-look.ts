import { axeFaults } from './axe.ts'
import type { Visitor } from './journey-stage.ts'
import { isWholeTour } from './journey-stage.ts'
import { shapeOf } from './journey-watch.ts'

const narrow = { width: 320, height: 640 } // WCAG 2.2, 1.4.10
const usual = { width: 1280, height: 720 }
// Text, because the compiler knows no DOM here.
const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

// What a person unfolds, what a script asks, and the bar of a public terminal; samples have few of these.
const opened =
  'document.querySelector(\'details[open], dialog[open], [role=alertdialog], form[action$="/poste-public/fin"]\') !== null'

/** Looks at the page that is open. @returns what is wrong with it, each with the page's name */
export async function look(visitor: Visitor, name: string): Promise<string[]> {
  const { page, language } = visitor
  // Without the loaded fonts the measures would be those of other fonts.
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
  if (await isForAxe(visitor)) faults.push(...(await axeFaults(page)))
  return faults.map((fault) => `${name}: ${fault}`)
}

/**
 * Each page of the house is shown to axe by `test/journeys/every-page.test.ts`, as it is when it is opened; a tour shows it what is of a
 * service, and what became of a page since. `npm run tours` shows it every page, as a person has it.
 */
async function isForAxe({ page, issuer }: Visitor): Promise<boolean> {
  if (isWholeTour() || new URL(page.url()).origin !== issuer) return true
  return page.evaluate<boolean>(opened)
}
