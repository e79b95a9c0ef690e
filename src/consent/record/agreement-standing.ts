import { dayOf } from '../../base/values/calendar.ts'
import type { Agreement, Purpose, Register } from '../../registry/index.ts'
import { brakeOver, requiresConsent } from '../../registry/index.ts'

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
  if (!stands(holder, 'active') || !stands(recipient, 'active')) return 'ORGANISATION_SUSPENDED'
  // Information leaves Québec only where the agreement names the country and the assessment (LAI 70.1).
  const leaves = purpose.isOutsideQuebec || recipient?.isOutsideQuebec === true
  if (leaves && !agreement.isAssessedOutsideQuebec) return 'OUTSIDE_QUEBEC_NOT_ASSESSED'
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
  const isOutdated = !requiresConsent(agreement) && register.isOutdated(agreement)
  return !isOutdated && (effect === undefined || now >= effect)
}
