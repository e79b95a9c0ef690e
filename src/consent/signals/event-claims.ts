import { epochSeconds, secondsAfter } from '../../base/values/clock.ts'
import { writeId } from '../../base/values/ids.ts'
import { present } from '../../base/values/present.ts'
import type { Register } from '../../registry/index.ts'
import { categoriesIn, grantedDetail } from '../record/index.ts'
import type { AnyKind, ConsentKind, SignalKind } from './event-types.ts'
import { isConsentKind, isSignalKind } from './event-types.ts'
import type { StoppedConsent, Stream, WaitingEvent } from './rows.ts'

// What an event says to one body. A row is not believed by itself: of a consent the broker says what it holds, to its parties alone, and
// of a person only to a body that has or had to do with her.

/** After a day without a report the person reads that nothing is confirmed. */
const expectedSeconds = 24 * 3600

type EventClaims = Readonly<Record<string, unknown>>
export type SecurityEvent = {
  readonly kind: AnyKind
  readonly event: EventClaims
  /** Of an event about an agreement: that version, as the register knows it. */
  readonly agreement?: string
}

/** @returns undefined where the event is nothing that this body is to be told */
export function securityEventOf(
  stream: Stream,
  event: WaitingEvent,
  register: Register,
  issuer: string,
): SecurityEvent | undefined {
  const { kind, content } = event
  if (kind === 'verification') {
    const { state } = content
    return { kind, event: state === undefined ? {} : { state } }
  }
  if (!isSignalKind(kind) || !stream.kinds.includes(kind)) return undefined
  if (kind === 'agreement-status-changed') return ofAgreement(stream, event, register)
  if (event.personId === null) return undefined
  if (isConsentKind(kind)) return ofConsent(kind, stream, event, register)
  if (kind === 'token-claims-change') return ofToken(stream, event, register, issuer)
  // After an erasure nothing is left by which a body would be known.
  const isOfErasure = kind === 'account-purged' || content['status'] === 'erased'
  if (!event.isKnown && !isOfErasure) return undefined
  return { kind, event: ofPerson(kind, event) }
}

function ofAgreement(
  { party }: Stream,
  { content, occurredAt, personId }: WaitingEvent,
  register: Register,
): SecurityEvent | undefined {
  const agreement = register.agreement(textOf(content['agreement']))
  if (agreement === undefined || personId !== null) return undefined
  const { holder, recipient, ref, status } = agreement
  const roots = [holder, recipient].map((body) => register.organisation(body)?.root)
  if (!roots.includes(party)) return undefined
  const timestamp = epochSeconds(occurredAt)
  const { previous_status } = content
  const said = { event_timestamp: timestamp, agreement: ref, status, previous_status }
  return { kind: 'agreement-status-changed', agreement: ref, event: said }
}

function ofPerson(
  kind: Exclude<SignalKind, ConsentKind>,
  { content, occurredAt, pace }: WaitingEvent,
): EventClaims {
  // What is told in a night has no time but that of its token.
  const event = pace === 'minute' ? { event_timestamp: minuteOf(occurredAt) } : {}
  if (kind === 'person-status-changed') return { ...event, status: textOf(content['status']) }
  if (kind !== 'credential-change') return event
  return {
    ...event,
    credential_type: textOf(content['credential_type']),
    change_type: textOf(content['change_type']),
  }
}

/** The beginning of a minute, in seconds. */
export function minuteOf(at: Date): number {
  return Math.floor(epochSeconds(at) / 60) * 60
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function ofConsent(
  kind: ConsentKind,
  stream: Stream,
  event: WaitingEvent,
  register: Register,
): SecurityEvent | undefined {
  const { content, consent, occurredAt } = event
  const role = consent === null ? undefined : roleIn(consent, stream)
  if (consent === null || role === undefined) return undefined
  const dataset = present(register.datasetByNo(consent.dataset), 'the dataset of a consent')
  return {
    kind,
    event: {
      event_timestamp: epochSeconds(occurredAt),
      initiating_entity: initiatorOf(kind, content),
      consent_id: writeId('con', consent.consentId),
      // It names the sharing over all its versions at the recipient, as its tokens do.
      ...(role === 'recipient' ? { arrangement_id: writeId('arr', consent.arrangementId) } : {}),
      role,
      dataset: dataset.ref,
      categories: categoriesIn(dataset, consent.categories),
      ...ofKind(kind, event, consent, role),
    },
  }
}

/**
 * CAEP 1.0, section 3.2: what a token of the recipient's says of this arrangement from this deed on, as introspection says it. None,
 * while it is paused and once it has ended. Of what was allowed later a token says no more than it was made for.
 */
function ofToken(
  stream: Stream,
  { content, consent, occurredAt }: WaitingEvent,
  register: Register,
  issuer: string,
): SecurityEvent | undefined {
  if (consent === null || roleIn(consent, stream) !== 'recipient') return undefined
  const { state } = content
  const detail =
    state === 'active' ? grantedDetail({ ...consent, state }, register, issuer) : undefined
  const event = {
    event_timestamp: epochSeconds(occurredAt),
    initiating_entity: initiatorOf(kindIn(state), content),
    arrangement_id: writeId('arr', consent.arrangementId),
    claims: { authorization_details: detail === undefined ? [] : [detail] },
  }
  return { kind: 'token-claims-change', event }
}

function kindIn(state: unknown): ConsentKind {
  if (state === 'expired') return 'consent-expired'
  return state === 'suspended' ? 'consent-suspended' : 'consent-resumed'
}

type Role = 'holder' | 'recipient'

function roleIn({ holder, recipient }: StoppedConsent, { party }: Stream): Role | undefined {
  if (party === holder) return 'holder'
  return party === recipient ? 'recipient' : undefined
}

function ofKind(
  kind: ConsentKind,
  { content, occurredAt }: WaitingEvent,
  { validUntil }: StoppedConsent,
  role: Role,
): EventClaims {
  switch (kind) {
    case 'consent-revoked':
      return {
        expected: role === 'holder' ? 'stop_disclosing' : 'stop_using',
        ack_by: epochSeconds(secondsAfter(occurredAt, expectedSeconds)),
        reason_user: {
          fr: 'La personne a arrêté ce partage.',
          en: 'The person stopped this sharing.',
        },
      }
    case 'consent-suspended':
      return { suspended_reasons: content['reasons'] }
    case 'consent-granted':
    case 'consent-resumed':
      return { valid_until: epochSeconds(validUntil) }
    case 'consent-expired':
    case 'consent-superseded':
      return {}
  }
}

/** CAEP 1.0, section 2: who began it. */
function initiatorOf(kind: ConsentKind, content: WaitingEvent['content']): string {
  if (kind === 'consent-expired') return 'system'
  const reasons = Array.isArray(content['reasons']) ? content['reasons'] : []
  const isPaused = reasons.every((reason) => reason === 'person')
  return content['state'] === 'void' || (kind === 'consent-suspended' && !isPaused)
    ? 'admin'
    : 'user'
}
