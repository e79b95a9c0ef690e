import { hash } from 'node:crypto'
import { dayAfter, dayBefore, dayOf, endOfDay, startOfDay } from '../../base/values/calendar.ts'
import { sumOfFigures, withheldFigure } from '../../base/values/disclosure-control.ts'
import type { Bilingual } from '../../base/values/languages.ts'
import type { Names, PublishedVersion, Register } from '../../registry/index.ts'
import {
  articleOf,
  fileOf,
  idOf,
  leafDocument,
  legalBasis,
  publishedRegister,
} from '../../registry/index.ts'

// What the law wants from each body, made of the register and of the figures that are published: the register of section 67.3 of the
// Access Act, and the report of section 12.17 of the Act respecting the governance and management of information resources
// (G-1.03). Each line names the version of the agreement and its hash, which is an entry of the public log.

/** The bases whose communications section 67.3 wants in the register. */
const registered = /^(?:law_67|collective_67_1|mandate_67_2|research_67_2_1|agreement_68_)/

/** Rows of `communications-mensuelles` by their month, as they are published. */
export type PublishedMonths = ReadonlyMap<string, readonly Readonly<Record<string, string>>[]>

/** One communication that the law allows a body to make. */
export type CommunicationLine = {
  readonly agreement: string
  readonly version: number
  readonly sha256: string
  readonly status: string
  readonly recipient: { readonly id: string; readonly name: Bilingual }
  readonly categories: readonly Bilingual[]
  readonly dataset: readonly Bilingual[]
  readonly purpose: Bilingual
  readonly purposeId: string
  readonly isOutsideQuebec: boolean
  readonly basis: string
  readonly reason: Bilingual
  readonly article: Bilingual
  readonly from: string
  readonly until: string | undefined
  readonly method: string | undefined
  readonly periodicity: string | undefined
  readonly measures: Bilingual | undefined
  /** The sum of what is published of these months. */
  readonly communications: string
}

/** The lines of section 67.3 of a body; undefined: the register has no such body. @param today of Québec */
export function register673(
  register: Register,
  body: string,
  published: PublishedMonths,
  today: string,
): readonly CommunicationLine[] | undefined {
  if (register.organisation(body) === undefined) return undefined
  return linesOf(register, body, { before: dayAfter(today, 'P1D'), published }).filter(
    ({ basis }) => registered.test(basis),
  )
}

/** The columns of the file, in the order of the contract. */
export const columns673 = [
  'organisme',
  'nature_ou_type',
  'destinataire',
  'fin',
  'hors_quebec_70_1',
  'raison',
  'article',
  'entente',
  'en_vigueur_depuis',
  'jusqua',
  'communications_12_mois',
  'version',
  'empreinte_sha256',
] as const

export function cells673(body: string, line: CommunicationLine): string[] {
  return [
    body,
    line.categories.map(({ fr }) => fr).join(' ; '),
    line.recipient.name.fr,
    line.purpose.fr,
    line.isOutsideQuebec ? 'oui' : 'non',
    line.reason.fr,
    line.article.fr,
    line.agreement,
    line.from,
    line.until ?? '',
    line.communications,
    String(line.version),
    line.sha256,
  ]
}

/** A fiscal year of Québec: from the first of April. */
export type FiscalYear = { readonly name: string; readonly from: string; readonly until: string }

/** `2026-2027`; undefined: it is none. */
export function fiscalYear(name: string): FiscalYear | undefined {
  const [, from, until] = /^(20\d\d)-(20\d\d)$/.exec(name) ?? []
  if (from === undefined || Number(until) !== Number(from) + 1) return undefined
  return { name, from: `${from}-04-01`, until: `${until}-03-31` }
}

/** The fiscal year that a day is in. */
export function yearAt(day: string): string {
  const year = Number(day.slice(0, 4)) - (day.slice(5) < '04-01' ? 1 : 0)
  return `${year}-${year + 1}`
}

export type AnnualReport = {
  readonly body: { readonly id: string; readonly name: Bilingual }
  readonly year: FiscalYear
  /** The register and the figures as they were on this day. */
  readonly asOf: string
  readonly isOver: boolean
  /** Forty-five days after the end of the year. */
  readonly dueOn: string
  readonly lines: readonly CommunicationLine[]
}

/** The report of section 12.17 of a body, of a year that has begun; undefined: there is none. @param today of Québec */
export function report1217(
  register: Register,
  body: string,
  { year, published, today }: { year: FiscalYear; published: PublishedMonths; today: string },
): AnnualReport | undefined {
  if (register.organisation(body) === undefined || year.from > today) return undefined
  const isOver = year.until < today
  const asOf = isOver ? year.until : today
  const organisation = register.asOf(endOfDay(asOf)).organisation(body)
  const during = { from: year.from, before: dayAfter(asOf, 'P1D'), published }
  return {
    body: { id: body, name: organisation?.name ?? { fr: body, en: body } },
    year,
    asOf,
    isOver,
    dueOn: dayAfter(year.until, 'P45D'),
    lines: linesOf(register, body, during),
  }
}

/** The months of a year that may have figures, and the last twelve. */
export function monthsOf({ from }: FiscalYear): string[] {
  return Array.from({ length: 12 }, (_, at) => dayAfter(from, `P${at}M`))
}
export function lastTwelve(today: string): string[] {
  const first = `${today.slice(0, 7)}-01`
  return Array.from({ length: 12 }, (_, at) => dayBefore(first, `P${at + 1}M`))
}

type During = {
  /** The first day of the time that is told; absent: all time. */
  readonly from?: string
  /** Versions from this day on are not looked at. */
  readonly before: string
  readonly published: PublishedMonths
}

function linesOf(
  register: Register,
  body: string,
  { from, before, published }: During,
): CommunicationLine[] {
  // As they were called then: a report of a year that is over stays the same.
  const names = register.asOf(startOfDay(before))
  const objects = publishedRegister(register).objects('agreement')
  return objects.flatMap(({ versions }) => {
    const version = versions.findLast(({ appliedAt }) => dayOf(appliedAt) < before)
    if (version === undefined) return []
    const file = fileOf('agreement', version)
    const { until } = file.duration
    const begins = file.in_force_from ?? file.duration.from
    const isThen = begins < before && (from === undefined || until === undefined || until >= from)
    if (file.holder_org_id !== body || file.status === 'filed' || !isThen) return []
    return file.purposes.map((ref) => lineOf({ register, names, published }, version, ref))
  })
}

type Telling = {
  readonly register: Register
  readonly names: Names
  readonly published: PublishedMonths
}

function lineOf(
  { register, names, published }: Telling,
  version: PublishedVersion,
  purposeRef: string,
): CommunicationLine {
  const file = fileOf('agreement', version)
  const purpose = register.purpose(purposeRef)
  const basis = legalBasis(file.legal_basis_id)
  const rows = [...published.values()].flat()
  const mine = rows.filter(
    (row) => row['entente'] === version.id && row['fin'] === idOf(purposeRef),
  )
  return {
    agreement: version.id,
    version: version.version,
    sha256: hash('sha256', leafDocument(version)),
    status: file.status,
    recipient: {
      id: file.recipient_org_id,
      name: names.organisation(file.recipient_org_id)?.name ?? unknown(file.recipient_org_id),
    },
    categories: [...new Set(file.datasets.flatMap(({ categories }) => categories))].map(
      (id) => names.category(id)?.label ?? unknown(id),
    ),
    dataset: file.datasets.map(({ dataset_id: id }) => register.dataset(id)?.label ?? unknown(id)),
    purpose: purpose?.label ?? unknown(purposeRef),
    purposeId: idOf(purposeRef),
    isOutsideQuebec: purpose?.isOutsideQuebec === true || file.outside_quebec !== undefined,
    basis: file.legal_basis_id,
    reason: basis?.label ?? unknown(file.legal_basis_id),
    article: basis === undefined ? unknown('') : articleOf(basis),
    from: file.in_force_from ?? file.duration.from,
    until: file.duration.until,
    method: file.transmission_method,
    periodicity: file.periodicity,
    measures: file.security_measures_summary,
    communications:
      rows.length === 0
        ? withheldFigure // no month is published yet
        : sumOfFigures(mine.map((row) => row['communications'] ?? '')),
  }
}

function unknown(id: string): Bilingual {
  return { fr: id, en: id }
}

/** The report as a document of its own: exact words of the register, figures that anybody may know. */
export function annualDocument(issuer: string, report: AnnualReport): object {
  const { body, year, asOf, isOver, dueOn, lines } = report
  return {
    loi: 'LGGRI (G-1.03), article 12.17',
    organisme: { id: body.id, nom: body.name },
    exercice: year.name,
    du: year.from,
    au: asOf,
    exercice_termine: isOver,
    a_remettre_au_plus_tard: dueOn,
    communications: lines.map((line) => ({
      entente: line.agreement,
      version: line.version,
      document: `${issuer}/register/objects/agreement/${line.agreement}@${line.version}.json`,
      empreinte_sha256: line.sha256,
      renseignements: line.categories,
      provenance: line.dataset,
      organisme_destinataire: { id: line.recipient.id, nom: line.recipient.name },
      fin: { id: line.purposeId, libelle: line.purpose },
      base_legale: line.basis,
      article: line.article,
      modalites: { transmission: line.method ?? null, periodicite: line.periodicity ?? null },
      mesures: line.measures ?? null,
      communications_arrondies: line.communications === withheldFigure ? null : line.communications,
    })),
  }
}
