import { secondsAfter } from '../../base/values/clock.ts'
import { msOf, retention } from '../../base/values/retention.ts'

const [hour, day] = [3600, 24 * 3600]
const firstWaits = [1, 5, 30, 300]
const weekSeconds = 7 * day

/** So long an event is kept for a body that does not take it. */
export const keptSeconds = msOf(retention.signals) / 1000

/** When what was sent in vain is due again: after 1 s, 5 s, 30 s, 5 min, each hour; after a week each day. @param tries before this one */
export function dueAfter(tries: number, queuedAt: Date, now: Date): Date {
  if (isLate(queuedAt, now)) return secondsAfter(now, day)
  return secondsAfter(now, firstWaits[tries] ?? hour)
}

export function isLate(queuedAt: Date, now: Date): boolean {
  return now >= secondsAfter(queuedAt, weekSeconds)
}
