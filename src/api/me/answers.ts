import type { IdentityStatement } from '../../people/identity/index.ts'
import type { ClaimAnswer } from '../../consent/claims/index.ts'
import type { SilencedQuestion } from '../../consent/asking/index.ts'
import type { Obstacle } from '../../consent/record/index.ts'
import { isMeaningChanged, namesFor, obstacle, rewordingsOf } from '../../consent/record/index.ts'
import { present } from '../../base/values/present.ts'
import { writeId } from '../../base/values/ids.ts'
import type { AnswerOf } from '../../base/web/operation.ts'
import type { Register } from '../../registry/index.ts'
import type { ConnectionHeld, ConsentHeld, PresentationHeld, RequestHeld } from './rows.ts'
import type * as shapes from './answer-shapes.ts'
import type { ReadContext } from './names.ts'
import { categories, idOrNull, instant, namedObject, organisation } from './names.ts'

// Answers about what a person was asked and what she allows, for the API and for her export. None of them holds her internal id.

/** The state of a consent now: its term may have ended before its row says so, or what it allows may mean something else. */
export function stateNow(consent: ConsentHeld, { register, at }: ReadContext): string {
  const { state, validUntil } = consent
  const isLive = state === 'active' || state === 'suspended'
  if (isLive && at >= validUntil) return 'expired'
  return state === 'active' && isMeaningChanged(consent, register) ? 'suspended' : state
}

/** The time since which the state holds: an expiry holds from the end of the term, whenever it was written. */
export function stateSince(consent: ConsentHeld, seen: ReadContext): Date {
  const state = stateNow(consent, seen)
  if (state === consent.state) return consent.stateAt
  if (state === 'expired') return consent.validUntil
  const changes = rewordingsOf(consent, seen.register, seen.at)
  return changes.find(({ isMaterial }) => isMaterial)?.at ?? consent.stateAt
}

// The register suspends a consent without a row of hers: it is looked at when it is read.
function suspendedBy(consent: ConsentHeld, seen: ReadContext): readonly string[] {
  const isSuspended = stateNow(consent, seen) === 'suspended'
  const isOther = isSuspended && isMeaningChanged(consent, seen.register)
  return isOther ? [...consent.suspendedReasons, 'meaning_changed'] : consent.suspendedReasons
}

export function consentAnswer(
  consent: ConsentHeld,
  seen: ReadContext,
): AnswerOf<typeof shapes.consent> {
  const { register, at } = seen
  const names = namesFor(consent, register, at)
  const labels = (mask: bigint) => categories(consent.dataset, mask, register, names)
  const state = stateNow(consent, seen)
  return {
    consent_id: writeId('con', consent.consentId),
    arrangement_id: writeId('arr', consent.arrangementId),
    version_in_arrangement: consent.versionInArrangement,
    supersedes: idOrNull('con', consent.supersedesConsentId),
    state,
    state_at: stateSince(consent, seen).toISOString(),
    suspended_reasons: suspendedBy(consent, seen),
    blocked_by: blockedBy(consent, seen) ?? null,
    ...whatAndWhy(consent, register),
    recipient: organisation(consent.recipient, names),
    holder: organisation(consent.holder, names),
    categories: labels(consent.categories),
    declined: labels(consent.declined),
    rewordings: rewordings(consent, seen),
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

// Why nothing may be sent at this moment although the row says that she allows it, or may say it.
function blockedBy(consent: ConsentHeld, seen: ReadContext): Obstacle | undefined {
  if (consent.isUntrusted) return 'RECORD_UNTRUSTED'
  const isActive = stateNow(consent, seen) === 'active'
  return isActive ? obstacle(consent, seen.register, seen.at) : undefined
}

function rewordings(consent: ConsentHeld, { register, at }: ReadContext) {
  return rewordingsOf(consent, register, at).map(({ kind, id, member, ...said }) => ({
    kind,
    id,
    member,
    before: said.before ?? null,
    now: said.now ?? null,
    at: said.at.toISOString(),
    material: said.isMaterial,
    reason: said.reason ?? null,
  }))
}

export function requestAnswer(request: RequestHeld, register: Register) {
  const names = register.asOf(request.createdAt)
  return {
    request_id: writeId('req', request.requestId),
    item: request.itemNo,
    service: request.clientId,
    recipient: organisation(request.recipient, names),
    created_at: request.createdAt.toISOString(),
    expires_at: request.expiresAt.toISOString(),
    state: request.state,
    consent_id: writeId('con', request.consentId),
    ...whatAndWhy(request, register),
    required: categories(request.dataset, request.categoriesRequired, register, names),
    optional: categories(request.dataset, request.categoriesOptional, register, names),
    valid_until: request.validUntil.toISOString(),
    last_day: request.validUntilLocal,
    limits: limits(request),
    changes_arrangement_id: request.amends && writeId('arr', request.amends),
  }
}

/** A question that is answered with no for the person. */
export function silencedAnswer(silenced: SilencedQuestion, register: Register) {
  const { silenceId, dataset, silencedAt, times, lastAt } = silenced
  const names = register.asOf(silencedAt)
  return {
    silence_id: writeId('sil', silenceId),
    recipient: organisation(silenced.recipient, names),
    holder: organisation(silenced.holder, names),
    dataset: namedObject(register.datasetByNo(dataset)),
    categories: categories(dataset, silenced.categories, register, names),
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
    text: present(register.textByNo(shown.text), 'the text of a presentation').ref,
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

/** What one provider of identities says of her, by its issuer. */
export function identityClaims({ issuer, level, vouchedAt, vouched }: IdentityStatement) {
  return { issuer, level, signed_in_there_at: vouchedAt.toISOString(), claims: vouched }
}

/** What she said to a service that asks for a claim. The words of its purpose are in the event of her chain. */
export function claimAnswered({ serviceId, claim, isGiven, answeredAt }: ClaimAnswer) {
  return { service: serviceId, claim, given: isGiven, answered_at: answeredAt.toISOString() }
}

export function connectionAnswer(connection: ConnectionHeld, register: Register) {
  const service = register.anyService(connection.serviceId)
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

type SharingObjects = {
  readonly dataset: number
  readonly purpose: number
  readonly agreement: number
  readonly text: number
}

function whatAndWhy({ dataset, purpose, agreement, text }: SharingObjects, register: Register) {
  const why = present(register.purposeByNo(purpose), 'the purpose of a consent')
  return {
    purpose: { id: why.ref, name: why.label, statement: why.plainStatement },
    dataset: namedObject(register.datasetByNo(dataset)),
    agreement: present(register.agreementByNo(agreement), 'the agreement of a consent').ref,
    text: present(register.textByNo(text), 'the text of a consent').ref,
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
