import type {
  PreparedQuestion,
  PermitByConsent,
  PermitByLaw,
  UnwrittenPermit,
  Permit,
  DenyVerdict,
} from './question.ts'
import type { ConsentState, ConsentUse } from '../record/index.ts'
import {
  agreementObstacle,
  categoriesIn,
  limitReached,
  obstacle,
  rowAfterUse,
} from '../record/index.ts'
import { dayOf } from '../../base/values/calendar.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import type { Transaction } from '../../base/database/database.ts'
import { newUuid, writeId } from '../../base/values/ids.ts'
import { present } from '../../base/values/present.ts'
import type { NewEvent, OpenHead, Vault } from '../../ledger/chain/index.ts'
import { makeDrafts, newHead, openBook, setLive } from '../../ledger/chain/index.ts'
import type { Agreement, Purpose, Register } from '../../registry/index.ts'
import { delayOf, demandsCase, limitByLaw } from './decide-by-law.ts'
import type { DenyReason } from './reasons.ts'
import type { Facts, NewPermit, PermitRow } from './rows.ts'
import { tieOf } from './rows.ts'
import { permitForUpdate } from './genuine-permit.ts'
import { noteRepeatedQuestion, policyVersion, readFacts } from './store.ts'

// A permit holds a minute: the holder sends at once.
export const permitSeconds = 60

/** A permit as it is to be written: the decision, its use in the window of a limit, and its sealed event. */
export async function draftPermit(vault: Vault, granting: UnwrittenPermit): Promise<NewPermit> {
  const { prepared, epoch, at, verdict } = granting
  const { question, factsQuery, evaluation, contentSha256 } = prepared
  const { requestKey, personId } = factsQuery
  const rests = 'consent' in verdict ? onConsent(granting, verdict) : onLaw(verdict, at)
  // The decision, its event and its disclosure share one id.
  const decisionId = newUuid(granting.head?.now ?? at)
  const head = headFor(granting, decisionId, rests.visibleFrom)
  const { now } = head
  const end = secondsAfter(now, permitSeconds)
  const purpose = present(question.purpose, 'the purpose of a permit')
  const decision: Omit<PermitRow, 'personSeq'> = {
    decisionId,
    evaluatedAt: now,
    personId,
    consentId: rests.consentId,
    holder: question.holder,
    recipient: present(question.recipient, 'the recipient of a permit'),
    dataset: question.dataset.no,
    purpose: purpose.no,
    agreement: rests.agreement.no,
    legalBasisId: rests.agreement.legalBasis,
    asked: question.asked,
    permitted: question.asked,
    outcome: 'permit',
    reasonCode: rests.reasonCode,
    validUntil: rests.until !== undefined && rests.until < end ? rests.until : end,
    visibleFrom: rests.visibleFrom ?? null,
    status: 'authorised',
    queryId: evaluation.queryId ?? null,
    times: 1,
    lastAt: now,
    ...daysOf(question),
  }
  const { window } = rests
  const use =
    'consent' in verdict ? rowAfterUse(vault.seals, verdict.consent, window, now) : undefined
  const draft = await makeDrafts(
    vault,
    afterUse(head, rests.consentId, use),
  )({
    kind: 'disclosure.authorised',
    eventId: decisionId,
    actor: { type: 'organisation', organisation: question.dataset.holder },
    visibleFrom: rests.visibleFrom,
    fields: fieldsOf(decision, prepared, { purpose, agreement: rests.agreement }),
  })
  const row = { ...decision, personSeq: draft.entry.personSeq }
  const { chainId } = head
  return { epoch, decision: row, requestKey, contentSha256, use, chainId, draft }
}

// The row that lives by her chain from this event on.
function afterUse(head: OpenHead, consentId: string | null, use: ConsentUse | undefined): OpenHead {
  if (consentId === null || use === undefined) return head
  return { ...head, live: setLive(head.live, consentId, use.stateSeq) }
}

function daysOf({ period }: PreparedQuestion['question']) {
  return { periodFrom: period?.from ?? null, periodTo: period?.to ?? null }
}

/** The basis of a permit, and the columns that follow from it. */
type Rests = {
  readonly consentId: string | null
  readonly agreement: Agreement
  readonly reasonCode: string
  readonly until: Date | undefined
  readonly visibleFrom: Date | undefined
  readonly window: PermitByConsent['window'] | undefined
}

function onConsent({ register }: UnwrittenPermit, { consent, window }: PermitByConsent): Rests {
  const agreement = present(register.agreementByNo(consent.agreement), 'the agreement of a consent')
  const { consentId, validUntil: until } = consent
  const reasonCode = 'CONSENT_ACTIVE'
  return { consentId, agreement, reasonCode, until, visibleFrom: undefined, window }
}

function onLaw({ agreement, reasonCode }: PermitByLaw, at: Date): Rests {
  const { visibleFrom } = delayOf([agreement], at) ?? {}
  const none = { consentId: null, until: undefined, window: undefined }
  return { ...none, agreement, reasonCode, visibleFrom }
}

// A permit that the person sees later has a chain of its own, under its own id (decision 0023): in her chain its missing number would
// betray it until then.
function headFor(
  { prepared: { factsQuery }, head, at }: UnwrittenPermit,
  decisionId: string,
  visibleFrom: Date | undefined,
): OpenHead {
  const { personId } = factsQuery
  if (visibleFrom !== undefined) return newHead(personId, decisionId, at)
  return head ?? newHead(personId, personId, at)
}

function fieldsOf(
  decision: Omit<PermitRow, 'personSeq'>,
  { question, evaluation }: PreparedQuestion,
  { purpose, agreement }: { readonly purpose: Purpose; readonly agreement: Agreement },
): NewEvent['fields'] {
  const { dataset, asked, period } = question
  const { decisionId, consentId, evaluatedAt, validUntil, legalBasisId } = decision
  const categories = categoriesIn(dataset, asked)
  return {
    decision_id: writeId('dec', decisionId),
    consent_id: consentId === null ? null : writeId('con', consentId),
    agreement: agreement.ref,
    purpose: purpose.ref,
    dataset: dataset.ref,
    legal_basis: legalBasisId,
    holder: dataset.holder,
    recipient: evaluation.recipient,
    categories_asked: categories,
    categories_permitted: categories,
    evaluated_at: evaluatedAt.toISOString(),
    valid_until: validUntil.toISOString(),
    period: period ?? null,
    query_id: evaluation.queryId ?? null,
    reason_code: decision.reasonCode,
    policy_version: policyVersion,
    // Kept only where the basis demands it.
    ...(demandsCase(legalBasisId) && evaluation.lawCase ? { case: evaluation.lawCase } : {}),
    ...(decision.visibleFrom === null ? {} : { whose: tieOf(decision) }),
  }
}

/**
 * Answers a request that is repeated after a lost answer: the same permit, with one use in all, while the permit holds and the consent
 * stands (docs/design/domain.md#i14). It reads under the person's lock.
 */
export async function repeatUnderLock(
  tx: Transaction,
  vault: Vault,
  prepared: PreparedQuestion,
  register: Register,
): Promise<Permit | (DenyVerdict & { readonly at: Date }) | 'register changed'> {
  const { now, live } = await openBook(tx, vault, prepared.factsQuery.personId)
  const [facts] = await readFacts(tx, vault.seals, [prepared.factsQuery])
  if (facts?.epoch !== register.epoch) return 'register changed'
  const { prior, at } = facts
  const refused = (because: DenyReason, consent?: ConsentState) =>
    ({ permit: false, because, consent, permitted: 0n, at }) as const
  if (prior?.contentSha256.equals(prepared.contentSha256) !== true)
    return refused('REQUEST_ID_REUSED')
  const earlier = await permitForUpdate(tx, vault, register, prior.decisionId)
  const isUntrusted = facts.isUntrusted || live === 'untrusted'
  if (earlier === undefined || isUntrusted || !isAnswerTo(earlier.decision, prepared))
    return refused('RECORD_UNTRUSTED')
  const { decision, commitment } = earlier
  const consent = facts.consents.find(({ consentId }) => consentId === decision.consentId)
  const because = noLonger({ ...facts, decision, consent }, register, now)
  if (because !== undefined) return refused(because, consent)
  if (now >= decision.validUntil) return refused('REQUEST_ID_REUSED')
  const { dataset } = prepared.question
  const purpose = present(register.purposeByNo(decision.purpose), 'the purpose of a permit')
  const left = consent ? limitReached(consent, now) : limitByLaw(purpose, facts.usesByLaw, now)
  await noteRepeatedQuestion(tx, decision, dayOf(now))
  return {
    permit: true,
    decision,
    dataset,
    commitment,
    usesLeft: left.usesLeft,
    isRepeated: true,
  }
}

// The row of the request's key, which no event tells, names the permit: it may name one that answers another question.
function isAnswerTo(decision: PermitRow, { question, factsQuery }: PreparedQuestion): boolean {
  const { periodFrom, periodTo } = daysOf(question)
  return (
    decision.personId === factsQuery.personId &&
    decision.holder === question.holder &&
    decision.recipient === question.recipient &&
    decision.dataset === question.dataset.no &&
    decision.purpose === question.purpose?.no &&
    decision.permitted === question.asked &&
    decision.periodFrom === periodFrom &&
    decision.periodTo === periodTo
  )
}

type Repeated = Pick<Facts, 'isRestored'> & {
  readonly decision: PermitRow
  readonly consent: ConsentState | undefined
}

function noLonger(
  { isRestored, decision, consent }: Repeated,
  register: Register,
  now: Date,
): DenyReason | undefined {
  if (isRestored) return 'LEDGER_RESTORED'
  return consent ? obstacle(consent, register, now) : stillByLaw(decision, register, now)
}

// Why a permit by law no longer holds. A permit by a consent that was not read belongs to another question.
function stillByLaw(
  { consentId, agreement, purpose }: PermitRow,
  register: Register,
  now: Date,
): DenyReason | undefined {
  if (consentId !== null) return 'REQUEST_ID_REUSED'
  const { id } = present(register.agreementByNo(agreement), 'the agreement of a permit')
  const given = present(register.agreement(id), 'the agreement of a permit')
  const why = present(register.purposeByNo(purpose), 'the purpose of a permit')
  if (register.purpose(why.id)?.status !== 'published') return 'PURPOSE_RETIRED'
  return agreementObstacle(given, why, register, now)
}
