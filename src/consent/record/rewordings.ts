import type { MemberRewording, Names, Register } from '../../registry/index.ts'
import type { ConsentState } from './rows.ts'
import type { AllowedSharing } from './standing.ts'
import { isMeaningChanged, reliedObjects } from './standing.ts'
import { stateAt } from './transitions.ts'

// What the register says differently since a consent was given, and by which names it is shown.

/**
 * How names and descriptions changed while this consent was open: other words for the same thing, or another thing. Pure.
 */
export function rewordingsOf(
  consent: AllowedSharing & Timed,
  register: Register,
  now: Date,
): readonly MemberRewording[] {
  const found = register.rewordings(reliedObjects(consent, register), consent.validFrom)
  const over = isOpenAt(consent, now) ? now : earlier(consent.stateAt, consent.validUntil)
  return found.filter(({ at }) => at <= over)
}

/** The changes of meaning since this consent was given; empty while everything means what it meant then. Pure. */
export function otherMeanings(
  consent: AllowedSharing,
  register: Register,
): readonly MemberRewording[] {
  if (!isMeaningChanged(consent, register)) return []
  const found = register.rewordings(reliedObjects(consent, register), consent.validFrom)
  return found.filter(({ isMaterial }) => isMaterial)
}

/**
 * The names with which a consent is shown: today's while they mean the same; those of her answer once they do not, or once the consent
 * is over. Pure.
 */
export function namesFor(consent: AllowedSharing & Timed, register: Register, now: Date): Names {
  return isOpenAt(consent, now) ? namesOf(consent, register) : register.asOf(consent.validFrom)
}

/** Today's names while they mean what they meant at her answer, else those of her answer. Pure. */
export function namesOf(consent: AllowedSharing, register: Register): Names {
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
