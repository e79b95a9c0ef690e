import { describe, expect, test } from 'vitest'
import type { HeldContent, SharingSpan } from '../../../src/consent/erasure/plan.ts'
import { planByOrder, planByRetention } from '../../../src/consent/erasure/plan.ts'

// Which keys and rows go, of what is held at an instant (docs/design/domain.md#erasure).

const day = (text: string) => new Date(`${text}T12:00:00Z`)
const span = (id: string, began: string, over: string | null): SharingSpan => ({
  consentIds: [id],
  beganAt: day(began),
  overAt: over === null ? null : day(over),
})
const years = (...all: number[]) =>
  all.map((year, i) => ({ year, fromSeq: i * 10 + 1, throughSeq: i * 10 + 10 }))
const held = (change: Partial<HeldContent>): HeldContent => ({
  sharings: [],
  years: [],
  oldestLoose: null,
  ...change,
})

const seen = (plan: ReturnType<typeof planByOrder>) =>
  plan === undefined || plan === 'unfinished'
    ? plan
    : [plan.consentIds, plan.years.map(({ year }) => year)]

describe('content is erased by its retention', () => {
  test.each<[string, string, Partial<HeldContent>, unknown]>([
    ['nothing is held', '2035-01-01', {}, undefined],
    [
      'a day before three years',
      '2029-06-30',
      { sharings: [span('a', '2026-01-01', '2026-07-01')] },
      undefined,
    ],
    [
      'after three years its rows go, the year of it not yet',
      '2029-07-02',
      { sharings: [span('a', '2026-01-01', '2026-07-01')], years: years(2026) },
      [['a'], []],
    ],
    [
      'three years after the end of the year its key goes',
      '2030-01-02',
      { sharings: [span('a', '2026-01-01', '2026-07-01')], years: years(2026, 2027) },
      [['a'], [2026]],
    ],
    [
      'a sharing that goes on keeps the years from its beginning on, and no earlier one',
      '2035-01-02',
      { sharings: [span('a', '2027-05-01', null)], years: years(2025, 2026, 2027, 2028) },
      [[], [2025, 2026]],
    ],
    [
      'so does one that is over for less',
      '2035-01-02',
      { sharings: [span('a', '2027-05-01', '2033-01-01')], years: years(2027, 2028) },
      undefined,
    ],
    [
      'what belongs to no sharing goes alone',
      '2029-07-02',
      { oldestLoose: day('2026-07-01') },
      [[], []],
    ],
    ['and waits for its time', '2029-06-30', { oldestLoose: day('2026-07-01') }, undefined],
  ])('%s (%s)', (_, now, change, expected) => {
    expect(seen(planByRetention(held(change), day(now)))).toEqual(expected)
  })
})

describe('content is erased by an order', () => {
  test('if it has ended, at once, up to the end of the year', () => {
    const sharings = [span('a', '2026-01-01', '2026-07-01'), span('b', '2027-01-01', '2027-07-01')]
    const plan = planByOrder(held({ sharings, years: years(2025, 2026, 2027) }), 2026)
    expect(seen(plan)).toEqual([['a'], [2025, 2026]])
  })

  test('unless a sharing of that time has not ended', () => {
    const sharings = [span('a', '2026-01-01', null)]
    expect(planByOrder(held({ sharings, years: years(2026) }), 2026)).toBe('unfinished')
    expect(seen(planByOrder(held({ sharings, years: years(2025, 2026) }), 2025))).toEqual([
      [],
      [2025],
    ])
  })
})
