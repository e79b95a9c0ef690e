import { agreementObstacle, limitReached, namesFor, obstacle } from '../../consent/record/index.ts'
import type { AnswersGiven, LawfulSharing } from '../../consent/decisions/index.ts'
import { lawfulNow } from '../../consent/decisions/index.ts'
import { present } from '../../base/values/present.ts'
import { writeId } from '../../base/values/ids.ts'
import type { AnswerOf } from '../../base/web/operation.ts'
import type { Agreement, Names, Purpose } from '../../registry/index.ts'
import { articleOf, legalBasis } from '../../registry/index.ts'
import type { StillFlows } from '../../consent/standing/index.ts'
import type { PermittedByLaw } from '../../consent/disclosures/index.ts'
import { stateNow, stateSince } from './answers.ts'
import type { ReadContext } from './names.ts'
import { categories, categoriesNamed, namedObject, organisation } from './names.ts'
import type { ConsentHeld } from './rows.ts'
import type * as shapes from './answer-shapes.ts'

// The picture of sharings about a person, by consent and by law, with those that have ended and the reason. The edge of a consent says
// what a decision would say at that instant; so does the edge of a law.

type Edge = AnswerOf<typeof shapes.edge>

/** The edge of a consent that lives or has lived. */
export function consentEdge(
  consent: ConsentHeld,
  { isUntrusted }: StillFlows,
  seen: ReadContext,
): Edge {
  const { register, at } = seen
  const found = obstacle(consent, register, at) ?? limitReached(consent, at).obstacle ?? null
  const reason = found ?? (isUntrusted ? 'RECORD_UNTRUSTED' : null)
  const state = stateNow(consent, seen)
  const names = namesFor(consent, register, at)
  const isOpen = state === 'active' || state === 'suspended'
  return {
    by: 'consent',
    consent_id: writeId('con', consent.consentId),
    ...partiesOf(consent, seen, names),
    categories: categories(consent.dataset, consent.categories, register, names),
    agreement: present(register.agreementByNo(consent.agreement), 'the agreement of a consent').ref,
    legal_basis: consent.legalBasisId,
    article: articleIn(consent.legalBasisId),
    may_send: reason === null,
    reason,
    until: consent.validUntil.toISOString(),
    ended_at: isOpen ? null : stateSince(consent, seen).toISOString(),
    last_permitted_at: consent.lastUseAt?.toISOString() ?? null,
  }
}

/** Whether a consent is drawn: refusals and replaced records are not. */
export function isDrawn({ state }: ConsentHeld): boolean {
  return state !== 'refused' && state !== 'superseded'
}

/**
 * One edge for each agreement, purpose and dataset by which the law allows a sharing now or has permitted one before. A sharing whose
 * uses may be shown later has an edge only once a use may be seen.
 * @param answers all consents of the person
 */
export function lawEdges(
  rows: readonly PermittedByLaw[],
  answers: AnswersGiven,
  still: StillFlows,
  seen: ReadContext,
): Edge[] {
  const { register, at } = seen
  const lawful = lawfulNow(register, answers, at)
  const used = Map.groupBy(rows, ({ agreement, purpose, dataset }) =>
    nameOf(
      present(register.agreementByNo(agreement), 'the agreement of a permit'),
      present(register.purposeByNo(purpose), 'the purpose of a permit'),
      present(register.datasetByNo(dataset), 'the dataset of a permit'),
    ),
  )
  const unused = lawful.filter(
    ({ agreement, purpose, dataset, isShownLater }) =>
      !isShownLater && !used.has(nameOf(agreement, purpose, dataset)),
  )
  return [
    ...[...used.values()].map(([row]) =>
      lawEdge(present(row, 'the first of a group'), lawful, still, seen),
    ),
    ...unused.map((item) => unusedEdge(item, still, seen)),
  ]
}

type WithId = { readonly id: string }

// The same name for all versions.
function nameOf(agreement: WithId, purpose: WithId, dataset: WithId): string {
  return `${agreement.id} ${purpose.id} ${dataset.id}`
}

function unusedEdge(item: LawfulSharing, still: StillFlows, seen: ReadContext): Edge {
  const { agreement, purpose, dataset, holder, recipient } = item
  const parties = { holder, recipient, dataset: dataset.no, purpose: purpose.no }
  const reason = waitOfLaw(item, still)
  return {
    ...byLaw(agreement),
    ...partiesOf(parties, seen),
    categories: categoriesNamed(item.categories, seen.register),
    legal_basis: agreement.legalBasis,
    article: articleIn(agreement.legalBasis),
    may_send: reason === null,
    reason,
    last_permitted_at: null,
  }
}

function lawEdge(
  row: PermittedByLaw,
  lawful: readonly LawfulSharing[],
  still: StillFlows,
  seen: ReadContext,
): Edge {
  const { register } = seen
  const { id } = present(register.agreementByNo(row.agreement), 'the agreement of a permit')
  const agreement = present(register.agreement(id), 'the agreement of a permit')
  const purpose = present(register.purposeByNo(row.purpose), 'the purpose of a permit')
  const dataset = present(register.datasetByNo(row.dataset), 'the dataset of a permit')
  const agreed = agreement.datasets.find((item) => item.dataset === dataset.ref)
  const allowing = lawful.find(
    (item) =>
      nameOf(item.agreement, item.purpose, item.dataset) === nameOf(agreement, purpose, dataset),
  )
  const names = register.namesAgreed(agreement)
  const reason =
    allowing === undefined
      ? (lawReason(agreement, purpose, agreed !== undefined, seen) ?? asked(still))
      : waitOfLaw(allowing, still)
  return {
    ...byLaw(agreement),
    ...partiesOf(row, seen, names),
    categories: categoriesNamed(agreed?.categories ?? [], names),
    legal_basis: row.legalBasisId,
    article: articleIn(row.legalBasisId),
    may_send: reason === null,
    reason,
    last_permitted_at: row.lastAt.toISOString(),
  }
}

// The law allows the sharing about others, but this person was asked for it, unless an answer of hers is not as she gave it: then the law
// permits nothing about her.
function asked({ isWhole }: StillFlows): string {
  return isWhole ? 'NO_CONSENT' : 'RECORD_UNTRUSTED'
}

// What the law allows may be sent unless its limit is reached, or nothing is permitted to anybody.
function waitOfLaw(
  { agreement, purpose }: LawfulSharing,
  { flows, isUntrusted }: StillFlows,
): string | null {
  if (isUntrusted) return 'RECORD_UNTRUSTED'
  const isLimited = flows.some(({ waits }) =>
    waits.some(
      ({ way, because }) =>
        because === 'limit' &&
        way.by === 'law' &&
        way.agreement.id === agreement.id &&
        way.purpose.id === purpose.id,
    ),
  )
  return isLimited ? 'FREQUENCY_EXCEEDED' : null
}

function byLaw(agreement: Agreement) {
  return {
    by: 'law' as const,
    consent_id: null,
    agreement: agreement.ref,
    until: null,
    ended_at: null,
  }
}

function lawReason(
  agreement: Agreement,
  purpose: Purpose,
  isAgreed: boolean,
  { register, at }: ReadContext,
): string | null {
  if (!isAgreed) return 'AGREEMENT_NOT_IN_FORCE'
  if (register.purpose(purpose.id)?.status !== 'published') return 'PURPOSE_RETIRED'
  return agreementObstacle(agreement, purpose, register, at) ?? null
}

type PermittedSharing = Pick<PermittedByLaw, 'holder' | 'recipient' | 'dataset' | 'purpose'>

function partiesOf(
  { holder, recipient, dataset, purpose }: PermittedSharing,
  { register }: ReadContext,
  names: Names = register,
) {
  return {
    from: organisation(holder, names),
    to: organisation(recipient, names),
    dataset: namedObject(register.datasetByNo(dataset)),
    purpose: namedObject(register.purposeByNo(purpose)),
  }
}

function articleIn(basisId: string) {
  const basis = legalBasis(basisId)
  return basis === undefined ? null : articleOf(basis)
}
