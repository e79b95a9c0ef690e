import { windowStart } from '../../base/values/calendar.ts'
import type {
  Agreement,
  Names,
  Register,
  ReliedObjects,
  MemberRewording,
} from '../../registry/index.ts'
import type { AgreementObstacle } from './agreement-standing.ts'
import { agreementObstacle } from './agreement-standing.ts'
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

function meaningObstacle(consent: Allowed, register: Register): Obstacle | undefined {
  return isMeaningChanged(consent, register) ? 'CONSENT_SUSPENDED' : undefined
}

type Allowed = Pick<ConsentState, 'holder' | 'recipient' | 'dataset' | 'categories' | 'validFrom'>

/**
 * Whether a body of this consent, or a category that it allows, means something else than when its person answered: until she answers
 * again, it permits nothing. `validFrom` is the instant of her answer; a narrowing, which asks nothing new, keeps it. Pure.
 */
export function isMeaningChanged(consent: Allowed, register: Register): boolean {
  return !register.meansTheSame(reliedOn(consent, register), consent.validFrom)
}

/**
 * How names and descriptions changed while this consent was open: other words for the same thing, or another thing. Pure.
 */
export function rewordingsOf(
  consent: Allowed & Timed,
  register: Register,
  now: Date,
): readonly MemberRewording[] {
  const found = register.rewordings(reliedOn(consent, register), consent.validFrom)
  const over = isOpenAt(consent, now) ? now : earlier(consent.stateAt, consent.validUntil)
  return found.filter(({ at }) => at <= over)
}

/** The changes of meaning since this consent was given; empty while everything means what it meant then. Pure. */
export function otherMeanings(consent: Allowed, register: Register): readonly MemberRewording[] {
  if (!isMeaningChanged(consent, register)) return []
  const found = register.rewordings(reliedOn(consent, register), consent.validFrom)
  return found.filter(({ isMaterial }) => isMaterial)
}

/**
 * The names with which a consent is shown: today's while they mean the same; those of her answer once they do not, or once the consent
 * is over. Pure.
 */
export function namesFor(consent: Allowed & Timed, register: Register, now: Date): Names {
  return isOpenAt(consent, now) ? namesOf(consent, register) : register.asOf(consent.validFrom)
}

/** Today's names while they mean what they meant at her answer, else those of her answer. Pure. */
export function namesOf(consent: Allowed, register: Register): Names {
  return isMeaningChanged(consent, register) ? register.asOf(consent.validFrom) : register
}

type Timed = Pick<ConsentState, 'consentId' | 'state' | 'stateAt' | 'validUntil'>

function isOpenAt(consent: Timed, now: Date): boolean {
  const state = stateAt(consent, now)
  return state === 'active' || state === 'suspended'
}

function earlier(one: Date, other: Date): Date {
  return one < other ? one : other
}

function reliedOn(
  { holder, recipient, dataset, categories }: Allowed,
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
