import { expect, test } from 'vitest'
import { monthsBefore } from '../../../src/pages/site/delayed-figures.ts'

test('a month is published ten days after its end in Québec', () => {
  expect(monthsBefore(new Date('2026-12-11T04:59:59.999Z'))[0]).toBe('2026-10-01')
  expect(monthsBefore(new Date('2026-12-11T05:00:00.000Z'))[0]).toBe('2026-11-01')
  expect(monthsBefore(new Date('2026-12-11T05:00:00.000Z'))).toHaveLength(24)
})
