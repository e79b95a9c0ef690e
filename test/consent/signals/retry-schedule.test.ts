import { expect, test } from 'vitest'
import { secondsAfter } from '../../../src/base/values/clock.ts'
import { dueAfter } from '../../../src/consent/signals/retry-schedule.ts'

test('what was sent in vain is due after 1 s, 5 s, 30 s, 5 min, each hour, and after a week each day', () => {
  const queuedAt = new Date('2026-11-01T00:00:00.000Z')
  const waits: number[] = []
  let now = queuedAt
  // Ninety days.
  for (let tries = 0; now < secondsAfter(queuedAt, 90 * 86_400); tries++) {
    const due = dueAfter(tries, queuedAt, now)
    waits.push((due.getTime() - now.getTime()) / 1000)
    now = due
  }
  expect(waits.slice(0, 6)).toEqual([1, 5, 30, 300, 3600, 3600])
  const daily = waits.indexOf(86_400)
  expect(new Set(waits.slice(4, daily))).toEqual(new Set([3600]))
  expect(new Set(waits.slice(daily))).toEqual(new Set([86_400]))
  // 336 seconds, then hours up to the seventh day.
  expect(daily).toBe(4 + 7 * 24)
  expect(waits.length - daily).toBe(83)
})
