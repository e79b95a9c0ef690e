import { categoriesIn, countUse, currentWindow, limitReached, obstacle } from '../consent/index.ts'
import type { ConsentState } from '../consent/index.ts'
import { later } from '../foundation/clock.ts'
import type { Transaction } from '../foundation/database.ts'
import { newUuid, writeId } from '../foundation/ids.ts'
import type { Book, Vault } from '../ledger/index.ts'
import { commitmentAt, openBook } from '../ledger/index.ts'
import type { Register } from '../registry/index.ts'
import { decide } from './decide.ts'
import type { About, Permit } from './evaluate.ts'
import type { DenyReason } from './reasons.ts'
import type { DecisionRow, Facts } from './store.ts'
import { claimRequest, decisionForUpdate, insertPermit, readFacts } from './store.ts'

// A permit is for now: the holder sends at once (DOMAIN 2.3).
const permitSeconds = 60

export type Refused = {
  readonly permit: false
  readonly because: DenyReason
  readonly consent: ConsentState | undefined
  readonly permitted: bigint
}

/** Decides again under the person's lock, and writes use, event and decision in the caller's transaction. */
export async function permitUnderLock(
  tx: Transaction,
  vault: Vault,
  about: About,
  register: Register,
): Promise<Permit | Refused | 'register changed'> {
  const book = await openBook(tx, vault, about.looked.personId)
  const facts = await readFacts(tx, about.looked)
  if (facts.epoch !== register.epoch) return 'register changed'
  if (facts.prior !== undefined) return repeated(tx, about, facts, register, book.now)
  const verdict = decide(about.question, facts.consents, register, book.now)
  if (!verdict.permit) return verdict
  const { consent, usesLeft } = verdict
  // One id for the decision, its event and its disclosure (PERMIT 1.1).
  const decisionId = newUuid(book.now)
  const { contentSha256 } = about
  const { requestKey } = about.looked
  if (!(await claimRequest(tx, { requestKey, contentSha256 }, decisionId, book.now)))
    return { permit: false, because: 'REQUEST_ID_REUSED', consent, permitted: 0n }
  const window = currentWindow(consent, book.now)
  const { personId, consentId } = consent
  if (!(await countUse(tx, { personId, consentId }, window, book.now)))
    throw new Error('a consent changed under its person’s lock')
  const permitted = { decisionId, consent, register }
  const { decision, commitment } = await recordPermit(tx, book, about, permitted)
  const { dataset } = about.question
  const left = usesLeft === undefined ? undefined : usesLeft - 1
  return { permit: true, decision, consent, dataset, commitment, usesLeft: left }
}

type Permitted = {
  readonly decisionId: string
  readonly consent: ConsentState
  readonly register: Register
}

async function recordPermit(
  tx: Transaction,
  book: Book,
  { question, looked, evaluation }: About,
  { decisionId, consent, register }: Permitted,
): Promise<{ decision: DecisionRow; commitment: Buffer }> {
  const { now } = book
  const { dataset, purpose, asked } = question
  const agreement = register.agreementByNo(consent.agreement)
  const end = later(now, permitSeconds)
  const validUntil = consent.validUntil < end ? consent.validUntil : end
  const legalBasis = agreement?.legalBasis ?? ''
  const { personSeq, commitment } = await book.append({
    kind: 'disclosure.authorised',
    eventId: decisionId,
    actor: { type: 'organisation', organisation: dataset.holder },
    fields: {
      decision_id: writeId('dec', decisionId),
      consent_id: writeId('con', consent.consentId),
      agreement: agreement?.ref ?? '',
      purpose: purpose?.ref ?? '',
      dataset: dataset.ref,
      legal_basis: legalBasis,
      holder: dataset.holder,
      recipient: evaluation.recipient,
      categories_asked: categoriesIn(dataset, asked),
      categories_permitted: categoriesIn(dataset, asked),
      evaluated_at: now.toISOString(),
      valid_until: validUntil.toISOString(),
      period: question.period ?? null,
      query_id: evaluation.queryId ?? null,
    },
  })
  const decision: DecisionRow = {
    decisionId,
    evaluatedAt: now,
    personId: looked.personId,
    personSeq,
    consentId: consent.consentId,
    holder: question.holder,
    recipient: consent.recipient,
    dataset: consent.dataset,
    purpose: consent.purpose,
    agreement: consent.agreement,
    legalBasisId: legalBasis,
    asked,
    permitted: asked,
    outcome: 'permit',
    reasonCode: 'CONSENT_ACTIVE',
    validUntil,
    status: 'authorised',
    queryId: evaluation.queryId ?? null,
    times: 1,
    lastAt: now,
  }
  await insertPermit(tx, decision)
  return { decision, commitment }
}

// The same request again, after a lost answer: the same permit and one use, while the permit holds and the consent stands (I14).
async function repeated(
  tx: Transaction,
  about: About,
  { prior, consents }: Facts,
  register: Register,
  now: Date,
): Promise<Permit | Refused> {
  const decision = await decisionForUpdate(tx, prior?.decisionId ?? '')
  const consent = consents.find(({ consentId }) => consentId === decision?.consentId)
  const refused = (because: DenyReason): Refused => ({
    permit: false,
    because,
    consent,
    permitted: 0n,
  })
  const isSame = prior?.contentSha256.equals(about.contentSha256) === true
  if (decision === undefined || consent === undefined || !isSame)
    return refused('REQUEST_ID_REUSED')
  const because = obstacle(consent, register, now)
  if (because !== undefined) return refused(because)
  if (decision.validUntil === null || now >= decision.validUntil)
    return refused('REQUEST_ID_REUSED')
  const commitment = await commitmentAt(tx, decision.personId, decision.personSeq ?? 0)
  const { usesLeft } = limitReached(consent, now)
  const { dataset } = about.question
  return { permit: true, decision, consent, dataset, commitment, usesLeft }
}
