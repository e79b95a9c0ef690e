import type { InBoth } from '../../base/platform/languages.ts'
import type { SilencedQuestion } from '../../consent/asking/index.ts'
import type { DisputeRow, Texts } from '../../consent/disputes/index.ts'
import { categoriesIn, obstacle } from '../../consent/record/index.ts'
import { writeId } from '../../base/platform/ids.ts'
import type { AnswerOf } from '../../base/web/operation.ts'
import type { Register } from '../../registry/index.ts'
import type { ReceivedRow } from '../../consent/disclosures/index.ts'
import type { DeliveryRow } from '../../consent/stops/index.ts'
import type {
  ConnectionHeld,
  ConsentHeld,
  DecisionHeld,
  PresentationHeld,
  RequestHeld,
} from './rows.ts'
import type * as shapes from './answer-shapes.ts'

// Answers about a person's data, for the API and for her export. None of them holds her internal id.

/** The register by which numbers become names, and the instant of the reading. */
export type ReadContext = { readonly register: Register; readonly at: Date }

export type NamedObject = { readonly id: string; readonly name: InBoth } | null

/** The state of a consent now: its term may have ended before its row says so. */
export function stateNow({ state, validUntil }: ConsentHeld, at: Date): string {
  const isLive = state === 'active' || state === 'suspended'
  return isLive && at >= validUntil ? 'expired' : state
}

/** The time since which the state holds: an expiry holds from the end of the term, whenever it was written. */
export function stateSince(consent: ConsentHeld, at: Date): Date {
  return stateNow(consent, at) === consent.state ? consent.stateAt : consent.validUntil
}

export function consentAnswer(
  consent: ConsentHeld,
  { register, at }: ReadContext,
): AnswerOf<typeof shapes.consent> {
  const state = stateNow(consent, at)
  return {
    consent_id: writeId('con', consent.consentId),
    arrangement_id: writeId('arr', consent.arrangementId),
    version_in_arrangement: consent.versionInArrangement,
    supersedes: idOrNull('con', consent.supersedesConsentId),
    state,
    state_at: stateSince(consent, at).toISOString(),
    suspended_reasons: consent.suspendedReasons,
    /** Why nothing may be sent at this moment although the person allows it; null: there is no such reason. */
    blocked_by: state === 'active' ? (obstacle(consent, register, at) ?? null) : null,
    ...whatAndWhy(consent, register),
    recipient: organisation(consent.recipient, register),
    holder: organisation(consent.holder, register),
    categories: categories(consent.dataset, consent.categories, register),
    declined: categories(consent.dataset, consent.declined, register),
    legal_basis: consent.legalBasisId,
    express: consent.express,
    valid_from: consent.validFrom.toISOString(),
    valid_until: consent.validUntil.toISOString(),
    last_day: consent.validUntilLocal,
    limits: limits(consent),
    uses: consent.uses,
    last_use_at: instant(consent.lastUseAt),
    given: {
      at: consent.createdAt.toISOString(),
      request_id: writeId('req', consent.requestId),
      presentation_id: writeId('pre', consent.presentationId),
      language: consent.lang,
      channel: consent.channel,
      acr: consent.acr,
      amr: consent.amr,
    },
  }
}

export function decisionAnswer(
  decision: DecisionHeld,
  { register }: ReadContext,
): AnswerOf<typeof shapes.decision> {
  const { dataset } = decision
  return {
    decision_id: writeId('dec', decision.decisionId),
    evaluated_at: decision.evaluatedAt.toISOString(),
    outcome: decision.outcome,
    reason_code: decision.reasonCode,
    consent_id: idOrNull('con', decision.consentId),
    holder: organisation(decision.holder, register),
    recipient: organisation(decision.recipient, register),
    dataset: namedObject(register.datasetByNo(dataset)),
    purpose: namedObject(register.purposeByNo(decision.purpose ?? 0)),
    agreement: register.agreementByNo(decision.agreement ?? 0)?.ref ?? null,
    legal_basis: decision.legalBasisId,
    asked: categories(dataset, decision.asked, register),
    permitted: categories(dataset, decision.permitted, register),
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
    disclosure: disclosure(decision, register),
  }
}

function disclosure(decision: DecisionHeld, register: Register) {
  if (decision.disclosureId === null) return null
  return {
    disclosure_id: writeId('dis', decision.disclosureId),
    occurred_at: instant(decision.occurredAt),
    recorded_at: instant(decision.recordedAt),
    categories: categories(decision.dataset, decision.categoriesActual ?? 0n, register),
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
  return {
    received_id: writeId('rcv', received.receivedId),
    decision_id: idOrNull('dec', received.decisionId),
    consent_id: idOrNull('con', received.consentId),
    holder: organisation(received.holder, register),
    recipient: organisation(received.recipient, register),
    occurred_at: received.occurredAt.toISOString(),
    recorded_at: received.recordedAt.toISOString(),
    categories: categories(received.dataset, received.categories, register),
    record_count: received.recordCount,
    query_id: received.queryId,
  }
}

/** A stop at one of its bodies, with that body's report of the effect. */
export function stopAnswer(stop: DeliveryRow, { register }: ReadContext) {
  return {
    consent_id: writeId('con', stop.consentId),
    organisation: organisation(stop.party, register),
    role: stop.role,
    stopped_at: stop.queuedAt.toISOString(),
    acknowledged_at: instant(stop.acknowledgedAt),
    effect: stop.effect,
    law: stop.law,
    effect_at: instant(stop.effectAt),
  }
}

/** A person's question about a line, and the body's answer. */
export function disputeAnswer(dispute: DisputeRow, texts: Texts, { register }: ReadContext) {
  return {
    dispute_id: writeId('dsp', dispute.disputeId),
    decision_id: writeId('dec', dispute.decisionId),
    consent_id: idOrNull('con', dispute.consentId),
    routed_to: organisation(dispute.routedTo, register),
    opened_at: dispute.openedAt.toISOString(),
    due_at: dispute.dueAt.toISOString(),
    text: texts.question ?? null,
    answered_at: instant(dispute.answeredAt),
    outcome: dispute.outcome,
    answer: texts.answer ?? null,
  }
}

/** An event, with what shows that the chain holds it was written: salt and text make the commitment. */
export function requestAnswer(request: RequestHeld, register: Register) {
  return {
    request_id: writeId('req', request.requestId),
    item: request.itemNo,
    service: request.clientId,
    recipient: organisation(request.recipient, register),
    created_at: request.createdAt.toISOString(),
    expires_at: request.expiresAt.toISOString(),
    state: request.state,
    consent_id: writeId('con', request.consentId),
    ...whatAndWhy(request, register),
    required: categories(request.dataset, request.categoriesRequired, register),
    optional: categories(request.dataset, request.categoriesOptional, register),
    valid_until: request.validUntil.toISOString(),
    last_day: request.validUntilLocal,
    limits: limits(request),
    changes_arrangement_id: request.amends && writeId('arr', request.amends),
  }
}

/** A question that is answered with no for the person. */
export function silencedAnswer(silenced: SilencedQuestion, register: Register) {
  const { silenceId, dataset, silencedAt, times, lastAt } = silenced
  return {
    silence_id: writeId('sil', silenceId),
    recipient: organisation(silenced.recipient, register),
    holder: organisation(silenced.holder, register),
    dataset: namedObject(register.datasetByNo(dataset)),
    categories: categories(dataset, silenced.categories, register),
    silenced_at: silencedAt.toISOString(),
    times,
    last_asked_at: instant(lastAt),
  }
}

export function presentationAnswer(shown: PresentationHeld, register: Register) {
  return {
    presentation_id: writeId('pre', shown.presentationId),
    request_id: writeId('req', shown.requestId),
    item: shown.itemNo,
    shown_at: shown.shownAt.toISOString(),
    language: shown.lang,
    channel: shown.channel,
    text: register.textByNo(shown.text)?.ref ?? null,
    text_sha256: shown.canonicalSha256.toString('hex'),
    shown_sha256: shown.renderedSha256.toString('hex'),
    buttons: { grant: shown.grantLabel, refuse: shown.refuseLabel },
    order_of_categories: shown.orderOfItems,
    ticked_beforehand: shown.optionalPrechecked,
    assistance: { offered: shown.assistanceOffered, used: shown.assistanceUsed },
    changes_consent_id: shown.changes && writeId('con', shown.changes),
    html: shown.html,
  }
}

export function connectionAnswer(connection: ConnectionHeld, register: Register) {
  const service = register.services.get(connection.serviceId)
  return {
    service: connection.serviceId,
    name: service?.name ?? null,
    organisation: service?.orgId ?? null,
    scopes: connection.scopes,
    claims: connection.claims,
    first_used_at: connection.firstUsedAt.toISOString(),
    last_used_at: connection.lastUsedAt.toISOString(),
    ended_at: instant(connection.endedAt),
  }
}

type About = {
  readonly dataset: number
  readonly purpose: number
  readonly agreement: number
  readonly text: number
}

function whatAndWhy({ dataset, purpose, agreement, text }: About, register: Register) {
  const why = register.purposeByNo(purpose)
  return {
    purpose:
      why === undefined ? null : { id: why.ref, name: why.label, statement: why.plainStatement },
    dataset: namedObject(register.datasetByNo(dataset)),
    agreement: register.agreementByNo(agreement)?.ref ?? null,
    text: register.textByNo(text)?.ref ?? null,
  }
}

type Limited = {
  readonly maxUses: number | null
  readonly frequencyCount: number | null
  readonly frequencyPer: string | null
  readonly lookbackFrom: string | null
  readonly lookbackTo: string | null
}

function limits({ maxUses, frequencyCount, frequencyPer, lookbackFrom, lookbackTo }: Limited) {
  return {
    uses: maxUses,
    frequency: frequencyCount === null ? null : { count: frequencyCount, per: frequencyPer },
    lookback: lookbackFrom === null ? null : { from: lookbackFrom, to: lookbackTo },
  }
}

export function organisation(root: number | null, register: Register): NamedObject {
  const found = register.organisationByRoot(root ?? 0)
  return found === undefined ? null : { id: found.id, name: found.name }
}

export function categories(dataset: number, mask: bigint, register: Register) {
  const found = register.datasetByNo(dataset)
  return (found === undefined ? [] : categoriesIn(found, mask)).map((id) => ({
    id,
    name: register.category(id)?.label ?? null,
  }))
}

export function namedObject(
  item: { readonly ref: string; readonly label: InBoth } | undefined,
): NamedObject {
  return item === undefined ? null : { id: item.ref, name: item.label }
}

function idOrNull(prefix: string, uuid: string | null): string | null {
  return uuid === null ? null : writeId(prefix, uuid)
}

function instant(at: Date | null): string | null {
  return at?.toISOString() ?? null
}
