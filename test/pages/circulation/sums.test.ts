import { expect, test } from 'vitest'
import type { CountedMonth, MonthlyCount } from '../../../src/consent/figures/index.ts'
import { chartHeight, chartsOf } from '../../../src/pages/circulation/charts.ts'
import { monthSums, publishedMonths, sumsOf } from '../../../src/pages/circulation/sums.ts'

// What everybody may know of counted months: sums of published figures (docs/design/domain.md#i23).

const count = (change: Partial<MonthlyCount>): MonthlyCount => ({
  outcome: 'permitted',
  agreement: 'agr_2026-001',
  holder: 'org_agence-revenu',
  recipient: 'org_aide-etudes',
  purpose: 'pur_calcul-aide',
  basis: 'consent_53',
  detail: null,
  times: 40,
  people: 40,
  ...change,
})
const law = { agreement: 'agr_2026-014', basis: 'agreement_68_1' }

const month = (of: string, counts: readonly MonthlyCount[] = []): CountedMonth => ({
  month: of,
  countedAt: new Date(`${of}T12:00:00Z`),
  counts,
  isGenuine: true,
  served: undefined,
})

function later(people: number): MonthlyCount {
  return count({ ...law, outcome: 'permitted-later', times: 30, people })
}

function stopped(hours: number, times: number): MonthlyCount {
  return count({ outcome: 'confirmed', detail: String(hours), times, people: times })
}

function hoursOf(...counts: MonthlyCount[]): number | undefined {
  return monthSums(month('2026-11-01', counts)).hours
}

test('a part with fewer than ten people is in no sum, so that no difference gives it back', () => {
  expect(
    sumsOf([count({ times: 43, people: 42 }), count({ ...law, times: 900, people: 9 })]),
  ).toEqual({
    permitted: '40',
    byConsent: '40',
    byLaw: '<10',
    refused: '<10',
    stopped: '<10',
  })
  const answers = [
    count({ outcome: 'refused', times: 13, people: 13 }),
    count({ outcome: 'refused', agreement: 'agr_2026-009', times: 12, people: 12 }),
    count({ outcome: 'stopped', times: 50, people: 3 }),
  ]
  expect(sumsOf(answers)).toMatchObject({ permitted: '<10', refused: '25', stopped: '<10' })
  expect(sumsOf([])).toMatchObject({ permitted: '<10', refused: '<10' })
})

test('permits that are shown later are told all together, and in no other number', () => {
  expect(monthSums(month('2026-11-01', [later(30)]))).toMatchObject({
    permitted: '<10',
    later: '30',
  })
  expect(monthSums(month('2026-11-01', [later(9), later(9)]))).toMatchObject({ later: '<10' })
})

test('half of the stops: the hours within which they were confirmed, and of few people none', () => {
  expect(hoursOf(stopped(30, 2), stopped(1, 10), stopped(4, 9))).toBe(4)
  expect(hoursOf(stopped(1, 10), stopped(4, 9))).toBe(1)
  expect(hoursOf(stopped(0, 10))).toBe(0)
  expect(hoursOf(stopped(1, 9), stopped(4, 9))).toBeUndefined()
  expect(hoursOf()).toBeUndefined()
})

test('a month is shown ten days after its end in Québec, for a year, and only as it was counted', () => {
  const months = ['2026-12-01', '2026-11-01', '2026-10-01', '2025-12-01', '2025-11-01'].map((of) =>
    month(of),
  )
  const shown = (now: string) => publishedMonths(months, new Date(now)).map((one) => one.month)
  expect(shown('2026-12-11T04:59:59.999Z')).toEqual(['2026-10-01', '2025-12-01', '2025-11-01'])
  expect(shown('2026-12-11T05:00:00.000Z')).toEqual(['2026-11-01', '2026-10-01', '2025-12-01'])
  const changed = months.map((one) => ({ ...one, isGenuine: false }))
  expect(publishedMonths(changed, new Date('2026-12-11T05:00:00Z'))).toEqual([])
})

test('a bar a month, the oldest first; the largest is the whole height, and few people have none', () => {
  const sums = ['2026-11-01', '2026-10-01', '2026-09-01'].map((of, at) =>
    monthSums(month(of, [count({ times: [40, 9, 80][at] ?? 0, people: [40, 9, 80][at] ?? 0 })])),
  )
  const [permitted, refused] = chartsOf(sums)
  expect(permitted?.bars.map(({ height }) => height)).toEqual([chartHeight, 0, chartHeight / 2])
  expect(permitted?.most).toEqual({ month: new Date('2026-09-01T04:00:00Z'), figure: '80' })
  expect(refused?.most).toBeUndefined()
})
