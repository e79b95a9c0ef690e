import { expect, test } from 'vitest'
import type { CountedMonth, MonthlyCount } from '../../../src/consent/figures/index.ts'
import { chartHeight, chartsOf } from '../../../src/pages/circulation/charts.ts'
import { monthSums, publishedMonths, sumsOf } from '../../../src/pages/circulation/sums.ts'

// What everybody may know of counted months: sums of published figures (I23).

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
const nothing = { later: new Map(), hours: new Map() }
const law = { agreement: 'agr_2026-014', basis: 'agreement_68_1' }

const month = (of: string, counts: readonly MonthlyCount[] = []): CountedMonth => ({
  month: of,
  countedAt: new Date(`${of}T12:00:00Z`),
  counts,
  isGenuine: true,
  served: undefined,
})

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

function rows(name: string, value: string) {
  return new Map([['2026-11-01', [{ [name]: value }]]])
}

test('what is told of all bodies together is what was published, and nothing before', () => {
  const [of, before] = [month('2026-11-01'), month('2026-10-01')]
  const together = { later: rows('communications', '30'), hours: rows('heures_mediane', '0') }
  expect(monthSums(of, together)).toMatchObject({ later: '30', hours: 0 })
  expect(monthSums(before, together)).toMatchObject({ later: '<10', hours: undefined })
  const few = { later: rows('communications', ''), hours: rows('heures_mediane', '') }
  expect(monthSums(of, few)).toMatchObject({ later: '<10', hours: undefined })
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
    monthSums(
      month(of, [count({ times: [40, 9, 80][at] ?? 0, people: [40, 9, 80][at] ?? 0 })]),
      nothing,
    ),
  )
  const [permitted, refused] = chartsOf(sums)
  expect(permitted?.bars.map(({ height }) => height)).toEqual([chartHeight, 0, chartHeight / 2])
  expect(permitted?.most).toEqual({ month: new Date('2026-09-01T04:00:00Z'), figure: '80' })
  expect(refused?.most).toBeUndefined()
})
