import { dayOf } from '../../base/platform/calendar.ts'
import type {
  FilterChoice,
  Day,
  ActivityLine,
  ActivityPage,
  ReceivedBy,
  Recipient,
} from './pages.ts'
import type { Filter, Option } from './filter.ts'
import {
  categoriesOf,
  organisationsIn,
  periodsAt,
  queryOf,
  linesWanted,
  lineSorts,
} from './filter.ts'
import type { ActivityReading } from './reading.ts'
import { nameOf } from './reading.ts'
import { rightOf, linesForPage } from './lines.ts'
import type { LineSubject, LinePlace, ReceivedCount, LineRow, WantedLines } from './rows.ts'
import { lineSubjects, linesOf, maxCounted, receivedIn } from './store.ts'
import { bodyNames } from '../../registry/index.ts'

/** How many lines a page has, and how many are printed at once. */
export const pageLines = 25
export const printedLines = 500

export type ActivityLines = {
  readonly about: readonly LineSubject[]
  readonly rows: readonly LineRow[]
  readonly days: Day[]
  readonly answer: ReceivedBy | undefined
  /** Where the next page begins. */
  readonly next: LinePlace | undefined
}

/** The chosen lines from a place on, by day; and, where the person chose a category, who received it. */
export async function readLines(
  reading: ActivityReading,
  filter: Filter,
  { after, limit }: { readonly after: LinePlace | undefined; readonly limit: number },
): Promise<ActivityLines> {
  const { db, personId, register } = reading
  const about = await lineSubjects(db, personId)
  const wanted = linesWanted(filter, about, register)
  const found = await linesOf(db, personId, wanted, { after, limit: limit + 1 })
  const rows = found.slice(0, limit)
  return {
    about,
    rows,
    days: daysOf(await linesForPage(reading, rows)),
    answer: after === undefined ? await answerOf(reading, filter, wanted) : undefined,
    next: found.length > limit ? rows.at(-1) : undefined,
  }
}

function daysOf(lines: readonly ActivityLine[]): Day[] {
  return [...Map.groupBy(lines, ({ at }) => dayOf(at)).values()].flatMap((of) =>
    of[0] === undefined ? [] : [{ at: of[0].at, lines: of }],
  )
}

/** « Qui a reçu mon adresse cette année, et de quel droit? » */
async function answerOf(
  reading: ActivityReading,
  filter: Filter,
  wanted: WantedLines,
): Promise<ReceivedBy | undefined> {
  const { db, personId, t } = reading
  if (filter.category === undefined) return undefined
  const received = await receivedIn(db, personId, wanted)
  const what = nameOf(reading, filter.category) ?? ''
  return {
    title: t('my-activity.answer.title', { what, period: periodText(filter.period, reading) }),
    recipients: recipientsIn(received, reading),
    isWhole: received.reduce((sum, { count }) => sum + count, 0) < maxCounted,
  }
}

// Two versions of one agreement count as one right.
function recipientsIn(received: readonly ReceivedCount[], reading: ActivityReading): Recipient[] {
  const { register, language, t } = reading
  const lines = received.map((row) => {
    const source = row.kind === 'unpermitted' ? ('receptions' as const) : ('decisions' as const)
    const consentId = row.legalBasisId === null ? null : ''
    return {
      name: bodyNames(register.asOf(row.lastAt), language)(row.recipient),
      right: rightOf({ ...row, source, consentId }, reading) ?? t('my-activity.right.none'),
      sent: row.kind === 'recorded' ? row.count : 0,
      unsure: row.kind === 'recorded' ? 0 : row.count,
      lastAt: row.lastAt,
    }
  })
  const groups = Map.groupBy(lines, ({ name, right }) => `${name}\n${right}`)
  return [...groups.values()].flatMap((group) => {
    const [latest] = group // they come the latest first
    const sum = (of: 'sent' | 'unsure') => group.reduce((total, line) => total + line[of], 0)
    return latest === undefined ? [] : [{ ...latest, sent: sum('sent'), unsure: sum('unsure') }]
  })
}

/** The parts of the page around its lines. */
export function frameOf(
  reading: ActivityReading,
  filter: Filter,
  { about, next }: Pick<ActivityLines, 'about' | 'next'>,
  after: LinePlace | undefined,
): Omit<ActivityPage, 'csrf' | 'answer' | 'days'> {
  const { language, now } = reading
  const base = `${language === 'en' ? '/en' : ''}/activite`
  const [thisYear = ''] = periodsAt(now).years
  const categories = categoriesOf(about, reading)
  const isWhole = queryOf(filter) === ''
  return {
    choices: choicesOf(reading, filter, categories, organisationsIn(about, reading)),
    chosen: chosenWords(reading, filter),
    questions:
      isWhole && after === undefined
        ? categories.map(({ value, label }) => ({
            label,
            href: `${base}${queryOf({ ...filter, category: value, period: thisYear })}`,
          }))
        : [],
    olderHref: next && `${base}${queryOf(filter, next)}`,
    newestHref: after && `${base}${queryOf(filter)}`,
    printHref: `${base}/impression${queryOf(filter)}`,
    fields: [...new URLSearchParams(queryOf(filter))],
  }
}

function choicesOf(
  reading: ActivityReading,
  filter: Filter,
  categories: readonly Option[],
  organisations: readonly Option[],
): FilterChoice[] {
  const { t, now } = reading
  const { years, months } = periodsAt(now)
  const named = (values: readonly string[]) =>
    values.map((value) => ({ value, label: periodName(value, reading) }))
  return [
    {
      name: 'quoi',
      label: t('my-activity.filter.what'),
      all: t('my-activity.filter.what-all'),
      groups: plain(lineSorts.map((value) => ({ value, label: t(`my-activity.what.${value}`) }))),
      chosen: filter.what,
    },
    {
      name: 'organisme',
      label: t('my-activity.filter.organisation'),
      all: t('my-activity.filter.organisation-all'),
      groups: plain(withChosen(organisations, filter.organisation, reading)),
      chosen: filter.organisation,
    },
    {
      name: 'renseignement',
      label: t('my-activity.filter.category'),
      all: t('my-activity.filter.category-all'),
      groups: plain(withChosen(categories, filter.category, reading)),
      chosen: filter.category,
    },
    {
      name: 'periode',
      label: t('my-activity.filter.period'),
      all: t('my-activity.filter.period-all'),
      groups: [
        {
          label: t('my-activity.filter.years'),
          options: named(withPeriod(years, filter.period, 4)),
        },
        {
          label: t('my-activity.filter.months'),
          options: named(withPeriod(months, filter.period, 7)),
        },
      ],
      chosen: filter.period,
    },
  ]
}

function plain(options: readonly Option[]): FilterChoice['groups'] {
  return [{ label: undefined, options }]
}

// An address may name a body or a category that her latest lines do not: the form must still show the choice.
function withChosen(
  options: readonly Option[],
  chosen: string | undefined,
  reading: ActivityReading,
): readonly Option[] {
  if (chosen === undefined || options.some(({ value }) => value === chosen)) return options
  return [...options, { value: chosen, label: nameOf(reading, chosen) ?? chosen }]
}

function withPeriod(offered: readonly string[], chosen = '', length: 4 | 7): readonly string[] {
  return chosen.length === length && !offered.includes(chosen) ? [...offered, chosen] : offered
}

/** `2026`, « novembre 2026 » */
function periodName(period: string, { words, language }: ActivityReading): string {
  if (period.length === 4) return period
  return words.month(language, new Date(`${period}-15T12:00:00Z`))
}

function periodText(period: string | undefined, reading: ActivityReading): string {
  if (period === undefined) return reading.t('my-activity.answer.always')
  return reading.t('my-activity.answer.period', { period: periodName(period, reading) })
}

function chosenWords(reading: ActivityReading, filter: Filter): string[] {
  const { t } = reading
  const { what, organisation = '', category = '', period } = filter
  return [
    what && t(`my-activity.what.${what}`),
    nameOf(reading, organisation),
    nameOf(reading, category),
    period && periodName(period, reading),
  ].filter((words) => words !== undefined)
}
