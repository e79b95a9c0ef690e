import { dayAfter } from '../../base/values/calendar.ts'
import type { Bilingual } from '../../base/values/languages.ts'
import type { Fault } from './file-faults.ts'
import { faultIf } from './file-faults.ts'
import type { RegisteredService } from './objects.ts'

/** Why a service is let off what is demanded of the others, and its last day. */
export type ServiceException = { readonly until: string; readonly reason: Bilingual }

/** The longest exception, from the day of its apply. */
const longest = 'P2Y'
/** How long before its end an exception is told to the operator. */
const toldBefore = 60

/** The faults of any file: only an exception has an end and a reason. */
export function exceptionFaults({ profile, until, reason }: RegisteredService): Fault[] {
  const isException = profile === 'legacy'
  const members = { until, reason }
  return (['until', 'reason'] as const).flatMap((name) => {
    const isThere = members[name] !== undefined
    if (isException)
      return faultIf(!isThere, ['profile'], `${name} is missing: profile legacy is an exception`)
    return faultIf(isThere, [name], `${name} is not for profile ${profile}`)
  })
}

/** The faults of a version that is applied today. */
export function termFaults({ until }: RegisteredService, today: string): Fault[] {
  if (until === undefined) return []
  const last = dayAfter(today, longest)
  return [
    ...faultIf(until < today, ['until'], `until is past: ${until}`),
    ...faultIf(until > last, ['until'], `until is more than two years away: ${last} at the latest`),
  ]
}

/** How many days an exception goes on after today; undefined: for so long that nobody is told yet. */
export function daysLeft({ until }: ServiceException, today: string): number | undefined {
  if (until > dayAfter(today, `P${toldBefore}D`)) return undefined
  return Math.round((Date.parse(until) - Date.parse(today)) / dayMs)
}

const dayMs = 24 * 3600 * 1000
