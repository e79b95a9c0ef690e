import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Language } from '../src/base/values/languages.ts'

// docs/operate/sizing.md and sizing.en.md: from CPU that was measured to machines. `npm run sizing` writes their tables.

const root = join(import.meta.dirname, '..')
export const places = { fr: 'docs/operate/sizing.md', en: 'docs/operate/sizing.en.md' } as const

/** What people are taken to do in a year; the page shows it. */
const assumed = {
  signIns: 12,
  /** The pages around a sign-in, and the passkey, as a multiple of its protocol. */
  pages: 2,
  permits: 8,
  introspections: 8,
  /** Sharings that begin and end. */
  sharings: 1,
  busiestDay: 0.05,
  busiestHour: 0.15,
  /** How much of a core may be taken in that hour. */
  load: 0.5,
} as const
const sizes = [1e5, 1e6, 9e6] as const
const kib = 1024
const fewestWeb = 2
const workers = 2

type Cost = { readonly nodeCpu: number; readonly postgresCpu: number }
export type Measured = {
  readonly peakMegabytes: { readonly accord: number }
  readonly cases: Readonly<Record<string, { readonly accord: Cost }>>
}

export type Need = {
  readonly people: number
  readonly signInsPerSecond: number
  readonly decisionsPerSecond: number
  readonly nodeCores: number
  readonly postgresCores: number
  readonly webProcesses: number
  readonly memoryMb: number
  readonly gibPerYear: number
}

const operations = {
  signIn: 'fapi',
  permit: 'permit, a million consents',
  introspection: 'introspection',
}

/** How many times the mean of a year the busiest hour has. */
export function peak(): number {
  return assumed.busiestDay * assumed.busiestHour * 365 * 24
}

export function needOf(people: number, measured: Measured): Need {
  const perSecond = (times: number) => (people * times * peak()) / (365 * 24 * 3600)
  const cores = (kind: keyof Cost) => {
    const milliseconds =
      assumed.signIns * assumed.pages * costOf(measured, operations.signIn)[kind] +
      assumed.permits * costOf(measured, operations.permit)[kind] +
      assumed.introspections * costOf(measured, operations.introspection)[kind]
    return (perSecond(1) * milliseconds) / 1000 / assumed.load
  }
  const nodeCores = cores('nodeCpu')
  // A process of Node has one core; one of them may be away.
  const webProcesses = Math.max(fewestWeb, Math.ceil(nodeCores) + 1)
  return {
    people,
    signInsPerSecond: perSecond(assumed.signIns),
    decisionsPerSecond: perSecond(assumed.permits),
    nodeCores,
    postgresCores: cores('postgresCpu'),
    webProcesses,
    memoryMb: (webProcesses + workers) * measured.peakMegabytes.accord,
    gibPerYear: (people * bytesPerPerson()) / 1024 ** 3,
  }
}

// docs/operate.md, « What goes by itself »: three events for a sharing that ends, two a sending, of two KiB each, and two receipts of six.
function bytesPerPerson(): number {
  const events = assumed.sharings * 3 + assumed.permits * 2
  return events * 2 * kib + assumed.sharings * 2 * 6 * kib
}

function costOf({ cases }: Measured, name: string): Cost {
  const cost = cases[name]?.accord
  if (cost === undefined) throw new Error(`docs/performance.json has no ${name}`)
  return cost
}

const heads = {
  en: {
    costs: ['operation (`docs/performance.json`)', 'CPU ms: Node', 'PostgreSQL'],
    needs: [
      'people',
      'sign-ins/s',
      'decisions/s',
      'cores, Node',
      'cores, PostgreSQL',
      'web processes',
      'their memory, with two that work',
      'database, a year',
    ],
  },
  fr: {
    costs: ['opération (`docs/performance.json`)', 'CPU en ms : Node', 'PostgreSQL'],
    needs: [
      'personnes',
      'connexions/s',
      'décisions/s',
      'cœurs, Node',
      'cœurs, PostgreSQL',
      'processus web',
      'leur mémoire, avec deux qui travaillent',
      'base, par an',
    ],
  },
} as const

export function tablesOf(language: Language, measured: Measured): string {
  const { costs, needs } = heads[language]
  const figure = (value: number) => figureIn(language, value)
  const costRows = Object.values(operations).map((name) => {
    const { nodeCpu, postgresCpu } = costOf(measured, name)
    return [`\`${name}\``, figure(nodeCpu), figure(postgresCpu)]
  })
  const needRows = sizes.map((people) => {
    const need = needOf(people, measured)
    return [
      people.toLocaleString(language === 'fr' ? 'fr-CA' : 'en-CA'),
      figure(need.signInsPerSecond),
      figure(need.decisionsPerSecond),
      figure(need.nodeCores),
      figure(need.postgresCores),
      String(need.webProcesses),
      `${figure(need.memoryMb / 1000)} ${language === 'fr' ? 'Go' : 'GB'}`,
      `${figure(need.gibPerYear)} ${language === 'fr' ? 'Gio' : 'GiB'}`,
    ]
  })
  return `${tableOf(costs, costRows)}\n\n${tableOf(needs, needRows)}`
}

// Two digits that count: more would say more than assumptions can.
function figureIn(language: Language, value: number): string {
  const locale = language === 'fr' ? 'fr-CA' : 'en-CA'
  return Number(value.toPrecision(2)).toLocaleString(locale)
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [lineOf(head), `|${'---|'.repeat(head.length)}`, ...rows.map(lineOf)].join('\n')
}

function lineOf(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

const marks = ['<!-- npm run sizing: from here -->', '<!-- to here -->'] as const

/** The page with the tables in their place. */
export function withTables(page: string, tables: string): string {
  const [from, to] = marks.map((mark) => page.indexOf(mark))
  if (from === undefined || to === undefined || from < 0 || to < from)
    throw new Error('the page has no place for the tables')
  return `${page.slice(0, from + marks[0].length)}\n\n${tables}\n\n${page.slice(to)}`
}

export function readMeasured(): Measured {
  return JSON.parse(readFileSync(join(root, 'docs/performance.json'), 'utf8')) as Measured // its own document
}

/** `npm run sizing` */
if (import.meta.main) {
  const measured = readMeasured()
  for (const language of ['fr', 'en'] as const) {
    const file = join(root, places[language])
    writeFileSync(file, withTables(readFileSync(file, 'utf8'), tablesOf(language, measured)))
  }
}
