import { activityKinds } from '../../people/accounts/index.ts'
import type { ActivityHeld } from '../../people/accounts/index.ts'
import { csvTable, csvTime } from '../../base/web/csv.ts'
import { present } from '../../base/values/present.ts'
import { writeId } from '../../base/values/ids.ts'
import type { Language } from '../../base/values/languages.ts'
import type { Words } from '../../base/web/words.ts'
import { decisionOutcome } from '../../consent/disclosures/index.ts'
import { namesFor } from '../../consent/record/index.ts'
import type { Names } from '../../registry/index.ts'
import { stateNow, stateSince } from './answers.ts'
import type { NamedObject, ReadContext } from './names.ts'
import { categories, organisation } from './names.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { HeldContext } from './deeds.ts'
import { activityRows, consentRows, decisionRows } from './export.ts'
import type { ConsentHeld, DecisionHeld } from './rows.ts'

// Tables for a spreadsheet.

export const tables = ['partages', 'envois', 'activite'] as const
export type Table = (typeof tables)[number]

/** A table of data about a person, in parts, with headings and words in her language. */
export function exportCsv(
  context: HeldContext & { readonly foundation: Pick<Foundation, 'words'> },
  personId: string,
  table: Table,
  language: Language,
): AsyncGenerator<string> {
  const writing = { words: context.foundation.words, language }
  switch (table) {
    case 'partages':
      return tableOf(writing, consentColumns, consentRows(context, personId))
    case 'envois':
      return tableOf(writing, decisionColumns, decisionRows(context, personId))
    case 'activite':
      return tableOf(writing, activityColumns, activityRows(context, personId))
  }
}

type Writing = { readonly words: Words; readonly language: Language }
/** A column's cell for a row; its heading is `my-data.column.<name>`. */
type Columns<T> = Readonly<Record<string, (row: T, seen: ReadContext, writing: Writing) => string>>

const consentColumns: Columns<ConsentHeld> = {
  consent: ({ consentId }) => writeId('con', consentId),
  state: (row, seen, { words, language }) =>
    words.t(language, `my-data.state.${row.isUntrusted ? 'untrusted' : stateNow(row, seen)}`),
  'state-at': (row, seen) => csvTime(stateSince(row, seen)),
  recipient: (row, seen, writing) => nameOf(row.recipient, given(row, seen), writing),
  holder: (row, seen, writing) => nameOf(row.holder, given(row, seen), writing),
  purpose: (row, seen, writing) => purposeOf(row.purpose, seen, writing),
  what: (row, seen, writing) => labels(row, row.categories, given(row, seen), writing),
  declined: (row, seen, writing) => labels(row, row.declined, given(row, seen), writing),
  since: ({ validFrom }) => csvTime(validFrom),
  'last-day': ({ validUntilLocal }) => validUntilLocal,
  uses: ({ uses }) => String(uses),
  'last-use': ({ lastUseAt }) => csvTime(lastUseAt),
  text: ({ text }, { register }) => present(register.textByNo(text), 'the text of a consent').ref,
  agreement: ({ agreement }, { register }) =>
    present(register.agreementByNo(agreement), 'the agreement of a consent').ref,
  lookback: ({ lookbackFrom, lookbackTo }) => daysOf(lookbackFrom, lookbackTo),
}

const decisionColumns: Columns<DecisionHeld> = {
  decision: ({ decisionId }) => writeId('dec', decisionId),
  consent: ({ consentId }) => (consentId === null ? '' : writeId('con', consentId)),
  'asked-at': ({ evaluatedAt }) => csvTime(evaluatedAt),
  outcome: (row, { at }, { words, language }) =>
    words.t(language, `my-data.outcome.${decisionOutcome(row, at)}`),
  reason: ({ outcome, reasonCode }, _seen, { words, language }) =>
    outcome === 'deny' ? words.t(language, `my-sharing.reason.${reasonCode}`) : '',
  holder: (row, seen, writing) => nameOf(row.holder, decided(row, seen), writing),
  recipient: (row, seen, writing) => nameOf(row.recipient, decided(row, seen), writing),
  purpose: (row, seen, writing) => purposeOf(row.purpose, seen, writing),
  asked: (row, seen, writing) => labels(row, row.asked, decided(row, seen), writing),
  sent: (row, seen, writing) =>
    labels(row, row.categoriesActual ?? 0n, decided(row, seen), writing),
  'sent-at': ({ occurredAt, status }) => (status === 'nil' ? '' : csvTime(occurredAt)),
  'reported-at': ({ recordedAt }) => csvTime(recordedAt),
  times: ({ times }) => String(times),
  'last-asked-at': ({ lastAt }) => csvTime(lastAt),
  period: ({ periodFrom, periodTo }) => daysOf(periodFrom, periodTo),
}

const activityColumns: Columns<ActivityHeld> = {
  at: ({ at }) => csvTime(at),
  deed: ({ kind }, _seen, { words, language }) =>
    activityKinds.some((known) => known === kind)
      ? words.t(language, `my-activity.kind.${kind}`)
      : kind,
  result: ({ result }, _seen, { words, language }) => words.t(language, `my-data.result.${result}`),
  service: ({ serviceId }, { register }, { language }) =>
    register.anyService(serviceId ?? '')?.name[language] ?? serviceId ?? '',
  network: ({ network }) => network ?? '',
  device: ({ device }) => device ?? '',
  request: ({ requestId }) => requestId,
}

// An ISO 8601 interval of days, both included.
function daysOf(from: string | null, to: string | null): string {
  return from === null || to === null ? '' : `${from}/${to}`
}

function tableOf<T>(
  writing: Writing,
  columns: Columns<T>,
  rows: AsyncIterable<readonly [T, ReadContext]>,
): AsyncGenerator<string> {
  const { words, language } = writing
  const headings = Object.keys(columns).map((name) => words.t(language, `my-data.column.${name}`))
  return csvTable(headings, cellsOf(writing, columns, rows))
}

async function* cellsOf<T>(
  writing: Writing,
  columns: Columns<T>,
  rows: AsyncIterable<readonly [T, ReadContext]>,
): AsyncGenerator<string[]> {
  for await (const [row, seen] of rows)
    yield Object.values(columns).map((cell) => cell(row, seen, writing))
}

/** The register, and the names of the time that a row tells of. */
type Told = ReadContext & { readonly names: Names }

function given(row: ConsentHeld, seen: ReadContext): Told {
  return { ...seen, names: namesFor(row, seen.register, seen.at) }
}

function decided({ evaluatedAt }: DecisionHeld, seen: ReadContext): Told {
  return { ...seen, names: seen.register.asOf(evaluatedAt) }
}

function nameOf(root: number | null, { names }: Told, writing: Writing): string {
  return inLanguage(organisation(root, names), writing)
}

function purposeOf(no: number | null, { register }: ReadContext, { language }: Writing): string {
  return no === null
    ? ''
    : present(register.purposeByNo(no), 'the purpose of a row').label[language]
}

function labels(
  { dataset }: Pick<ConsentHeld, 'dataset'>,
  mask: bigint,
  { register, names }: Told,
  writing: Writing,
): string {
  const found = categories(dataset, mask, register, names)
  return found.map(({ name }) => name[writing.language]).join(', ')
}

function inLanguage(named: NamedObject, { language }: Writing): string {
  return named?.name[language] ?? ''
}
