import { expect, test } from 'vitest'
import { dayAfter, dayBefore, isDay } from '../../src/base/values/calendar.ts'
import { auditPerson } from '../../src/tool/audit.ts'
import { readOf } from '../support/commands.ts'

// The command judges days by their letters, so that help loads no calendar: as the calendar does.

const days = ['2024-02-28', '2024-02-29', '2024-03-01', '2025-12-31', '2026-01-01', '2026-02-28']
const none = ['2026-02-29', '2026-13-01', '2026-00-10', '2026-04-31', '26-01-01', '2026-1-1', '']

function isRead(from: string, to: string): boolean {
  return readOf(auditPerson, ['con_x', '--from', from, '--to', to, '--into', 'f']) !== undefined
}

test('a dossier is of a year at most, whatever its last day', () => {
  for (const to of days) {
    const first = dayAfter(dayBefore(to, 'P1Y'), 'P1D')
    const around = [first, dayBefore(first, 'P1D'), to, dayAfter(to, 'P1D'), dayBefore(to, 'P2Y')]
    for (const from of [...around, ...days])
      expect([from, to, isRead(from, to)]).toEqual([
        from,
        to,
        from <= to && from > dayBefore(to, 'P1Y'),
      ])
  }
})

test('what is no day of the calendar is wrong usage', () => {
  for (const word of [...days, ...none])
    expect([word, isRead(word, word)]).toEqual([word, isDay(word)])
})
