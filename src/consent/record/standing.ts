import { dayOf, windowStart } from '../../base/values/calendar.ts'
import type { Agreement, Purpose, Register, ReliedObjects } from '../../registry/index.ts'
import { brakeOver, canAsk } from '../../registry/index.ts'
import { categoriesIn, isWithin, maskOf } from './coverage.ts'
import type { ConsentState } from './rows.ts'
import { stateAt } from './transitions.ts'

/** Why a consent permits nothing now: reason codes of the decision API (docs/design/domain.md#reasons). */
export type Obstacle =
  | 'RECORD_UNTRUSTED'
  | 'CONSENT_REVOKED'
  | 'CONSENT_EXPIRED'
  | 'CONSENT_SUSPENDED'
  | 'USES_EXHAUSTED'
  | 'FREQUENCY_EXCEEDED'
  | 'NO_CONSENT'
  | 'PURPOSE_RETIRED'
  | AgreementObstacle

/**
 * Why this consent permits no disclosure at `now`, by the register as it is (docs/design/domain.md#i11). Pure. Decisions, tokens and
 * introspection all ask this function. Limits of use are a question for `limitReached`.
 */
export function obstacle(
  consent: ConsentState,
  register: Register,
  now: Date,
): Obstacle | undefined {
  if (consent.isUntrusted) return 'RECORD_UNTRUSTED'
  return (
    stateObstacle(consent, now) ??
    registerObstacle(consent, register, now) ??
    meaningObstacle(consent, register)
  )
}

function meaningObstacle(consent: AllowedSharing, register: Register): Obstacle | undefined {
  return isMeaningChanged(consent, register) ? 'CONSENT_SUSPENDED' : undefined
}

export type AllowedSharing = Pick<
  ConsentState,
  'holder' | 'recipient' | 'dataset' | 'categories' | 'validFrom'
>

/**
 * Whether a body of this consent, or a category that it allows, means something else than when its person answered: until she answers
 * again, it permits nothing. `validFrom` is the instant of her answer; a narrowing, which asks nothing new, keeps it. Pure.
 */
export function isMeaningChanged(consent: AllowedSharing, register: Register): boolean {
  return !register.meansTheSame(reliedObjects(consent, register), consent.validFrom)
}

/** What the answer to a question relied on. */
export function reliedObjects(
  { holder, recipient, dataset, categories }: AllowedSharing,
  register: Register,
): ReliedObjects {
  const found = register.datasetByNo(dataset)
  return {
    bodies: [holder, recipient],
    categories: found === undefined ? [] : categoriesIn(found, categories),
  }
}

// The clock decides, whether or not the end was written already.
function stateObstacle(consent: ConsentState, now: Date): Obstacle | undefined {
  const { validFrom, validUntil } = consent
  switch (stateAt(consent, now)) {
    case 'revoked':
      return 'CONSENT_REVOKED'
    case 'expired':
      return now < validUntil ? 'USES_EXHAUSTED' : 'CONSENT_EXPIRED'
    case 'suspended':
      return 'CONSENT_SUSPENDED'
    case 'refused':
    case 'superseded':
    case 'void':
      return 'NO_CONSENT'
    case 'active':
      // The term is half-open: [valid_from, valid_until).
      return now < validFrom ? 'NO_CONSENT' : undefined
  }
}

function registerObstacle(
  consent: ConsentState,
  register: Register,
  now: Date,
): Obstacle | undefined {
  const given = register.agreementByNo(consent.agreement)
  const purpose = register.purposeByNo(consent.purpose)
  if (given === undefined || purpose === undefined) return 'AGREEMENT_NOT_IN_FORCE'
  if (register.purpose(purpose.id)?.status !== 'published') return 'PURPOSE_RETIRED'
  // The agreement's current version decides: a suspended or narrowed agreement blocks a consent that was given under an earlier version.
  const agreement = register.agreement(given.id)
  if (agreement === undefined || !covers(agreement, consent, purpose.ref, register))
    return 'AGREEMENT_NOT_IN_FORCE'
  return agreementObstacle(agreement, purpose, register, now)
}

function covers(
  agreement: Agreement,
  consent: ConsentState,
  purpose: string,
  register: Register,
): boolean {
  const dataset = register.datasetByNo(consent.dataset)
  const agreed = agreement.datasets.find((item) => item.dataset === dataset?.ref)
  if (dataset === undefined || agreed === undefined) return false
  return (
    agreement.purposes.includes(purpose) &&
    register.organisation(agreement.holder)?.root === consent.holder &&
    register.organisation(agreement.recipient)?.root === consent.recipient &&
    isWithin(consent.categories, maskOf(dataset, agreed.categories))
  )
}

/** The limit of use that is reached, or else how many uses are left; undefined: no limit. */
export function limitReached(
  consent: ConsentState,
  now: Date,
): {
  readonly obstacle: Obstacle | undefined
  readonly usesLeft: number | undefined
  readonly window: Window | undefined
} {
  const { uses, maxUses } = consent
  const none = { usesLeft: 0, window: undefined }
  if (maxUses !== null && uses >= maxUses) return { ...none, obstacle: 'USES_EXHAUSTED' }
  const inAll = maxUses === null ? undefined : maxUses - uses
  const window = currentWindow(consent, now)
  if (window === undefined) return { obstacle: undefined, usesLeft: inAll, window }
  const left = window.limit - window.uses
  if (left <= 0) return { ...none, obstacle: 'FREQUENCY_EXCEEDED' }
  return { obstacle: undefined, usesLeft: Math.min(left, inAll ?? left), window }
}

type Counted = Pick<
  ConsentState,
  'frequencyCount' | 'frequencyPer' | 'validFrom' | 'windowStartedAt' | 'windowUses'
>

export type Window = { readonly startedAt: Date; readonly uses: number; readonly limit: number }

/** The window of the frequency limit that contains `at`, with its uses; undefined without such a limit. */
export function currentWindow(consent: Counted, at: Date): Window | undefined {
  const { frequencyCount: limit, frequencyPer, validFrom, windowStartedAt, windowUses } = consent
  if (limit === null || frequencyPer === null) return undefined
  const startedAt = windowStart(validFrom, frequencyPer, at)
  const isSame = windowStartedAt?.getTime() === startedAt.getTime()
  return { startedAt, limit, uses: isSame ? windowUses : 0 }
}

/** Whether a consent still gives tokens. A reached frequency limit does not end it, since a next window comes; being used up does. */
export function isLive(consent: ConsentState, register: Register, now: Date): boolean {
  if (obstacle(consent, register, now) !== undefined) return false
  return limitReached(consent, now).obstacle !== 'USES_EXHAUSTED'
}

// Whether an agreement lets something be sent, by the register alone: the same for everybody.

/** Why it lets nothing be sent, of the reason codes of the decision API. */
export type AgreementObstacle =
  | 'AGREEMENT_NOT_IN_FORCE'
  | 'ORGANISATION_SUSPENDED'
  | 'OUTSIDE_QUEBEC_NOT_ASSESSED'
  | 'SUSPENDED_AT_ONCE'

/** Why this agreement permits no disclosure for this purpose, whether by consent or by law. Pure. */
export function agreementObstacle(
  agreement: Agreement,
  purpose: Purpose,
  register: Register,
  now: Date,
): AgreementObstacle | undefined {
  if (!isInForce(agreement, now) || !isAsAgreed(agreement, register, now))
    return 'AGREEMENT_NOT_IN_FORCE'
  const holder = register.organisation(agreement.holder)
  const recipient = register.organisation(agreement.recipient)
  const isHeard = stands(holder, 'active') && canAsk(agreement.holder, register, isActive)
  if (!isHeard || !stands(recipient, 'active')) return 'ORGANISATION_SUSPENDED'
  // Information leaves Québec only where the agreement names the country and the assessment (LAI 70.1).
  const leaves = purpose.isOutsideQuebec || recipient?.isOutsideQuebec === true
  if (leaves && !agreement.isAssessedOutsideQuebec) return 'OUTSIDE_QUEBEC_NOT_ASSESSED'
  if (register.brakes.length === 0) return undefined
  return brakeOver(agreement, register, now) && 'SUSPENDED_AT_ONCE'
}

/** Whether something may be sent under this agreement for this purpose, by a consent to it or by law. Pure. */
export function isPermitted(
  agreement: Agreement,
  purpose: Purpose,
  register: Register,
  now: Date,
): boolean {
  const isPublished = register.purpose(purpose.id)?.status === 'published'
  return isPublished && agreementObstacle(agreement, purpose, register, now) === undefined
}

function isActive(one: Suspendable): boolean {
  return stands(one, 'active')
}

function isInForce(agreement: Agreement, now: Date): boolean {
  const { from, until } = agreement
  const today = dayOf(now)
  return stands(agreement, 'in_force') && from <= today && (until === undefined || today <= until)
}

type Suspendable = { readonly status: string; readonly isBraked?: true }

// What a brake alone suspends stands by its file: whether the brake stands is asked by the time that is judged with, once and last.
function stands(one: Suspendable | undefined, by: string): boolean {
  return one?.status === by || one?.isBraked === true
}

// Nobody answers again for what the law allows: the two bodies say again what they agreed on. What is new in it may have to wait.
function isAsAgreed(agreement: Agreement, register: Register, now: Date): boolean {
  const effect = register.takesEffectAt(agreement)
  return !register.isOutdated(agreement) && (effect === undefined || now >= effect)
}
