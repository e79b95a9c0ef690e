import { expect, test } from 'vitest'
import { timeOf } from '../../demo/mailbox/mailbox.ts'

// Some of its spaces do not break.
function plain(text: string): string {
  return text.replaceAll(/\s/g, ' ')
}

test.each([
  ['in winter', '2026-01-15T02:04:05Z', '21 h 04 min 05 s', '9:04:05 p.m.'],
  ['in summer', '2026-07-15T02:04:05Z', '22 h 04 min 05 s', '10:04:05 p.m.'],
])('the mailbox shows times of Québec, %s', (_, at, fr, en) => {
  expect(plain(timeOf(new Date(at), 'fr'))).toBe(fr)
  expect(plain(timeOf(new Date(at), 'en'))).toBe(en)
})
