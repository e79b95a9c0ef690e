import { categoriesIn, consentsOf } from '../../consent/record/index.ts'
import { otherReceivers, readStandingFacts, whatStillFlows } from '../../consent/standing/index.ts'
import { dayOf } from '../../base/values/calendar.ts'
import { capital, joinNames } from '../../base/web/lists.ts'
import { bodyNames, categoryLabels, legalBasis } from '../../registry/index.ts'
import type { ThreadState } from '../../base/web/thread.ts'
import type { Filter } from './filter.ts'
import { noFilter, isAllOfATime, linesWanted, queryOf } from './filter.ts'
import { rightOf } from './lines.ts'
import type { RecipientTable, ReceivedBody, ReceivedLine } from './pages.ts'
import type { ActivityReading } from './activity-reading.ts'
import { baseOf, nameOf, periodName } from './activity-reading.ts'
import type { LineSubject, ReceivedCount } from './rows.ts'
import { maxCounted, recipientsOf } from './store.ts'

/** A person reads no more bodies, and no more rows of one; what she looks for is found by its name. On paper there is nothing to look for. */
const maxRows = 40
const maxPrintedRows = 500

/** « Qui a reçu quoi », this year if she chose no time; undefined where she looks for something else. */
export function recipientTable(
  reading: ActivityReading,
  filter: Filter,
  about: readonly LineSubject[],
): Promise<RecipientTable | undefined> {
  const isAsked = isAllOfATime(filter) || filter.category !== undefined
  return isAsked
    ? receivedFor(reading, filter, { about, most: maxRows })
    : Promise.resolve(undefined)
}

/** The same for a statement of one year: all rows of that year. */
export function receivedInYear(reading: ActivityReading, year: string): Promise<RecipientTable> {
  const filter = { ...noFilter, period: year }
  return receivedFor(reading, filter, { about: [], most: maxPrintedRows })
}

async function receivedFor(
  reading: ActivityReading,
  filter: Filter,
  { about, most }: { readonly about: readonly LineSubject[]; readonly most: number },
): Promise<RecipientTable> {
  const { db, personId, t } = reading
  const period = periodOf(filter, reading)
  const asked = { ...filter, what: undefined, words: undefined, period }
  const found = await recipientsOf(db, personId, linesWanted(asked, about, reading))
  const bodies = bodiesOf(found, asked, reading)
  const isAll = bodies.length <= most && bodies.every(({ rows }) => rows.length <= most)
  const what = filter.category === undefined ? undefined : nameOf(reading, filter.category)
  const time =
    period === undefined
      ? t('my-activity.received.always')
      : t('my-activity.received.in', { period: periodName(period, reading) })
  return {
    title:
      what === undefined
        ? t('my-activity.received.title', { time })
        : t('my-activity.received.of', { what, time }),
    lead: leadOf(found, time, reading),
    others: isOfNow(asked, reading) ? await othersNow(found, reading) : undefined,
    period: capital(time),
    bodies: bodies.slice(0, most).map((body) => ({ ...body, rows: body.rows.slice(0, most) })),
    isWhole: isAll && found.reduce((sum, { count }) => sum + count, 0) < maxCounted,
  }
}

// Who may receive something is so today: it is said of this year, and of all of it.
function isOfNow({ category, organisation, period }: Filter, { now }: ActivityReading): boolean {
  return category === undefined && organisation === undefined && period === dayOf(now).slice(0, 4)
}

/** Of bodies that may receive something, those of which no sending is recorded here. */
async function othersNow(
  found: readonly ReceivedCount[],
  { db, vault: { seals, heads }, personId, register, language, now, t }: ActivityReading,
): Promise<string | undefined> {
  const answers = await consentsOf(db, seals, personId)
  const facts = await readStandingFacts(db, seals, { personId, answers, register, heads })
  const received = new Set(found.map(({ recipient }) => recipient))
  const flows = whatStillFlows(facts, register, now)
  const names = otherReceivers(flows, received, register, language)
  if (names.length === 0) return undefined
  return t('my-activity.received.others', { bodies: joinNames(names, language) })
}

/** The time that the table is about. */
export function periodOf(filter: Filter, { now }: ActivityReading): string | undefined {
  return filter.period ?? (isAllOfATime(filter) ? dayOf(now).slice(0, 4) : undefined)
}

function leadOf(
  found: readonly ReceivedCount[],
  time: string,
  { register, language, t }: ActivityReading,
): string {
  const sent = found.filter(({ kind }) => kind === 'recorded')
  const name = bodyNames(register, language)
  return t('my-activity.received.lead', {
    time: capital(time),
    bodies: new Set(sent.map(({ recipient }) => name(recipient))).size,
    count: sent.reduce((sum, { count }) => sum + count, 0),
  })
}

/** Who received something, the latest first, each with what it was. */
function bodiesOf(
  found: readonly ReceivedCount[],
  filter: Filter,
  reading: ActivityReading,
): ReceivedBody[] {
  const byBody = [...Map.groupBy(found, ({ recipient }) => recipient).values()]
  return byBody.flatMap((counts) => {
    const rows = rowsOf(counts, filter, reading)
    const [latest] = rows
    if (latest === undefined) return []
    const times = timesOf(
      {
        sent: sumOf(counts.filter(({ kind }) => kind === 'recorded')),
        unsure: sumOf(counts.filter(({ kind }) => kind !== 'recorded')),
      },
      reading,
    )
    const last = lastOf({ count: sumOf(counts), at: latest.lastAt }, filter, reading)
    return [{ name: latest.recipient, summary: capital([...times, last].join(' · ')), rows }]
  })
}

function sumOf(counts: readonly ReceivedCount[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0)
}

/** « dernier le 30 novembre »: the heading says the year. */
function lastOf(
  { count, at }: { readonly count: number; readonly at: Date },
  { period }: Filter,
  { words, language, t }: ActivityReading,
): string {
  const date = period === undefined ? words.date(language, at) : words.dayOfYear(language, at)
  return t('my-activity.received.last-on', { count, date })
}

/** « 3 envois », « 1 envoi pas confirmé »: what there is of both. */
function timesOf(
  counts: { readonly sent: number; readonly unsure: number },
  { t }: ActivityReading,
): string[] {
  return (['sent', 'unsure'] as const)
    .filter((of) => counts[of] > 0)
    .map((of) => t(`my-activity.received.${of}`, { count: counts[of] }))
}

// Two versions of one dataset, of one body or of one agreement are one row.
function rowsOf(
  found: readonly ReceivedCount[],
  filter: Filter,
  reading: ActivityReading,
): ReceivedLine[] {
  const lines = found.flatMap((count) => linesOf(count, filter, reading))
  const groups = Map.groupBy(lines, ({ what, recipient, right }) =>
    JSON.stringify([what, recipient, right]),
  )
  return [...groups.values()].flatMap((group) => {
    const [latest] = group // they come the latest first
    const sum = (of: 'sent' | 'unsure') => group.reduce((total, line) => total + line[of], 0)
    if (latest === undefined) return []
    const [sent, unsure] = [sum('sent'), sum('unsure')]
    const last = lastOf({ count: sent + unsure, at: latest.lastAt }, filter, reading)
    const times = capital([...timesOf({ sent, unsure }, reading), last].join(', '))
    return [{ ...latest, sent, unsure, times }]
  })
}

function linesOf(
  row: ReceivedCount,
  filter: Filter,
  reading: ActivityReading,
): Omit<ReceivedLine, 'times'>[] {
  const { register, language, t } = reading
  const dataset = register.datasetByNo(row.dataset)
  const source = row.kind === 'unpermitted' ? ('receptions' as const) : ('decisions' as const)
  const consentId = row.legalBasisId === null ? null : ''
  const names = register.asOf(row.lastAt)
  const isSent = row.kind === 'recorded'
  const line = {
    recipient: bodyNames(names, language)(row.recipient),
    right: rightOf({ ...row, source, consentId }, reading) ?? t('my-activity.right.none'),
    thread: threadOf(row),
    sent: isSent ? row.count : 0,
    unsure: isSent ? 0 : row.count,
    lastAt: row.lastAt,
  }
  const base = `${baseOf(language)}/activite`
  const ids = dataset === undefined ? [] : categoriesIn(dataset, row.categories)
  return ids
    .filter((id) => filter.category === undefined || id === filter.category)
    .map((id) => ({
      ...line,
      what: capital(categoryLabels(names, language)(id)),
      href: `${base}${queryOf({ ...filter, category: id })}`,
    }))
}

/** By what right it was sent. What was received without a permit had none. */
function threadOf({ kind, legalBasisId }: ReceivedCount): ThreadState {
  if (kind === 'unpermitted') return 'refused'
  return legalBasis(legalBasisId ?? '')?.requiresConsent === false ? 'law' : 'choice'
}
