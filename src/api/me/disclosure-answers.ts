import type { DisputeRow, Texts } from '../../consent/disputes/index.ts'
import { present } from '../../base/values/present.ts'
import { writeId } from '../../base/values/ids.ts'
import type { AnswerOf } from '../../base/web/operation.ts'
import type { Names, Register } from '../../registry/index.ts'
import type {
  DeclaredRow,
  InquiryListed,
  InquiryOpen,
  ReceivedRow,
} from '../../consent/disclosures/index.ts'
import type { DeliveryRow } from '../../consent/stops/index.ts'
import type { ReadContext } from './names.ts'
import { categories, idOrNull, instant, namedObject, organisation } from './names.ts'
import type { DecisionHeld } from './rows.ts'
import type * as shapes from './answer-shapes.ts'

// Answers about what was permitted and sent, and about what the two bodies say of it.

export function decisionAnswer(
  decision: DecisionHeld,
  { register }: ReadContext,
): AnswerOf<typeof shapes.decision> {
  const { dataset } = decision
  const names = register.asOf(decision.evaluatedAt)
  return {
    decision_id: writeId('dec', decision.decisionId),
    evaluated_at: decision.evaluatedAt.toISOString(),
    outcome: decision.outcome,
    reason_code: decision.reasonCode,
    consent_id: idOrNull('con', decision.consentId),
    holder: organisation(decision.holder, names),
    recipient: organisation(decision.recipient, names),
    dataset: namedObject(register.datasetByNo(dataset)),
    purpose: namedObject(register.purposeByNo(decision.purpose ?? 0)),
    agreement: register.agreementByNo(decision.agreement ?? 0)?.ref ?? null,
    legal_basis: decision.legalBasisId,
    asked: categories(dataset, decision.asked, register, names),
    permitted: categories(dataset, decision.permitted, register, names),
    period:
      decision.periodFrom === null || decision.periodTo === null
        ? null
        : { from: decision.periodFrom, to: decision.periodTo },
    valid_until: instant(decision.validUntil),
    status: decision.status,
    query_id: decision.queryId,
    times: decision.times,
    last_at: decision.lastAt.toISOString(),
    shown_from: instant(decision.visibleFrom),
    disclosure: disclosure(decision, register, names),
  }
}

function disclosure(decision: DecisionHeld, register: Register, names: Names) {
  if (decision.disclosureId === null) return null
  const sent = present(decision.categoriesActual, 'the categories of a report')
  return {
    disclosure_id: writeId('dis', decision.disclosureId),
    occurred_at: instant(decision.occurredAt),
    recorded_at: instant(decision.recordedAt),
    categories: categories(decision.dataset, sent, register, names),
    record_count: decision.recordCount,
    result: decision.result,
    delivery: decision.delivery,
    query_id: decision.reportedQueryId,
    query_group_id: decision.queryGroupId,
    initiator: decision.initiator,
    late: decision.late,
    in_flight: decision.inFlight,
    anomaly: decision.anomaly,
    use_returned: decision.useReturned,
  }
}

/** A recipient's report of a reception. */
export function receivedAnswer(received: ReceivedRow, { register }: ReadContext) {
  const names = register.asOf(received.recordedAt)
  return {
    received_id: writeId('rcv', received.receivedId),
    decision_id: idOrNull('dec', received.decisionId),
    consent_id: idOrNull('con', received.consentId),
    holder: organisation(received.holder, names),
    recipient: organisation(received.recipient, names),
    occurred_at: received.occurredAt.toISOString(),
    recorded_at: received.recordedAt.toISOString(),
    categories: categories(received.dataset, received.categories, register, names),
    record_count: received.recordCount,
    query_id: received.queryId,
  }
}

/** What a recipient declares that it received without a permit. The case that it names stands in the event. */
export function declaredAnswer(declared: DeclaredRow, { register }: ReadContext) {
  const names = register.asOf(declared.recordedAt)
  return {
    declaration_id: writeId('dcl', declared.declarationId),
    holder: organisation(declared.holder, names),
    recipient: organisation(declared.recipient, names),
    occurred_at: declared.occurredAt.toISOString(),
    recorded_at: declared.recordedAt.toISOString(),
    categories: categories(declared.dataset, declared.categories, register, names),
    record_count: declared.recordCount,
    legal_basis: declared.legalBasisId,
    law: declared.law,
    reference: declared.reference,
  }
}

/** How often a holder introspected a sharing on a day, and what followed; of a day that is not closed how often it did. */
export function inquiryAnswer(inquiry: InquiryListed | InquiryOpen, { register }: ReadContext) {
  const names = 'inquiryId' in inquiry ? register.asOf(inquiry.recordedAt) : register
  return {
    ...('inquiryId' in inquiry ? closingOf(inquiry) : notClosed),
    day: inquiry.day,
    holder: organisation(inquiry.holder, names),
    recipient: organisation(inquiry.recipient, names),
    dataset: register.datasetByNo(inquiry.dataset)?.ref ?? null,
    purpose: register.purposeByNo(inquiry.purpose)?.ref ?? null,
    agreement: register.agreementByNo(inquiry.agreement)?.ref ?? null,
    consent_id: idOrNull('con', inquiry.consentId),
    introspected: inquiry.introspected,
  }
}

const notClosed = {
  inquiry_id: null,
  decided: null,
  excused: null,
  undecided: null,
  recorded_at: null,
}

function closingOf({ inquiryId, decided, excused, undecided, recordedAt }: InquiryListed) {
  const recorded_at = recordedAt.toISOString()
  return { inquiry_id: writeId('inq', inquiryId), decided, excused, undecided, recorded_at }
}

/** A stop at one of its bodies, with that body's report of the effect. */
export function stopAnswer(stop: DeliveryRow, { register }: ReadContext) {
  return {
    consent_id: writeId('con', stop.consentId),
    organisation: organisation(stop.party, register.asOf(stop.queuedAt)),
    role: stop.role,
    stopped_at: stop.queuedAt.toISOString(),
    delivered_at: instant(stop.deliveredAt),
    acknowledged_at: instant(stop.acknowledgedAt),
    effect: stop.effect,
    law: stop.law,
    kept_until: stop.keptUntil,
    effect_at: instant(stop.effectAt),
  }
}

/** A person's question about a line, and the body's answer. */
export function disputeAnswer(dispute: DisputeRow, texts: Texts, { register }: ReadContext) {
  return {
    dispute_id: writeId('dsp', dispute.disputeId),
    decision_id: writeId('dec', dispute.decisionId),
    consent_id: idOrNull('con', dispute.consentId),
    routed_to: organisation(dispute.routedTo, register.asOf(dispute.openedAt)),
    opened_at: dispute.openedAt.toISOString(),
    due_at: dispute.dueAt.toISOString(),
    text: texts.question ?? null,
    answered_at: instant(dispute.answeredAt),
    outcome: dispute.outcome,
    answer: texts.answer ?? null,
  }
}
