import type { Database } from '../../base/database/database.ts'
import { shortNumber } from '../../base/values/ids.ts'
import type { OrderRead, StandingRead } from '../../people/accounts/index.ts'
import { ordersIn, standingsIn } from '../../people/accounts/index.ts'
import { categoriesIn } from '../../consent/record/index.ts'
import type { Disputes } from '../../consent/disputes/index.ts'
import { disputesOf } from '../../consent/disputes/index.ts'
import { articleOf, categoryLabels, legalBasis } from '../../registry/index.ts'
import type { DeclaredCase, FollowUp, InquiryListed } from '../../consent/disclosures/index.ts'
import { caseDeclared, followUps, inquiriesOf } from '../../consent/disclosures/index.ts'
import { actsOf, isOfStanding, notesOf } from './line-notes.ts'
import type { ActivityLine, LineKind } from './pages.ts'
import type { LineOutcome, ActivityReading } from './activity-reading.ts'
import {
  outcomeOfLine,
  baseOf,
  namesFor,
  partiesSaid,
  outcomeOf,
  pathOfLine,
  referenceOf,
  yearOf,
} from './activity-reading.ts'
import type { LineRow } from './rows.ts'
import { smallWordsOf, deedOf, groupOf, iconOf, isUnusual, shortOf } from './short-line.ts'
import type { Language } from '../../base/values/languages.ts'
import { deviceParts } from '../../base/web/device.ts'
import { listHeading } from '../../base/web/lists.ts'
import type { DeskDeedTold } from '../../people/searches/index.ts'
import { deskDeedsIn, isDeskLine } from '../../people/searches/index.ts'

type Followed = {
  readonly reports: ReadonlyMap<string, FollowUp>
  readonly disputes: Disputes
  readonly declared: ReadonlyMap<string, DeclaredCase>
  readonly inquired: ReadonlyMap<string, InquiryListed>
  readonly orders: ReadonlyMap<string, OrderRead>
  readonly standings: ReadonlyMap<string, StandingRead>
  readonly desks: ReadonlyMap<string, DeskDeedTold>
}

/** Rows in the form that the page shows. */
export async function linesForPage(
  reading: ActivityReading,
  rows: readonly LineRow[],
): Promise<ActivityLine[]> {
  const followed = await followedOf(reading, rows)
  return rows.map((row) => lineOf(reading, row, followed))
}

async function followedOf(
  { db, vault, personId, now }: ActivityReading,
  rows: readonly LineRow[],
): Promise<Followed> {
  const decisions = rows.filter(({ source }) => source === 'decisions')
  const ids = decisions.map(({ id }) => id)
  const disputes = await disputesOf(db, personId, ids)
  const declared = rows.filter(({ source }) => source === 'declarations')
  const declarationIds = declared.map(({ id }) => id)
  const cases = await caseDeclared(db, vault, { personId, declarationIds })
  const inquired = await inquiredOf(db, personId, rows)
  const reasons = rows.flatMap(({ kind, reason }) =>
    kind === 'access.ordered' ? (reason ?? []) : [],
  )
  const orders = await ordersIn(db, vault, personId, reasons)
  const moves = rows.flatMap(({ kind, reason }) => (isOfStanding(kind) ? (reason ?? []) : []))
  const standings = await standingsIn(db, vault, personId, moves)
  const deeds = rows.flatMap(({ kind, reason }) => (isDeskLine(kind) ? (reason ?? []) : []))
  const desks = await deskDeedsIn(db, vault, personId, deeds)
  const beside = { disputes, declared: cases, inquired, orders, standings, desks }
  if (decisions.length === 0) return { reports: new Map(), ...beside }
  return {
    reports: await followUps(
      db,
      decisions.map(({ id, at, kind }) => ({
        decisionId: id,
        evaluatedAt: at,
        ...outcomeOf(kind),
      })),
      now,
    ),
    ...beside,
  }
}

async function inquiredOf(db: Database, personId: string, rows: readonly LineRow[]) {
  const ids = rows.flatMap(({ source, id }) => (source === 'inquiries' ? [id] : []))
  const found = await inquiriesOf(db, personId, ids)
  return new Map(found.map((one) => [one.inquiryId, one]))
}

function lineOf(reading: ActivityReading, row: LineRow, followed: Followed): ActivityLine {
  const { language, register, t, now } = reading
  const became = outcomeOfLine(row, now)
  const title = titleOf(reading, row, became)
  const reference = referenceOf(row)
  const what = whatOf(row, reading)
  const subject = subjectOf(what, row, language)
  const [service, device] = [serviceIn(row, reading), deviceIn(row, reading)]
  const kind = lookOf(row, became)
  const group = groupOf(row, became, kind === 'sign-in')
  const isAsked = followed.disputes.byDecision.has(row.id)
  const told = { became, followed: followed.reports.get(row.id), isAsked }
  const shown = { title, subject, by: service ?? device }
  return {
    kind,
    group,
    icon: iconOf(group),
    at: row.at,
    href: `${baseOf(language)}${pathOfLine(row)}`,
    title,
    short: shortOf(reading, row, became, shown),
    aside: smallWordsOf(reading, row, told, shown),
    isUnusual: isUnusual(row, told, now),
    service,
    what,
    subject,
    purpose: register.purposeByNo(row.purpose ?? 0)?.label[language],
    right: rightOf(row, reading),
    result: became && resultOf(reading, row, became),
    device,
    notes: notesOf(reading, row, {
      became,
      followed: told.followed,
      declared: followed.declared.get(row.id),
      inquired: followed.inquired.get(row.id),
      ordered: followed.orders.get(row.reason ?? ''),
      standing: followed.standings.get(row.reason ?? ''),
      desk: followed.desks.get(row.reason ?? ''),
    }),
    reference,
    number: shortNumber(reference),
    acts: actsOf(reading, row, followed.disputes).map(({ href, text }) => ({
      href: `${baseOf(language)}${href}`,
      text,
      name: t('my-activity.act.of', { act: text, line: title }),
    })),
  }
}

// « Revenu net et situation familiale, 2025 »
function subjectOf(what: readonly string[], row: LineRow, language: Language): string | undefined {
  const year = yearOf(row)
  const labels = listHeading(what, language)
  if (what.length === 0) return undefined
  return year === undefined ? labels : `${labels}, ${year}`
}

/** « Chrome sur Linux » */
function deviceIn({ device }: LineRow, { t }: ActivityReading): string | undefined {
  const { browser, system } = deviceParts(device ?? '')
  if (browser === '') return undefined
  return system === '' ? browser : t('base.device', { browser, system })
}

/** The service, and the body that offers it, unless both have one name. */
function serviceIn(
  { serviceId }: LineRow,
  { register, language }: ActivityReading,
): string | undefined {
  const service = register.anyService(serviceId ?? '')
  const names = service && [service.name[language], service.organisationName[language]]
  return names && [...new Set(names)].join(', ')
}

/** The kinds of lines that stand together, a day's in one. */
export const signInKinds = ['access.signed-in', 'service.signed-in', 'service.signed-in-on-device']

function lookOf({ source, kind }: LineRow, became: LineOutcome): LineKind {
  if (became === 'declared' || became === 'inquired') return 'unpermitted'
  if (became === 'excused') return 'nothing-sent'
  if (became !== undefined) return became
  if (source !== 'access') return 'consent'
  return signInKinds.includes(kind) ? 'sign-in' : 'access'
}

function titleOf(reading: ActivityReading, row: LineRow, became: LineOutcome): string {
  const { t, register, language } = reading
  if (row.kind === 'session.told') {
    const service = register.anyService(row.serviceId ?? '')?.name[language]
    return t('my-activity.line.session-told', { service: service ?? t('my-activity.line.unknown') })
  }
  if (row.source === 'access') return t(`my-activity.kind.${row.kind}`)
  return t(`my-activity.line.${became ?? deedOf(row)}`, partiesSaid(row, reading))
}

function whatOf(row: LineRow, { register, language }: ActivityReading): string[] {
  const found = register.datasetByNo(row.dataset ?? 0)
  const ids = found === undefined ? [] : categoriesIn(found, row.categories)
  return ids.map(categoryLabels(namesFor(row, register), language))
}

/** The right to disclose: the person's own yes, or the Act and its section; undefined where there was none. */
export function rightOf(
  {
    source,
    kind,
    consentId,
    legalBasisId,
  }: Pick<LineRow, 'source' | 'kind' | 'consentId' | 'legalBasisId'>,
  { t, language }: Pick<ActivityReading, 't' | 'language'>,
): string | undefined {
  const basis = legalBasis(legalBasisId ?? '')
  // A declaration names a law; whether it gave a right, nobody has judged.
  if (source === 'notices' || source === 'declarations' || source === 'inquiries') return undefined
  if (basis?.requiresConsent === false) return articleOf(basis)[language]
  const isPermit = source === 'decisions' && kind !== 'refused' && consentId !== null
  return isPermit ? t('my-activity.right.consent') : undefined
}

function resultOf(
  { t }: ActivityReading,
  { reason, shownFrom }: LineRow,
  became: Exclude<LineOutcome, undefined>,
): string {
  const result = t(`my-activity.result.${became}`)
  const why = reason === null ? '' : ` ${t(`my-sharing.reason.${reason}`)}`
  const later = shownFrom === null ? '' : ` ${t('my-activity.result.later')}`
  return `${result}${why}${later}`
}
