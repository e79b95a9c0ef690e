import { csvLine } from '../../base/web/csv.ts'
import type { CountedMonth, MonthlyCount } from '../../consent/figures/index.ts'
import type { Register } from '../../registry/index.ts'
import type { ReadMonths } from './figures.ts'
import { liveAgreements, topicOf } from './figures.ts'
import type { Sums } from './sums.ts'
import { monthSums, publishedMonths, sumsOf } from './sums.ts'

// The numbers of the page as tables for a spreadsheet. The names of columns stay: programs rely on them.

const sumColumns = [
  'envois_permis',
  'envois_autorises',
  'envois_par_la_loi',
  'personnes_refus',
  'personnes_arret',
]

type Told = ReadMonths & {
  readonly register: Register
  readonly now: Date
}

/** The table of each file; a body without a month is a file with headings. */
export const files: Readonly<Record<string, (told: Told) => string>> = {
  'mois.csv': byMonth,
  'sujets.csv': byTopic,
  'ententes.csv': byAgreement,
}

function byMonth({ counted, together, now }: Told): string {
  const columns = [
    'mois',
    ...sumColumns,
    'demandes_repetees',
    'envois_montres_plus_tard',
    'heures_pour_confirmer_un_arret',
    'minutes',
    'minutes_disponibles',
  ]
  return table(
    columns,
    publishedMonths(counted, now)
      .map((month) => monthSums(month, together))
      .map((month) => [
        month.month.slice(0, 7),
        ...sumCells(month),
        month.askedAgain,
        month.later,
        textOf(month.hours),
        textOf(month.served?.minutes),
        textOf(month.served?.served),
      ]),
  )
}

function byTopic({ counted, register, now }: Told): string {
  const months = publishedMonths(counted, now)
  const counts = months.flatMap((month) => month.counts)
  const live = Map.groupBy(liveAgreements(register, now), ({ purposes }) =>
    topicOf(register, purposes),
  )
  const told = Map.groupBy(counts, ({ purpose }) => topicOf(register, [purpose]))
  const rows = [...live].map(([topic, of]) => [
    topic,
    String(of.length),
    ...cellsOf(months, told.get(topic)),
  ])
  return table(['sujet', 'ententes', ...sumColumns], rows)
}

function byAgreement({ counted, register, now }: Told): string {
  const months = publishedMonths(counted, now)
  const counts = months.flatMap((month) => month.counts)
  const told = Map.groupBy(counts, ({ agreement }) => agreement)
  const rows = liveAgreements(register, now).map(
    ({ id, holder, recipient, purposes, legalBasis }) => [
      id,
      holder,
      recipient,
      legalBasis,
      topicOf(register, purposes),
      ...cellsOf(months, told.get(id)),
    ],
  )
  const columns = ['entente', 'organisme_source', 'organisme_destinataire', 'base_legale', 'sujet']
  return table([...columns, ...sumColumns], rows)
}

// Before the first month nothing was counted, which is not few.
function cellsOf(months: readonly CountedMonth[], counts: readonly MonthlyCount[] = []): string[] {
  return months.length === 0 ? sumColumns.map(() => '') : sumCells(sumsOf(counts))
}

function sumCells({ permitted, byConsent, byLaw, refused, stopped }: Sums): string[] {
  return [permitted, byConsent, byLaw, refused, stopped]
}

function textOf(value: number | undefined): string {
  return value === undefined ? '' : String(value)
}

// RFC 4180, with a byte order mark, as every table of this house.
function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  return `\uFEFF${[columns, ...rows].map(csvLine).join('')}`
}
