import { axeFaults } from './axe.ts'
import type { Visitor } from './journey-stage.ts'
import { isWholeTour } from './journey-stage.ts'
import type { Shape } from './journey-watch.ts'
import { shape } from './journey-watch.ts'
import type { Measures } from './soundness.ts'
import { axeFaultsAmong, measures } from './soundness.ts'

const narrow = { width: 320, height: 640 } // WCAG 2.2, 1.4.10

// What a person unfolds, what a script asks, and the bar of a public terminal; samples have few of these.
// Text, because the compiler knows no DOM here.
const opened =
  'document.querySelector(\'details[open], dialog[open], [role=alertdialog], form[action$="/poste-public/fin"]\') !== null'

type Seen = { readonly shape: Shape; readonly measures: Measures; readonly isOpened: boolean }
const seen = `${measures}.then((measures) => ({ shape: ${shape}, measures, isOpened: ${opened} }))`

/**
 * Looks at the page that is open, which has the width of a telephone from then on: two changes of the width for each look took longer than the rest
 * of it. @returns what is wrong with it, each with the page's name
 */
export async function look(visitor: Visitor, name: string): Promise<string[]> {
  const { page, language, issuer } = visitor
  if (page.viewportSize()?.width !== narrow.width) await page.setViewportSize(narrow)
  await page.waitForLoadState() // its words may be there before its styles
  const { shape, measures, isOpened } = await page.evaluate<Seen>(seen)
  const faults = faultsIn(shape, language)
  if (measures.wide > 0)
    faults.push(`it scrolls sideways by ${measures.wide} px at ${narrow.width} px`)
  if (isWholeTour()) faults.push(...(await axeFaults(page)))
  else if (isOpened || new URL(page.url()).origin !== issuer)
    faults.push(...(await newFaults(visitor, measures)))
  return faults.map((fault) => `${name}: ${fault}`)
}

function faultsIn({ language, title: whole, titles }: Shape, wanted: string): string[] {
  const faults: string[] = []
  const [title = ''] = titles
  if (language !== wanted) faults.push(`its language is ${language}`)
  if (titles.length !== 1) faults.push(`it has ${titles.length} h1`)
  if (title === '' || !whole.includes(title) || whole === title)
    faults.push(`its title is « ${whole} » over « ${title} »`)
  return faults
}

// What axe has looked at, of all tours that this process walked.
const known = new Set<string>()
const painted = new Set<string>()

/**
 * Each page of the house is shown to axe by `test/journeys/every-page.test.ts`, as it is when it is opened; a tour shows it what is of a
 * service, and what became of a page since, once for all pages that are made of the same. `npm run tours` shows it every page, as a person has it.
 */
async function newFaults({ page }: Visitor, measures: Measures): Promise<string[]> {
  const rules = known.has(measures.made) ? 'words' : 'all'
  known.add(measures.made)
  return axeFaultsAmong(page, measures, rules, painted)
}
