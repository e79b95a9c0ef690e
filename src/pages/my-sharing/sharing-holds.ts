import type { ConsentState } from '../../consent/record/index.ts'
import { agreementObstacle, isMeaningChanged, obstacle } from '../../consent/record/index.ts'
import type { Agreement, BrakeSpan, Purpose } from '../../registry/index.ts'
import { brakeOver } from '../../registry/index.ts'
import type { SharingHold } from './pages.ts'
import type { RowInput } from './sharing-input.ts'

// Why nothing is sent for now by a sharing that is not over.

// The page tells her pause apart from other causes: lifting one leaves the others.
export function holdsOn(consent: ConsentState, { register, now }: RowInput): SharingHold[] {
  const because = obstacle({ ...consent, state: 'active' }, register, now)
  const byOthers = otherHolds.filter((hold) => hold === because)
  const byMeaning = isMeaningChanged(consent, register) ? [meaningChanged] : []
  return [...consent.suspendedReasons, ...byOthers, ...byMeaning]
}

export const meaningChanged = 'MEANING_CHANGED' as const

const otherHolds = [
  'RECORD_UNTRUSTED',
  'AGREEMENT_NOT_IN_FORCE',
  'ORGANISATION_SUSPENDED',
  'SUSPENDED_AT_ONCE',
  'PURPOSE_RETIRED',
] as const

/** Where a brake holds this sharing, and nothing that lasts: since when, and when it ends by itself. */
export function brakeOnSharing(consent: ConsentState, reading: RowInput): BrakeSpan | undefined {
  const { register, now } = reading
  const because = obstacle({ ...consent, state: 'active' }, register, now)
  const given = register.agreementByNo(consent.agreement)
  return because === 'SUSPENDED_AT_ONCE' && given ? brakeOver(given, register, now) : undefined
}

/** The same of what the law allows. */
export function brakeOnLaw(
  agreement: Agreement,
  purpose: Purpose,
  reading: RowInput,
): BrakeSpan | undefined {
  const { register, now } = reading
  const inForce = register.agreement(agreement.id)
  const isBraked = obstacleToLaw(agreement, purpose, reading) === 'SUSPENDED_AT_ONCE'
  return isBraked && inForce !== undefined ? brakeOver(inForce, register, now) : undefined
}

/** Whether what the law allows is not sent because one of the two bodies cannot exchange information for now. */
export function isLawSuspended(agreement: Agreement, purpose: Purpose, reading: RowInput): boolean {
  return obstacleToLaw(agreement, purpose, reading) === 'ORGANISATION_SUSPENDED'
}

function obstacleToLaw({ id }: Agreement, purpose: Purpose, { register, now }: RowInput) {
  const agreement = register.agreement(id)
  return agreement && agreementObstacle(agreement, purpose, register, now)
}
