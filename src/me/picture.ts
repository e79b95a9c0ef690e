import { agreementObstacle, limitReached, obstacle } from '../consent/index.ts'
import { writeId } from '../foundation/ids.ts'
import type { AnswerOf } from '../foundation/operation.ts'
import type { Agreement, Purpose } from '../registry/index.ts'
import { articleOf, legalBasis } from '../registry/index.ts'
import type { ByLaw } from '../reports/index.ts'
import type { Seen } from './answers.ts'
import { categories, named, organisation, stateNow, stateSince } from './answers.ts'
import type { ConsentHeld } from './rows.ts'
import type * as shapes from './answer-shapes.ts'

// Who may send what to whom about a person, by her consent and by law, and what no longer may, with why (DOMAIN 3.4). Of a
// consent an edge says what a decision would say at that instant; of a law, what the register allows then.

type Edge = AnswerOf<typeof shapes.edge>

/** A consent that lived once: of a refusal and of a record that another replaced nothing is drawn. */
export function consentEdge(consent: ConsentHeld, seen: Seen): Edge {
  const { register, at } = seen
  const reason = obstacle(consent, register, at) ?? limitReached(consent, at).obstacle ?? null
  const state = stateNow(consent, at)
  const isOpen = state === 'active' || state === 'suspended'
  return {
    by: 'consent',
    consent_id: writeId('con', consent.consentId),
    ...partiesOf(consent, seen),
    categories: categories(consent.dataset, consent.categories, register),
    agreement: register.agreementByNo(consent.agreement)?.ref ?? null,
    legal_basis: consent.legalBasisId,
    article: articleIn(consent.legalBasisId),
    may_send: reason === null,
    reason,
    until: consent.validUntil.toISOString(),
    ended_at: isOpen ? null : stateSince(consent, at).toISOString(),
    last_permitted_at: consent.lastUseAt?.toISOString() ?? null,
  }
}

/** What was permitted by law about her at least once; of each agreement and purpose the latest. */
export function lawEdges(rows: readonly ByLaw[], seen: Seen): Edge[] {
  const { register } = seen
  const latest = Map.groupBy(rows, ({ agreement, purpose, dataset }) => {
    const names = [register.agreementByNo(agreement), register.purposeByNo(purpose)]
    return `${names.map((item) => item?.id).join(' ')} ${register.datasetByNo(dataset)?.id}`
  })
  return [...latest.values()].flatMap(([row]) => (row === undefined ? [] : [lawEdge(row, seen)]))
}

function lawEdge(row: ByLaw, seen: Seen): Edge {
  const { register } = seen
  const given = register.agreementByNo(row.agreement)
  const purpose = register.purposeByNo(row.purpose)
  const agreement = given && register.agreement(given.id)
  const dataset = register.datasetByNo(row.dataset)
  const agreed = agreement?.datasets.find((item) => item.dataset === dataset?.ref)
  const reason = lawReason(agreement, purpose, agreed !== undefined, seen)
  return {
    by: 'law',
    consent_id: null,
    ...partiesOf(row, seen),
    categories: (agreed?.categories ?? []).map((id) => ({
      id,
      name: register.category(id)?.label ?? null,
    })),
    agreement: agreement?.ref ?? null,
    legal_basis: row.legalBasisId,
    article: articleIn(row.legalBasisId),
    may_send: reason === null,
    reason,
    until: null,
    ended_at: null,
    last_permitted_at: row.lastAt.toISOString(),
  }
}

function lawReason(
  agreement: Agreement | undefined,
  purpose: Purpose | undefined,
  isAgreed: boolean,
  { register, at }: Seen,
): string | null {
  if (agreement === undefined || purpose === undefined || !isAgreed) return 'AGREEMENT_NOT_IN_FORCE'
  if (register.purpose(purpose.id)?.status !== 'published') return 'PURPOSE_RETIRED'
  return agreementObstacle(agreement, purpose, register, at) ?? null
}

type About = Pick<ByLaw, 'holder' | 'recipient' | 'dataset' | 'purpose'>

function partiesOf({ holder, recipient, dataset, purpose }: About, { register }: Seen) {
  return {
    from: organisation(holder, register),
    to: organisation(recipient, register),
    dataset: named(register.datasetByNo(dataset)),
    purpose: named(register.purposeByNo(purpose)),
  }
}

function articleIn(basisId: string) {
  const basis = legalBasis(basisId)
  return basis === undefined ? null : articleOf(basis)
}
