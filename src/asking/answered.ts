import type { ConsentListed, ConsentState } from '../consent/index.ts'
import { isWithin } from '../consent/index.ts'
import type { Register } from '../registry/index.ts'
import type { Asked } from './details.ts'

/** Whether a consent answers what is asked: everything asked was allowed, or offered and declined. Then it is not asked again. */
export function answers(consent: ConsentListed, asked: Asked, register: Register): boolean {
  return (
    isAbout(consent, asked, register) &&
    isWithin(asked.required, consent.categories) &&
    isWithin(asked.optional, consent.categories | consent.declined) &&
    isLookedBackTo(asked, consent)
  )
}

function isLookedBackTo({ lookback }: Asked, { lookbackFrom, lookbackTo }: ConsentState): boolean {
  if (lookbackFrom === null || lookbackTo === null) return true
  return lookback !== undefined && lookbackFrom <= lookback.from && lookback.to <= lookbackTo
}

/** Same recipient, data and purpose. */
export function isAbout(consent: ConsentState, asked: Asked, register: Register): boolean {
  const { agreement, dataset, purpose } = asked
  return (
    consent.recipient === register.organisation(agreement.recipient)?.root &&
    consent.dataset === dataset.no &&
    consent.purpose === purpose.no
  )
}
