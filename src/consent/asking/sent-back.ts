import { dayOf } from '../../base/platform/calendar.ts'
import type { Purpose, Register } from '../../registry/index.ts'
import { check } from './limits.ts'

// What a token says of a sharing (RFC 9396, section 7) is more than a request may say. A service that keeps it may send it back as
// it got it: to ask for the same again, or to narrow a token at `/token`.

type Detail = Readonly<Record<string, unknown>>

/** Whether a detail is one that a token says: by a consent or by the law. */
export function isSentBack(detail: unknown): detail is Detail {
  if (typeof detail !== 'object' || detail === null) return false
  return 'consent_id' in detail || 'legal_basis' in detail
}

/**
 * The request for just what a detail of a token says, so that what still lives is asked of nobody; any other detail as it is.
 * @throws DetailError
 */
export function asRequest(
  detail: unknown,
  { register, now }: { readonly register: Register; readonly now: Date },
): unknown {
  if (!isSentBack(detail)) return detail
  const {
    consent_id: _consent,
    status: _status,
    declined: _declined,
    legal_basis: law,
    valid_until: end,
    ...asked
  } = detail
  if (law !== undefined) return asked
  const purpose =
    typeof asked['purpose'] === 'string' ? register.purpose(asked['purpose']) : undefined
  return { ...withinDays(asked, end, now), ...chosen(asked['datatypes'], purpose) }
}

// What a person may leave out was allowed by her: it may be left out of what is asked again.
function chosen(datatypes: unknown, purpose: Purpose | undefined) {
  if (!Array.isArray(datatypes)) return { datatypes }
  const isOptional = (id: unknown) => purpose?.necessity[String(id)] === 'optional'
  const optional = datatypes.filter(isOptional)
  return {
    datatypes: datatypes.filter((id) => !isOptional(id)),
    ...(optional.length === 0 ? {} : { optional_datatypes: optional }),
  }
}

// On its last day nothing can be asked that ends with it: what lives answers the request, and what does not is asked anew.
function withinDays({ arrangement, ...asked }: Detail, end: unknown, now: Date): Detail {
  const instant = typeof end === 'string' ? Date.parse(end) : Number.NaN
  check(!Number.isNaN(instant), 'valid_until: must be that of a token')
  const until = dayOf(new Date(instant - 1))
  if (until <= dayOf(now)) return asked
  return { ...asked, duration: { until }, ...(arrangement === undefined ? {} : { arrangement }) }
}
