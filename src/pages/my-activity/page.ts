import { accountOf } from '../../people/accounts/index.ts'
import { dayBefore, dayOf } from '../../base/values/calendar.ts'
import { capital, joinNames } from '../../base/web/lists.ts'
import type { OpenDays } from './days.ts'
import { daysOf } from './days.ts'
import type {
  ActivityPage,
  Day,
  FilterChoice,
  RecipientTable,
  StatementPage,
  Unusual,
} from './pages.ts'
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
import { baseOf, nameOf, periodName } from './activity-reading.ts'
import { periodOf, recipientTable, receivedInYear } from './recipients.ts'
import { linesForPage } from './lines.ts'
import type { LinePlace, LineRow, WantedLines } from './rows.ts'
import { unusualBefore, unusualOf } from './unusual.ts'
import { lineSubjects, linesOf } from './store.ts'

/** How many lines a page has, of how many months, and how many are printed at once. */
export const pageLines = 60
const pageMonths = 2
export const printedLines = 500

export type ActivityLines = {
  readonly rows: readonly LineRow[]
  readonly days: Day[]
  readonly received: RecipientTable | undefined
  readonly unusual: Unusual | undefined
  /** Where the next page begins, and of which month its first line is. */
  readonly next: { readonly place: LineRow; readonly month: string } | undefined
}

type Stretch = {
  readonly after: LinePlace | undefined
  readonly limit: number
  readonly open: OpenDays
}

/** The chosen lines from a place on, by day; who received what; and what is unusual of late. */
export async function readLines(
  reading: ActivityReading,
  filter: Filter,
  stretch: Stretch,
): Promise<ActivityLines> {
  const { db, personId } = reading
  const about = needsSubjects(filter) ? await lineSubjects(db, personId) : []
  const { rows, next } = await rowsOf(reading, linesWanted(filter, about, reading), stretch)
  const isFirst = stretch.after === undefined
  const isNow = isFirst && stretch.open === 'newest' && filter.period === undefined
  const before = isNow && next !== undefined ? await unusualBefore(reading, next.place) : []
  const lines = await linesForPage(reading, [...rows, ...before])
  return {
    rows,
    days: daysOf(lines.slice(0, rows.length), reading, stretch.open),
    received: isFirst ? await recipientTable(reading, filter, about) : undefined,
    unusual: isNow ? unusualOf(lines) : undefined,
    next,
  }
}

async function rowsOf(
  { db, personId }: ActivityReading,
  wanted: WantedLines,
  { after, limit, open }: Stretch,
) {
  const found = await linesOf(db, personId, wanted, { after, limit: limit + 1 })
  const [first] = found
  // A page of all lines ends with the month before the one in which it begins.
  const oldest =
    open === 'newest' && first !== undefined ? earlierMonth(first.at, pageMonths - 1) : ''
  const rows = found.slice(0, limit).filter(({ at }) => monthOf(at) >= oldest)
  const [last, next] = [rows.at(-1), found[rows.length]]
  if (next === undefined || last === undefined) return { rows, next: undefined }
  return { rows, next: { place: last, month: monthOf(next.at) } }
}

function monthOf(at: Date): string {
  return dayOf(at).slice(0, 'yyyy-mm'.length)
}

function earlierMonth(at: Date, months: number): string {
  return dayBefore(`${monthOf(at)}-01`, `P${months}M`).slice(0, 'yyyy-mm'.length)
}

/** The parts of the page around its lines. */
export async function frameOf(
  reading: ActivityReading,
  filter: Filter,
  { rows, next }: Pick<ActivityLines, 'rows' | 'next'>,
  after: LinePlace | undefined,
): Promise<Omit<ActivityPage, 'csrf' | 'received' | 'days' | 'unusual'>> {
  const { db, personId } = reading
  const base = `${baseOf(reading.language)}/activite`
  const since = (await accountOf(db, personId))?.openedAt
  const shown = isAllOfATime(filter) ? [...new Set(rows.map(({ at }) => monthOf(at)))] : []
  return {
    choices: choicesOf(reading, filter, since),
    words: filter.words ?? '',
    chosen: chosenWords(reading, filter),
    years:
      isAllOfATime(filter) && after === undefined ? otherYears(reading, filter, base, since) : [],
    statement: statementOf(reading, filter, base),
    months: monthNames(shown.toReversed(), reading),
    older: next && {
      href: `${base}${queryOf(filter, next.place)}`,
      month:
        shown.length === 0 || shown.includes(next.month)
          ? undefined
          : periodName(next.month, reading),
    },
    newestHref: after && `${base}${queryOf(filter)}`,
    printHref: `${base}/impression${queryOf(filter)}`,
    fields: [...new URLSearchParams(queryOf(filter))],
  }
}

// « Novembre et décembre 2026 »: of two months of one year, the year is said once.
function monthNames(months: readonly string[], reading: ActivityReading): string | undefined {
  const isOneYear = new Set(months.map((month) => month.slice(0, 4))).size === 1
  const names = months.map((month, n) => {
    const name = periodName(month, reading)
    return isOneYear && n < months.length - 1 ? name.replace(/ \d{4}$/, '') : name
  })
  return names.length === 0 ? undefined : capital(joinNames(names, reading.language))
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
  const { db, personId, now, language, t } = reading
  const base = `${baseOf(language)}/activite`
  const { years } = periodsAt(now, (await accountOf(db, personId))?.openedAt)
  return {
    year,
    received: { ...(await receivedInYear(reading, year)), title: t('my-activity.statement.table') },
    isOver: year < dayOf(now).slice(0, 'yyyy'.length),
    at: now,
    backHref: `${base}${queryOf({ ...noFilter, period: year })}`,
    years: years
      .filter((other) => other !== year)
      .map((other) => ({ value: statementHref(base, other), label: other })),
  }
}

function otherYears(
  reading: ActivityReading,
  filter: Filter,
  base: string,
  since: Date | undefined,
): Option[] {
  const shown = periodOf(filter, reading)
  return periodsAt(reading.now, since)
    .years.filter((year) => year !== shown)
    .map((year) => ({ value: `${base}${queryOf({ ...filter, period: year })}`, label: year }))
}

function choicesOf(
  reading: ActivityReading,
  filter: Filter,
  since: Date | undefined,
): FilterChoice[] {
  const { t, now } = reading
  const { years, months } = periodsAt(now, since)
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

/** The choices that narrow the lines, in words. */
export function chosenWords(reading: ActivityReading, filter: Filter): string[] {
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
