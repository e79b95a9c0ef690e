import { dayOf } from '../../base/values/calendar.ts'
import type { Purpose, Register } from '../../registry/index.ts'
import { check } from './limits.ts'

// A token's detail of a sharing (RFC 9396, section 7) has more members than a request may have. A service may send such a detail back
// unchanged: to ask for the same again, or to narrow a token at `/token`.

type Detail = Readonly<Record<string, unknown>>

/** Whether a detail comes from a token, by a consent or by the law. */
export function isTokenDetail(detail: unknown): detail is Detail {
  if (typeof detail !== 'object' || detail === null) return false
  return 'consent_id' in detail || 'legal_basis' in detail
}

/**
 * Turns a token's detail into the request for the same sharing, so that a living consent answers it; any other detail stays as it is.
 * @throws DetailError
 */
export function asRequest(
  detail: unknown,
  { register, now }: { readonly register: Register; readonly now: Date },
): unknown {
  if (!isTokenDetail(detail)) return detail
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

// Optional categories in a token were chosen by the person: the new request leaves them optional.
function chosen(datatypes: unknown, purpose: Purpose | undefined) {
  if (!Array.isArray(datatypes)) return { datatypes }
  const isOptional = (id: unknown) => purpose?.necessity[String(id)] === 'optional'
  const optional = datatypes.filter(isOptional)
  return {
    datatypes: datatypes.filter((id) => !isOptional(id)),
    ...(optional.length === 0 ? {} : { optional_datatypes: optional }),
  }
}

// A request for a sharing may not end on the sharing's last day: without the end, a living consent answers it, or it is asked anew.
function withinDays({ arrangement, ...asked }: Detail, end: unknown, now: Date): Detail {
  const instant = typeof end === 'string' ? Date.parse(end) : Number.NaN
  check(!Number.isNaN(instant), 'valid_until: must be that of a token')
  const until = dayOf(new Date(instant - 1))
  if (until <= dayOf(now)) return asked
  return { ...asked, duration: { until }, ...(arrangement === undefined ? {} : { arrangement }) }
}
