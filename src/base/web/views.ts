import { Eta } from 'eta'
import type { Frame } from './pages.ts'
import type { Values, Words } from './words.ts'

export type Views = {
  /** @throws Error when the template, one of its words or one of its values is missing */
  render(template: string, page: object, frame: Frame): string
  /** A region of a page by itself: no layout, no title. @throws as `render` */
  fragment(template: string, page: object, frame: Frame): string
}

/** `root` is the folder of the templates; a template is named by room and page: `signin/sign-in`. */
export function makeViews(words: Words, root: string): Views {
  const eta = new Eta({ views: root, cache: true, autoEscape: true, escapeFunction: escape })
  return {
    fragment: (template, page, frame) =>
      eta.render(`/${template}`, { ...page, ...toolsFor(words, frame) }),
    render(template, page, frame) {
      const tools = toolsFor(words, frame)
      const main = eta.render(`/${template}`, { ...page, ...tools })
      const failed = 'problem' in page && page.problem !== undefined
      const title = titleOf(template, main)
      return eta.render('/layouts/page', {
        ...tools,
        main,
        title,
        failed,
        place: placeOf(template),
        sheets: sheets.filter(([, rooms]) => rooms.test(template)).map(([name]) => name),
        isBanded: isBanded(main),
      })
    },
  }
}

function toolsFor(words: Words, frame: Frame) {
  const { language, base } = frame
  return {
    frame,
    t: (key: string, values?: Values) => words.t(language, key, values),
    date: (at: Date) => words.date(language, at),
    dateTime: (at: Date) => words.dateTime(language, at),
    monthOfYear: (at: Date) => words.month(language, at),
    duration: (iso: string) => words.duration(language, iso),
    time: (at: Date) => words.time(language, at),
    href: (path: string) => base + path,
    // At a public terminal the browser fills in no field and keeps none.
    autocomplete: (purpose: string) => (frame.kiosk === undefined ? purpose : 'off'),
  }
}

// The title is the heading, so the two can never disagree; the heading is escaped already. A heading that greets somebody by name says
// its title itself: titles stay in the history of a browser.
function titleOf(template: string, main: string): string {
  const title = (/<h1 data-title="([^"]+)"/.exec(main) ?? /<h1[^>]*>([^<]+)<\/h1>/.exec(main))?.[1]
  if (title === undefined) throw new Error(`The template ${template} has no heading of plain text`)
  return title.trim()
}

// Rooms and pages that belong to one of the four places of the personal menu, and the first page of each place.
const places: Readonly<Record<string, string>> = {
  'my-space': 'my-space',
  'my-sharing': 'my-sharing',
  disputes: 'my-sharing',
  'my-activity': 'my-activity',
  'my-access': 'my-access',
  'my-data': 'my-access',
  'my-data/proofs': 'my-activity',
  'my-data/chain': 'my-activity',
  'my-sharing/receipt': 'my-activity',
  verifier: 'my-activity',
  notifications: 'my-access',
}
const firstPages = [
  'my-space/space',
  'my-sharing/sharings',
  'my-activity/activity',
  'my-access/overview',
]

// Styles beside those of every page: what pages of these rooms alone hold.
const sheets = [
  ['forms', /^(?!circulation\/|my-sharing\/portrait$)/],
  ['flows', /^my-sharing\/sharings$/],
  ['question', /^(?:asking\/|my-sharing\/(?:stop|narrowing)$|signin\/ways-back$)/],
  ['public', /^(?:circulation|open-data|status)\//],
  ['site', /^(?:site|verifier|register)\//],
  ['signin', /^(?:signin|my-access)\//],
  ['strands', /^(?:my-sharing\/portrait|circulation\/)/],
] as const

/** Which link of the personal menu the page stands under, and whether the link leads to this very page. */
function placeOf(template: string) {
  const name = places[template] ?? places[template.split('/')[0] ?? '']
  return name === undefined ? undefined : { name, isFirst: firstPages.includes(template) }
}

// A page with a band lays itself out, as wide as the window.
function isBanded(main: string): boolean {
  return main.includes('<div class="head')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

// A value that a template expects and does not get is a bug: no page says "undefined".
export function escape(value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw new TypeError(`A template wrote a value of type ${typeof value}`)
  }
  return String(value).replace(/[&<>"']/g, (character) => entities[character] ?? '')
}
