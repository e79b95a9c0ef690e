import type { Page } from 'playwright-core'
import type { Language } from '../../src/base/values/languages.ts'
import type { Length } from './measures.ts'
import { lengthOf } from './measures.ts'
import { openWindows } from './chromium.ts'
import { renderSamples, serveSamples, writePage } from './sample-site.ts'

// The pages of a person who is signed in, and how long each may be on a telephone of 320 × 640.

export type WholePage =
  | 'home'
  | 'sharings'
  | 'stop'
  | 'done'
  | 'done-most'
  | 'activity'
  | 'account'
  | 'first'
  | 'portrait'
  | 'plain-question'
  | 'film'

/** What is looked at: the samples whose name begins so. */
type Goal = Length & { readonly sample: string; readonly lines?: string }

export const wholePages: Readonly<Record<WholePage, Goal>> = {
  home: { sample: 'my-space.space.plain.', screens: 3, words: 160 },
  sharings: { sample: 'my-sharing.sharings.four.', screens: 3, words: 185 },
  stop: { sample: 'my-sharing.stop.one-other-way.', screens: 2.85, words: 160 },
  done: { sample: 'my-sharing.sharing.done.', screens: 2.55, words: 120 },
  // Three other ways, and a second sharing that she stopped with it.
  'done-most': { sample: 'my-sharing.sharing.stopped.', screens: 3.05, words: 160 },
  activity: { sample: 'my-activity.activity.month.', screens: 2.85, words: 200 },
  // In every state.
  account: { sample: 'my-access.overview.', screens: 3, words: 135 },
  first: { sample: 'signin.reach.plain.', screens: 1.9, words: 85 },
  portrait: { sample: 'my-sharing.portrait.eleven.', screens: 2.95, words: 170 },
  // What has its picture is counted: who, what, until when, how to say no.
  'plain-question': { sample: 'asking.ask.clear.', screens: 2.2, words: 45, lines: '.plain' },
  film: { sample: 'asking.ask.with a film.', screens: 2.5, words: 45, lines: '.plain' },
}

/** The length of the longest sample. @param page open at the site of the samples */
export async function wholeLength(
  page: Page,
  samples: ReadonlyMap<string, string>,
  { sample, lines = 'main' }: Goal,
  language: Language,
): Promise<Length> {
  let longest: Length = { screens: 0, words: 0 }
  let count = 0
  for (const [name, html] of samples) {
    if (!name.startsWith(sample) || !name.endsWith(`.${language}`)) continue
    count += 1
    await writePage(page, html)
    const { screens } = await lengthOf(page)
    const words = await page.evaluate<number>(`(${wordsSeen})(${JSON.stringify(lines)})`)
    longest = {
      screens: Math.max(longest.screens, screens),
      words: Math.max(longest.words, words),
    }
  }
  if (count === 0) throw new Error(`no sample begins with ${sample}`)
  return longest
}

/** Of every page, at a site of its own. */
export async function sampleLengths(
  language: Language,
): Promise<Readonly<Record<WholePage, Length>>> {
  const samples = await renderSamples()
  const site = await serveSamples((path) => samples.get(path))
  const windows = await openWindows()
  const page = await windows.newPage()
  await page.goto(`${site.origin}/my-space.space.plain.${language}`)
  const lengths: [string, Length][] = []
  for (const [name, goal] of Object.entries(wholePages))
    lengths.push([name, await wholeLength(page, samples, goal, language)])
  await windows.close()
  site.close()
  return Object.fromEntries(lengths) as Record<WholePage, Length> // its keys are those of the goals
}

// The eye counts what it reads: what only a reader hears is no word, and a name that she gave herself is one. Text, because the compiler
// knows no DOM here.
const wordsSeen = `(lines) => {
  for (const heard of document.querySelectorAll('main .visually-hidden')) heard.remove()
  for (const name of document.querySelectorAll('main bdi')) name.textContent = 'Madeleine'
  return document.querySelector(lines).innerText.split(/\\s+/).filter((word) => word !== '').length
}`
