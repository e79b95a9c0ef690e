import { languagePrefixes } from '../../base/values/languages.ts'
import { consentsOf } from '../../consent/record/index.ts'
import type { AnswersGiven, LawfulSharing } from '../../consent/decisions/index.ts'
import { lawfulNow } from '../../consent/decisions/index.ts'
import { present } from '../../base/values/present.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Agreement, Names, Purpose, Register } from '../../registry/index.ts'
import {
  contactsOf,
  articleOf,
  bodyNames,
  categoryLabels,
  lawToRead,
  legalBasis,
} from '../../registry/index.ts'
import { listHeading } from '../../base/web/lists.ts'
import type { PermittedByLaw } from '../../consent/disclosures/index.ts'
import { decisionsOf, permittedByLaw } from '../../consent/disclosures/index.ts'
import { eventOf, aftermathOf, shownEvents } from './aftermath.ts'
import type { LawPage, LawSharing } from './pages.ts'
import { brakeOnLaw, isLawSuspended } from './sharing-holds.ts'
import type { RowInput, SharingInput } from './sharing-input.ts'

/** An agreement and a purpose, with the versions under which disclosures were permitted; empty where none ever was. */
type Group = {
  readonly agreement: Agreement
  readonly purpose: Purpose
  readonly rows: readonly PermittedByLaw[]
  /** What the law allows now under this agreement, for this purpose. */
  readonly now: readonly LawfulSharing[]
}

/** A sharing by law with what it is between, bodies by their roots. */
export type LawFlow = Pick<Group, 'agreement' | 'purpose'> & {
  readonly sharing: LawSharing
  readonly holder: number
  readonly recipient: number
  /** Of `sharing.what`, in its order. */
  readonly categories: readonly string[]
}

/** What the law permitted, for « Mes partages », the latest first; then what it allows now and never permitted about her. */
export function lawFlows(
  reading: RowInput,
  answers: AnswersGiven,
  permitted: readonly PermittedByLaw[],
): LawFlow[] {
  return groupsOf(reading, answers, permitted).map((group) => {
    const { agreement, purpose } = group
    const { holder, recipient } = partiesOf(group)
    const categories = categoriesOf(group, reading.register)
    const sharing = lawSharing(group, reading)
    return { agreement, purpose, holder, recipient, categories, sharing }
  })
}

/** @throws Refusal sharing.not-found where the law allows nothing now, and nothing about this person was ever permitted */
export async function lawPage(
  reading: SharingInput,
  ids: { readonly agreement: string; readonly purpose: string },
  before: Date | undefined,
): Promise<LawPage> {
  const { db, seals, personId } = reading
  const answers = await consentsOf(db, seals, personId)
  const groups = groupsOf(reading, answers, await permittedByLaw(db, personId))
  const group = groups.find(
    ({ agreement, purpose }) => agreement.id === ids.agreement && purpose.id === ids.purpose,
  )
  if (group === undefined) throw new Refusal('sharing.not-found', 404)
  const sharing = lawSharing(group, reading)
  const agreements = group.rows.map(({ agreement }) => agreement)
  const purposes = group.rows.map(({ purpose }) => purpose)
  const found = await decisionsOf(db, personId, {
    consentId: undefined,
    byLaw: { agreements, purposes },
    before,
    limit: shownEvents + 1,
  })
  const shown = found.slice(0, shownEvents)
  const followed = await aftermathOf(reading, shown)
  const oldest = shown.at(-1)?.evaluatedAt.toISOString()
  const { recipient, holder } = partiesOf(group)
  const bodies = [recipient, holder].map((root) => reading.register.organisationByRoot(root))
  return {
    contacts: contactsOf(bodies, reading.language),
    sharing,
    isWhole: answers.isWhole,
    events: shown.map((decision) => eventOf(decision, reading, followed)),
    olderHref: found.length > shown.length ? `${sharing.href}?avant=${oldest}` : undefined,
  }
}

// The register keeps every version: an unknown version was never permitted. What a law may show later is not announced.
function groupsOf(
  { register, now }: RowInput,
  answers: AnswersGiven,
  rows: readonly PermittedByLaw[],
): Group[] {
  const lawful = lawfulNow(register, answers, now)
  const used = Map.groupBy(rows, (row) =>
    keyOf(register.agreementByNo(row.agreement), register.purposeByNo(row.purpose)),
  )
  const allowed = Map.groupBy(lawful, ({ agreement, purpose }) => keyOf(agreement, purpose))
  return [
    ...[...used].flatMap(([key, of]) => {
      const [latest] = of
      const agreement = register.agreementByNo(latest?.agreement ?? 0)
      const purpose = register.purposeByNo(latest?.purpose ?? 0)
      return agreement === undefined || purpose === undefined
        ? []
        : [{ agreement, purpose, rows: of, now: allowed.get(key) ?? [] }]
    }),
    ...[...allowed].flatMap(([key, of]) => {
      const [first] = of.filter(({ isShownLater }) => !isShownLater)
      if (first === undefined || used.has(key)) return []
      return [{ agreement: first.agreement, purpose: first.purpose, rows: [], now: of }]
    }),
  ]
}

type WithId = { readonly id: string } | undefined

function keyOf(agreement: WithId, purpose: WithId): string {
  return `${agreement?.id} ${purpose?.id}`
}

function lawSharing(group: Group, reading: RowInput): LawSharing {
  const { agreement, purpose, rows, now } = group
  const { register, language } = reading
  const [latest] = rows
  const parties = partiesOf({ rows, now })
  const basis = legalBasis(agreement.legalBasis)
  const brake = brakeOnLaw(agreement, purpose, reading)
  const isSuspended = now.length === 0 && isLawSuspended(agreement, purpose, reading)
  const names = namesIn({ rows, now }, register)
  const labels = categoriesOf(group, register).map(categoryLabels(names, language))
  return {
    title: listHeading(labels, language),
    recipient: bodyNames(names, language)(parties.recipient),
    holder: bodyNames(names, language)(parties.holder),
    purpose: purpose.label[language],
    statement: purpose.plainStatement[language],
    what: labels,
    article: basis === undefined ? agreement.legalBasis : articleOf(basis)[language],
    why: basis?.plainExplanation[language] ?? '',
    law: lawToRead(agreement, language),
    agreement: agreement.ref,
    isInForce: now.length > 0,
    isSuspended,
    brake,
    isShownLater:
      brake === undefined && !isSuspended
        ? now.some(({ isShownLater }) => isShownLater)
        : agreement.shownAfterDays > 0,
    lastAt: latest?.lastAt,
    lastSentAt: rows.map(({ lastSentAt }) => lastSentAt ?? undefined).reduce(later, undefined),
    href: `${languagePrefixes[language]}/mes-partages/loi/${agreement.id}/${purpose.id}`,
  }
}

function categoriesOf({ agreement, rows, now }: Group, register: Register): readonly string[] {
  const [latest] = rows
  const dataset = latest && register.datasetByNo(latest.dataset)
  const agreed = agreement.datasets.find((item) => item.dataset === dataset?.ref)
  const named =
    latest === undefined ? now.flatMap(({ categories }) => categories) : agreed?.categories
  return [...new Set(named)]
}

function partiesOf({ rows, now }: Pick<Group, 'rows' | 'now'>) {
  return present([...rows, ...now][0], 'what makes a group')
}

function later(one: Date | undefined, other: Date | undefined): Date | undefined {
  return one === undefined || (other !== undefined && other > one) ? other : one
}

// A sharing that the law no longer allows is shown with the names of its last decision.
function namesIn({ rows: [latest], now }: Pick<Group, 'rows' | 'now'>, register: Register): Names {
  return latest === undefined || now.length > 0 ? register : register.asOf(latest.lastAt)
}
