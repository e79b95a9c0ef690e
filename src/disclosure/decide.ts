import type { ConsentState, Window } from '../consent/index.ts'
import { isWithin, limitReached, obstacle } from '../consent/index.ts'
import type { Dataset, Purpose, Register } from '../registry/index.ts'
import type { DenyReason } from './reasons.ts'

/** May these categories of this dataset, about this person, go to this recipient for this purpose? */
export type Question = {
  readonly holder: number
  readonly recipient: number | undefined
  readonly dataset: Dataset
  readonly purpose: Purpose | undefined
  readonly asked: bigint
  readonly period: { readonly from: string; readonly to: string } | undefined
  /** An agreement's id, if the holder names one. */
  readonly agreement: string | undefined
}

/** With the window of a frequency limit, and what is left in all before this use. */
export type Permitted = {
  readonly permit: true
  readonly consent: ConsentState
  readonly usesLeft: number | undefined
  readonly window: Window | undefined
}

export type Verdict =
  | Permitted
  | {
      readonly permit: false
      readonly because: DenyReason
      readonly consent: ConsentState | undefined
      /** What of the categories asked for would be permitted: the holder may ask again for them. */
      readonly permitted: bigint
    }

/**
 * Decides. Pure: `consents` are this person's for the question's recipient, dataset and purpose, read as of `now`.
 * There is one way to a permit, at the end; whatever is not that is a deny (I15).
 */
export function decide(
  question: Question,
  consents: readonly ConsentState[],
  register: Register,
  now: Date,
): Verdict {
  if (question.purpose === undefined) return deny('PURPOSE_UNKNOWN')
  if (register.purpose(question.purpose.id)?.status !== 'published') return deny('PURPOSE_RETIRED')
  const consent = chosen(consents, now)
  if (consent === undefined) return deny('NO_CONSENT')
  const because = obstacle(consent, register, now) ?? mismatch(question, consent, register)
  if (because !== undefined) return deny(because, consent)
  if (!isWithin(question.asked, consent.categories))
    return deny('CATEGORY_NOT_COVERED', consent, question.asked & consent.categories)
  const limit = limitReached(consent, now)
  if (limit.obstacle !== undefined) return deny(limit.obstacle, consent)
  return { permit: true, consent, usesLeft: limit.usesLeft, window: limit.window }
}

// The live one, of which there is at most one; else the newest, which says best why not.
function chosen(consents: readonly ConsentState[], now: Date): ConsentState | undefined {
  const newestFirst = consents.toSorted((a, b) => (a.consentId < b.consentId ? 1 : -1))
  const inTerm = newestFirst.filter(({ validUntil }) => now < validUntil)
  // Used up, and written to be: it says the same as before that.
  const found = (state: ConsentState['state']) => inTerm.find((consent) => consent.state === state)
  return found('active') ?? found('expired') ?? newestFirst[0]
}

function mismatch(
  { agreement, period }: Question,
  consent: ConsentState,
  register: Register,
): DenyReason | undefined {
  const given = register.agreementByNo(consent.agreement)
  if (agreement !== undefined && given?.id !== agreement) return 'AGREEMENT_MISMATCH'
  const { lookbackFrom, lookbackTo } = consent
  if (lookbackFrom === null || lookbackTo === null) return undefined
  const isCovered = period !== undefined && lookbackFrom <= period.from && period.to <= lookbackTo
  return isCovered ? undefined : 'PERIOD_NOT_COVERED'
}

function deny(because: DenyReason, consent?: ConsentState, permitted = 0n): Verdict {
  return { permit: false, because, consent, permitted }
}
