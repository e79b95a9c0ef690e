import type { DenyCause, PersonFacts, Question, DenyVerdict, Verdict } from './question.ts'
import type { ConsentState } from '../record/index.ts'
import { isWithin, limitReached, obstacle, periodObstacle } from '../record/index.ts'
import type { Purpose, Register } from '../../registry/index.ts'
import { lawVerdict } from './decide-by-law.ts'
import type { DenyReason } from './reasons.ts'

/**
 * Decides. Pure: all facts were read as of `now`. A permit rests on the law or on a consent; every other case is a deny
 * (docs/design/domain.md#i15). Where the person was asked, her answer decides, even where the law now allows the sharing.
 */
export function decide(
  question: Question,
  known: PersonFacts,
  register: Register,
  now: Date,
): Verdict {
  const { purpose } = question
  if (known.isUntrusted) return deny('RECORD_UNTRUSTED')
  if (purpose === undefined) return deny('PURPOSE_UNKNOWN')
  if (register.purpose(purpose.id)?.status !== 'published') return deny('PURPOSE_RETIRED')
  const byLaw = lawVerdict({ ...question, purpose }, known, register, now)
  return byLaw ?? consentVerdict({ ...question, purpose }, known.consents, register, now)
}

function consentVerdict(
  question: Question & { readonly purpose: Purpose },
  consents: readonly ConsentState[],
  register: Register,
  now: Date,
): Verdict {
  const { dataset, purpose, arrangement } = question
  const fitting = consents.filter(
    (item) =>
      item.dataset === dataset.no &&
      item.purpose === purpose.no &&
      (arrangement === undefined || item.arrangementId === arrangement),
  )
  const consent = chosen(fitting, now)
  if (consent === undefined) return deny('NO_CONSENT')
  const because = obstacle(consent, register, now) ?? mismatch(question, consent, register)
  if (because !== undefined) return { ...deny(because, consent), cause: causeOf(because, consent) }
  if (!isWithin(question.asked, consent.categories))
    return deny('CATEGORY_NOT_COVERED', consent, question.asked & consent.categories)
  const limit = limitReached(consent, now)
  if (limit.obstacle !== undefined) return deny(limit.obstacle, consent)
  return { permit: true, consent, usesLeft: limit.usesLeft, window: limit.window }
}

// The active or suspended consent, of which there is at most one; else the newest, which gives the best reason for the deny.
function chosen(consents: readonly ConsentState[], now: Date): ConsentState | undefined {
  const newestFirst = consents.toSorted((a, b) => (a.consentId < b.consentId ? 1 : -1))
  const inTerm = newestFirst.filter(({ validUntil }) => now < validUntil)
  // A used-up consent that is written as expired gives the same reason as before it was written.
  const found = (state: ConsentState['state']) => inTerm.find((consent) => consent.state === state)
  return found('active') ?? found('suspended') ?? found('expired') ?? newestFirst[0]
}

function mismatch(
  { agreement, period, purpose }: Question & { readonly purpose: Purpose },
  consent: ConsentState,
  register: Register,
): DenyReason | undefined {
  const given = register.agreementByNo(consent.agreement)
  if (agreement !== undefined && given?.id !== agreement) return 'AGREEMENT_MISMATCH'
  return periodObstacle(consent, purpose, period)
}

// Only what its words mean today suspends a consent whose row does not say so.
function causeOf(because: DenyReason, { state }: ConsentState): DenyCause | undefined {
  return because === 'CONSENT_SUSPENDED' && state !== 'suspended' ? 'meaning_changed' : undefined
}

function deny(because: DenyReason, consent?: ConsentState, permitted = 0n): DenyVerdict {
  return { permit: false, because, consent, permitted }
}
