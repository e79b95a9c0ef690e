import { categoriesIn, limitReached, obstacle } from '../consent/index.ts'
import type { ConsentState } from '../consent/index.ts'
import { later } from '../foundation/clock.ts'
import type { Transaction } from '../foundation/database.ts'
import { newUuid, writeId } from '../foundation/ids.ts'
import type { NewEvent, OpenHead, Vault } from '../ledger/index.ts'
import { commitmentAt, makeDrafts, openBook } from '../ledger/index.ts'
import type { Agreement, Register } from '../registry/index.ts'
import type { About, Permit } from './evaluate.ts'
import type { Permitted } from './decide.ts'
import type { DenyReason } from './reasons.ts'
import type { DecisionRow, NewPermit } from './rows.ts'
import { decisionForUpdate, readFacts } from './store.ts'

// A permit is for now: the holder sends at once (DOMAIN 2.3).
const permitSeconds = 60

export type Refused = {
  readonly permit: false
  readonly because: DenyReason
  readonly consent: ConsentState | undefined
  readonly permitted: bigint
}

/** A permit that was decided and is still to be written. */
export type Granting = {
  readonly about: About
  readonly epoch: number
  readonly head: OpenHead
  readonly register: Register
  readonly verdict: Permitted
}

/** A permit as it is to be written: the decision, its use in the window of a limit, and its sealed event. */
export function draftPermit(
  vault: Vault,
  { about, epoch, head, register, verdict }: Granting,
): NewPermit {
  const { question, looked, evaluation, contentSha256 } = about
  const { consent, window } = verdict
  const { requestKey } = looked
  const { now } = head
  // One id for the decision, its event and its disclosure (PERMIT 1.1).
  const decisionId = newUuid(now)
  const agreement = register.agreementByNo(consent.agreement)
  const end = later(now, permitSeconds)
  const decision: Omit<DecisionRow, 'personSeq'> = {
    decisionId,
    evaluatedAt: now,
    personId: looked.personId,
    consentId: consent.consentId,
    holder: question.holder,
    recipient: consent.recipient,
    dataset: consent.dataset,
    purpose: consent.purpose,
    agreement: consent.agreement,
    legalBasisId: agreement?.legalBasis ?? '',
    asked: question.asked,
    permitted: question.asked,
    outcome: 'permit',
    reasonCode: 'CONSENT_ACTIVE',
    validUntil: consent.validUntil < end ? consent.validUntil : end,
    status: 'authorised',
    queryId: evaluation.queryId ?? null,
    times: 1,
    lastAt: now,
  }
  const draft = makeDrafts(
    vault,
    head,
  )({
    kind: 'disclosure.authorised',
    eventId: decisionId,
    actor: { type: 'organisation', organisation: question.dataset.holder },
    fields: fieldsOf(decision, about, agreement),
  })
  const { personSeq } = draft.entry
  return { epoch, decision: { ...decision, personSeq }, requestKey, contentSha256, window, draft }
}

function fieldsOf(
  { decisionId, consentId, evaluatedAt, validUntil, legalBasisId }: Omit<DecisionRow, 'personSeq'>,
  { question, evaluation }: About,
  agreement: Agreement | undefined,
): NewEvent['fields'] {
  const { dataset, purpose, asked, period } = question
  const categories = categoriesIn(dataset, asked)
  return {
    decision_id: writeId('dec', decisionId),
    consent_id: writeId('con', consentId ?? ''),
    agreement: agreement?.ref ?? '',
    purpose: purpose?.ref ?? '',
    dataset: dataset.ref,
    legal_basis: legalBasisId,
    holder: dataset.holder,
    recipient: evaluation.recipient,
    categories_asked: categories,
    categories_permitted: categories,
    evaluated_at: evaluatedAt.toISOString(),
    valid_until: validUntil?.toISOString() ?? null,
    period: period ?? null,
    query_id: evaluation.queryId ?? null,
  }
}

/**
 * The same request again, after a lost answer: the same permit and one use, while the permit holds and the consent stands
 * (I14). Looked at under the person's lock.
 */
export async function repeatUnderLock(
  tx: Transaction,
  vault: Vault,
  about: About,
  register: Register,
): Promise<Permit | (Refused & { readonly at: Date }) | 'register changed'> {
  const { now } = await openBook(tx, vault, about.looked.personId)
  const [facts] = await readFacts(tx, [about.looked])
  if (facts?.epoch !== register.epoch) return 'register changed'
  const { prior, consents, at } = facts
  const decision = prior && (await decisionForUpdate(tx, prior.decisionId))
  const consent = consents.find(({ consentId }) => consentId === decision?.consentId)
  const refused = (because: DenyReason) =>
    ({ permit: false, because, consent, permitted: 0n, at }) as const
  const isSame = prior?.contentSha256.equals(about.contentSha256) === true
  if (decision === undefined || consent === undefined || !isSame)
    return refused('REQUEST_ID_REUSED')
  const because = obstacle(consent, register, now)
  if (because !== undefined) return refused(because)
  if (!holdsAt(decision, now)) return refused('REQUEST_ID_REUSED')
  const commitment = await commitmentAt(tx, decision.personId, decision.personSeq ?? 0)
  const { usesLeft } = limitReached(consent, now)
  const { dataset } = about.question
  return { permit: true, decision, consent, dataset, commitment, usesLeft }
}

function holdsAt({ validUntil }: DecisionRow, now: Date): boolean {
  return validUntil !== null && now < validUntil
}
