import { categoriesIn } from '../../consent/record/index.ts'
import { csvTable, csvTime } from '../../base/web/csv.ts'
import type { Register } from '../../registry/index.ts'
import { articleOf, legalBasis } from '../../registry/index.ts'
import type { Filter } from './filter.ts'
import { linesWanted, needsSubjects } from './filter.ts'
import type { ActivityReading } from './activity-reading.ts'
import { linesForPage } from './lines.ts'
import { namesFor, outcomeOfLine, partiesOf, referenceOf } from './activity-reading.ts'
import type { ActivityLine } from './pages.ts'
import type { LineRow } from './rows.ts'
import { lineSubjects, linesOf } from './store.ts'

// The lines that the person chose, as a file: all of them, read page by page while the file is sent.

const linesAtOnce = 100
// A million lines: more than a person collects in her life.
const maxPages = 10_000

/** A table for a spreadsheet, its words in her language. */
export function activityCsv(reading: ActivityReading, filter: Filter): AsyncGenerator<string> {
  const headings = Object.keys(columns).map((name) => reading.t(`my-activity.column.${name}`))
  return csvTable(headings, cellsOf(reading, filter))
}

type Cell = (line: ActivityLine, row: LineRow, reading: ActivityReading) => string

const columns: Readonly<Record<string, Cell>> = {
  at: ({ at }) => csvTime(at),
  line: ({ title }) => title,
  service: ({ service }) => service ?? '',
  holder: (_line, row, { register, language }) =>
    partiesOf(row, register).holder?.name[language] ?? '',
  recipient: (_line, row, { register, language }) =>
    partiesOf(row, register).recipient?.name[language] ?? '',
  what: ({ what }) => what.join(', '),
  purpose: ({ purpose }) => purpose ?? '',
  right: ({ right }) => right ?? '',
  result: ({ result }) => result ?? '',
  notes: ({ notes }) => notes.join(' '),
  device: ({ device }) => device ?? '',
  'shown-from': (_line, { shownFrom }) => csvTime(shownFrom),
  reference: ({ reference }) => reference,
}

async function* cellsOf(reading: ActivityReading, filter: Filter): AsyncGenerator<string[]> {
  for await (const rows of pagesOf(reading, filter)) {
    const lines = await linesForPage(reading, rows)
    for (const [i, row] of rows.entries()) {
      const line = lines[i]
      if (line === undefined) throw new Error('a row without its line')
      yield Object.values(columns).map((cell) => cell(line, row, reading))
    }
  }
}

/** The lines for a program: names and codes, no sentences. */
export async function* activityJson(
  reading: ActivityReading,
  filter: Filter,
): AsyncGenerator<string> {
  const head = { exported_at: reading.now.toISOString(), filter }
  yield `${JSON.stringify(head).slice(0, -1)},\n"lines":[`
  let separator = '\n'
  for await (const rows of pagesOf(reading, filter))
    for (const row of rows) {
      yield separator + JSON.stringify(jsonOf(row, reading))
      separator = ',\n'
    }
  yield ']}\n'
}

function jsonOf(row: LineRow, { register, now }: ActivityReading) {
  const { holder, recipient } = partiesOf(row, register)
  const basis = legalBasis(row.legalBasisId ?? '')
  return {
    at: row.at.toISOString(),
    about: row.source,
    kind: row.kind,
    reference: referenceOf(row),
    service: row.serviceId,
    holder: bodyOf(holder),
    recipient: bodyOf(recipient),
    ...namesIn(row, register),
    legal_basis: row.legalBasisId,
    article: basis === undefined ? null : articleOf(basis),
    result: outcomeOfLine(row, now) ?? null,
    reason_code: row.reason,
    times: row.times,
    last_at: instant(row.lastAt),
    sent_at: row.source === 'decisions' ? instant(row.otherAt) : null,
    shown_from: instant(row.shownFrom),
    network: row.network,
    device: row.device,
  }
}

function bodyOf(organisation: ReturnType<Register['organisation']>) {
  return organisation === undefined ? null : { id: organisation.id, name: organisation.name }
}

function namesIn(row: LineRow, register: Register) {
  const dataset = register.datasetByNo(row.dataset ?? 0)
  const categories = dataset === undefined ? [] : categoriesIn(dataset, row.categories)
  const names = namesFor(row, register)
  return {
    dataset: dataset?.ref ?? null,
    categories: categories.map((id) => ({ id, name: names.category(id)?.label ?? null })),
    purpose: register.purposeByNo(row.purpose ?? 0)?.ref ?? null,
    agreement: register.agreementByNo(row.agreement ?? 0)?.ref ?? null,
  }
}

function instant(at: Date | null): string | null {
  return at?.toISOString() ?? null
}

async function* pagesOf(reading: ActivityReading, filter: Filter): AsyncGenerator<LineRow[]> {
  const { db, personId } = reading
  const about = needsSubjects(filter) ? await lineSubjects(db, personId) : []
  const wanted = linesWanted(filter, about, reading)
  let after: LineRow | undefined
  for (let page = 0; page < maxPages; page++) {
    const rows = await linesOf(db, personId, wanted, { after, limit: linesAtOnce })
    if (rows.length > 0) yield rows
    if (rows.length < linesAtOnce) return
    after = rows.at(-1)
  }
  throw new Error('an activity without end')
}
