import { createHash } from 'node:crypto'
import { dayAfter, endOfDay } from '../../base/values/calendar.ts'
import type { Database } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import type { Session } from '../../base/database/db-session.ts'
import { readingSession } from '../../base/database/db-session.ts'
import { newUuid } from '../../base/values/ids.ts'
import type { Bilingual } from '../../base/values/languages.ts'
import type { Log } from '../../base/logging/log.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import type { CountedMonth, MonthlyCount } from '../../consent/figures/index.ts'
import { countTogether, monthlyCounts, recountMonth } from '../../consent/figures/index.ts'
import { appendPublic } from '../../ledger/chain/index.ts'
import { checkpointsOfDays } from '../../ledger/transparency-log/index.ts'
import type { Register } from '../../registry/index.ts'
import { medianHours, tablesOf } from './count.ts'
import type { OpenDataset } from './datasets.ts'
import { datasetOf, datasets } from './datasets.ts'
import { csvFile, fileFormats, fileName, jsonFile, rowsIn } from './files.ts'
import type { CountedTable, FileRow } from './protect.ts'
import { correctedRows, mostCorrectionsOf, protectedRows } from './protect.ts'
import type { NewFile } from './store.ts'
import { fileDocument, insertFiles, latestFiles, lockFiles } from './store.ts'

// The job that publishes a month, and the operator's correction of one. A file and its entry in the public log are written in one
// transaction; what is written never changes.

/** A month is published so many days after its end: by then its reports are in. */
const daysAfter = 10
/** Months that one run publishes at most: an installation that begins has a year of counts. */
const mostMonths = 13
/** A hundred years. */
const mostCounted = 1200

export type PublicationInput = {
  readonly db: Database
  readonly seals: RowSeals
  readonly issuer: string
  readonly register: Pick<Register, 'agreements'>
  readonly log: Log
}

/**
 * Publishes each counted month that is due and has no files, the oldest first.
 * @param session with long time limits: it reads a month of everybody
 * @returns how many files were published
 */
export async function publishMonths(
  parts: PublicationInput,
  session: Session,
  now: Date,
): Promise<number> {
  const { db, seals, log } = parts
  const known = await latestFiles(readingSession(db))
  const counted = await monthlyCounts(db, seals, mostMonths)
  let published = 0
  for (const { month, isGenuine, counts, served } of counted.toReversed()) {
    const missing = datasets.filter(({ id }) => !known.has(`${id} ${month}`))
    if (missing.length === 0 || !isDue(month, now)) continue
    if (!isGenuine) {
      log.error({ job: 'open-data.publish', outcome: month }, 'a month is not as it was counted')
      continue
    }
    const rows = await exactRows(parts, session, { month, counts, served })
    const files = missing.flatMap((dataset) =>
      filesOf(parts.issuer, dataset, { month, rows: rows(dataset), now }),
    )
    published += await writeFiles(db, files)
  }
  return published
}

/** Whether a month, by its first day, may be published. */
export function isDue(month: string, now: Date): boolean {
  const lastDay = dayAfter(dayAfter(month, 'P1M'), `P${daysAfter - 1}D`)
  return endOfDay(lastDay) <= now
}

/**
 * Publishes a month of a dataset again, as the rows of today tell it, beside the file that it corrects.
 * @returns the path of the new file @throws OperatorError where there is nothing to correct
 */
export async function correctMonth(
  parts: Omit<PublicationInput, 'log'>,
  session: Session,
  asked: { readonly dataset: string; readonly month: string; readonly reason: Bilingual },
  now: Date,
): Promise<string> {
  const dataset = datasetOf(asked.dataset)
  if (dataset === undefined) throw new OperatorError(`There is no dataset ${asked.dataset}.`)
  const month = `${asked.month}-01`
  const latest = (await latestFiles(readingSession(parts.db))).get(`${dataset.id} ${month}`)
  if (latest === undefined)
    throw new OperatorError(
      `${dataset.id} of ${asked.month} was not published: nothing is corrected.`,
    )
  if (latest >= mostCorrectionsOf(dataset))
    throw new OperatorError(
      `${dataset.id} of ${asked.month} was corrected ${latest} times: no more.`,
    )
  const of = { dataset: dataset.id, month, correction: latest, format: 'json' } as const
  const earlier = rowsIn(
    dataset,
    (await fileDocument(readingSession(parts.db), of))?.document ?? '',
  )
  const counted = await monthlyCounts(parts.db, parts.seals, mostCounted)
  const first = counted.find((one) => one.month === month)
  if (first?.isGenuine !== true)
    throw new OperatorError(`${asked.month} is not as it was counted: nothing is corrected.`)
  const counts = await recountMonth(session, month)
  const exact = await exactRows(parts, session, { month, counts, served: first.served })
  const rows = exact(dataset, { earlier, counts: first.counts })
  if (JSON.stringify(rows) === JSON.stringify(earlier))
    throw new OperatorError(
      `${dataset.id} of ${asked.month} stays as it is: a correction would change no figure that may be published.`,
    )
  const corrects = { name: fileName(asked.month, latest, 'json'), reason: asked.reason }
  const made = { month, rows, now, correction: latest + 1, corrects }
  await writeFiles(parts.db, filesOf(parts.issuer, dataset, made))
  return `${parts.issuer}/register/open-data/${dataset.id}/${fileName(asked.month, latest + 1, 'csv')}`
}

/** What a correction stands beside: the rows that were published, and what was counted when the month was over. */
type Before = { readonly earlier: readonly FileRow[]; readonly counts: readonly MonthlyCount[] }
type RowsOf = (dataset: OpenDataset, before?: Before) => readonly FileRow[]

async function exactRows(
  { register, issuer }: Pick<PublicationInput, 'register' | 'issuer'>,
  session: Session,
  { month, counts, served }: Pick<CountedMonth, 'month' | 'counts' | 'served'>,
): Promise<RowsOf> {
  const now = tablesByDataset(register, month, counts)
  const hours = await medianHours(counts, (groups) => countTogether(session, month, groups))
  const checkpoints = await checkpointsOfDays(session, issuer, month, dayAfter(month, 'P1M'))
  const name = month.slice(0, 7)
  return (dataset, before) => {
    const table = now[dataset.id]
    if (table !== undefined) {
      if (before === undefined) return protectedRows(dataset, name, table)
      const first = tablesByDataset(register, month, before.counts)[dataset.id] ?? []
      return correctedRows(dataset, before.earlier, { first, now: table })
    }
    if (dataset.id === 'confirmations-arret')
      return hours === undefined ? [] : [[name, String(hours)]]
    if (dataset.id === 'disponibilite')
      return served === undefined ? [] : [[name, String(served.minutes), String(served.served)]]
    return checkpoints.map(({ day, origin, size, root, signedAt, names }) => [
      name,
      day,
      origin,
      String(size),
      root.toString('base64'),
      signedAt.toISOString(),
      names.join(' '),
    ])
  }
}

function tablesByDataset(
  register: Pick<Register, 'agreements'>,
  month: string,
  counts: readonly MonthlyCount[],
): Readonly<Record<string, CountedTable | undefined>> {
  const tables = tablesOf(register, month, counts)
  return {
    'communications-mensuelles': tables.communications,
    'consentements-mensuels': tables.consents,
    'decisions-refusees': tables.refusals,
    'consultations-differees': tables.later,
    'verifications-sans-demande': tables.inquiries,
  }
}

type Made = {
  readonly month: string
  readonly rows: readonly FileRow[]
  readonly now: Date
  readonly correction?: number
  readonly corrects?: { readonly name: string; readonly reason: Bilingual }
}

function filesOf(
  issuer: string,
  dataset: OpenDataset,
  { month, rows, now, correction = 0, corrects }: Made,
): NewFile[] {
  const head = {
    issuer,
    dataset,
    month: month.slice(0, 7),
    publishedAt: now,
    ...(corrects && { corrects }),
  }
  return fileFormats.map((format) => {
    const document = format === 'csv' ? csvFile(head, rows) : jsonFile(head, rows)
    return {
      dataset: dataset.id,
      month,
      correction,
      format,
      document,
      sha256: createHash('sha256').update(document).digest(),
      leafId: newUuid(now),
      publishedAt: now,
      reason: corrects?.reason ?? null,
    }
  })
}

/** Two processes publish a month once: what the other has written meanwhile is left out. */
async function writeFiles(db: Database, files: readonly NewFile[]): Promise<number> {
  return transact(db, async (tx) => {
    const known = await lockFiles(tx)
    const fresh = files.filter(
      ({ dataset, month, correction }) => (known.get(`${dataset} ${month}`) ?? -1) < correction,
    )
    if (fresh.length === 0) return 0
    await insertFiles(tx, fresh)
    await appendPublic(
      tx,
      fresh.map(({ leafId: id, sha256 }) => ({ id, sha256 })),
    )
    return fresh.length
  })
}
