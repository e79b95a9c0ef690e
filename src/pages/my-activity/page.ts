import { dayOf } from '../../base/values/calendar.ts'
import { capital } from '../../base/web/lists.ts'
import { daysOf } from './days.ts'
import type { ActivityPage, Day, FilterChoice, RecipientTable, StatementPage } from './pages.ts'
import type { Filter, Option } from './filter.ts'
import {
  noFilter,
  isAllOfATime,
  linesWanted,
  lineSorts,
  needsSubjects,
  periodsAt,
  queryOf,
} from './filter.ts'
import type { ActivityReading } from './activity-reading.ts'
import { nameOf, periodName } from './activity-reading.ts'
import { periodOf, recipientTable, receivedInYear } from './recipients.ts'
import { linesForPage } from './lines.ts'
import type { LinePlace, LineRow } from './rows.ts'
import { lineSubjects, linesOf } from './store.ts'

/** How many lines a page has, and how many are printed at once. */
export const pageLines = 35
export const printedLines = 500

export type ActivityLines = {
  readonly rows: readonly LineRow[]
  readonly days: Day[]
  readonly received: RecipientTable | undefined
  /** Where the next page begins, and of which month its first line is. */
  readonly next: { readonly place: LinePlace; readonly month: string } | undefined
}

type Stretch = {
  readonly after: LinePlace | undefined
  readonly limit: number
  /** Whether the page ends with the month in which it begins. */
  readonly byMonth: boolean
}

/** The chosen lines from a place on, by day; and who received what. */
export async function readLines(
  reading: ActivityReading,
  filter: Filter,
  { after, limit, byMonth }: Stretch,
): Promise<ActivityLines> {
  const { db, personId } = reading
  const about = needsSubjects(filter) ? await lineSubjects(db, personId) : []
  const wanted = linesWanted(filter, about, reading)
  const found = await linesOf(db, personId, wanted, { after, limit: limit + 1 })
  const [first] = found
  const rows = found
    .slice(0, limit)
    .filter(({ at }) => !byMonth || first === undefined || monthOf(at) === monthOf(first.at))
  const [last, next] = [rows.at(-1), found[rows.length]]
  return {
    rows,
    days: daysOf(await linesForPage(reading, rows)),
    received: after === undefined ? await recipientTable(reading, filter, about) : undefined,
    next:
      next === undefined || last === undefined
        ? undefined
        : { place: last, month: monthOf(next.at) },
  }
}

function monthOf(at: Date): string {
  return dayOf(at).slice(0, 'yyyy-mm'.length)
}

/** The parts of the page around its lines. */
export function frameOf(
  reading: ActivityReading,
  filter: Filter,
  { rows, next }: Pick<ActivityLines, 'rows' | 'next'>,
  after: LinePlace | undefined,
): Omit<ActivityPage, 'csrf' | 'received' | 'days'> {
  const base = `${reading.language === 'en' ? '/en' : ''}/activite`
  const [first] = rows
  const month = isAllOfATime(filter) && first !== undefined ? monthOf(first.at) : undefined
  return {
    choices: choicesOf(reading, filter),
    words: filter.words ?? '',
    chosen: chosenWords(reading, filter),
    years: isAllOfATime(filter) && after === undefined ? otherYears(reading, filter, base) : [],
    statement: statementOf(reading, filter, base),
    month: month && capital(periodName(month, reading)),
    older: next && {
      href: `${base}${queryOf(filter, next.place)}`,
      month:
        month === undefined || month === next.month ? undefined : periodName(next.month, reading),
    },
    newestHref: after && `${base}${queryOf(filter)}`,
    printHref: `${base}/impression${queryOf(filter)}`,
    fields: [...new URLSearchParams(queryOf(filter))],
  }
}

function statementOf(reading: ActivityReading, filter: Filter, base: string) {
  const year = isAllOfATime(filter) ? periodOf(filter, reading) : undefined
  return year?.length === 4 ? { href: statementHref(base, year), year } : undefined
}

function statementHref(base: string, year: string): string {
  return `${base}/releve?annee=${year}`
}

/** « Qui a reçu quoi » of one year, with nothing else around it. */
export async function statementPage(
  reading: ActivityReading,
  year: string,
): Promise<StatementPage> {
  const { now, language, t } = reading
  const base = `${language === 'en' ? '/en' : ''}/activite`
  const { years } = periodsAt(now)
  return {
    year,
    received: { ...(await receivedInYear(reading, year)), title: t('my-activity.statement.table') },
    isOver: year < (years[0] ?? ''),
    at: now,
    backHref: `${base}${queryOf({ ...noFilter, period: year })}`,
    years: years
      .filter((other) => other !== year)
      .map((other) => ({ value: statementHref(base, other), label: other })),
  }
}

function otherYears(reading: ActivityReading, filter: Filter, base: string): Option[] {
  const shown = periodOf(filter, reading)
  return periodsAt(reading.now)
    .years.filter((year) => year !== shown)
    .map((year) => ({ value: `${base}${queryOf({ ...filter, period: year })}`, label: year }))
}

function choicesOf(reading: ActivityReading, filter: Filter): FilterChoice[] {
  const { t, now } = reading
  const { years, months } = periodsAt(now)
  const named = (values: readonly string[]) =>
    values.map((value) => ({ value, label: periodName(value, reading) }))
  const sorts = lineSorts.map((value) => ({ value, label: t(`my-activity.what.${value}`) }))
  return [
    {
      name: 'quoi',
      label: t('my-activity.filter.what'),
      all: t('my-activity.filter.what-all'),
      groups: [{ label: undefined, options: sorts }],
      chosen: filter.what,
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

// An address may name a time that is not on offer: the form must still show the choice.
function withPeriod(offered: readonly string[], chosen = '', length: 4 | 7): readonly string[] {
  return chosen.length === length && !offered.includes(chosen) ? [...offered, chosen] : offered
}

function chosenWords(reading: ActivityReading, filter: Filter): string[] {
  const { t } = reading
  const { what, organisation = '', category = '', period, words } = filter
  return [
    words,
    what && t(`my-activity.what.${what}`),
    nameOf(reading, organisation),
    nameOf(reading, category),
    period && periodName(period, reading),
  ].filter((words_) => words_ !== undefined)
}
