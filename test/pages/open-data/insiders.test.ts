import { env } from 'node:process'
import { expect, test } from 'vitest'
import type { Figures, PeopleCount } from '../../../src/base/values/disclosure-control.ts'
import {
  publishedCount,
  publishedFigures,
  sumOfFigures,
} from '../../../src/base/values/disclosure-control.ts'
import { present } from '../../../src/base/values/present.ts'
import type { MonthlyCount } from '../../../src/consent/figures/index.ts'
import type { JointCount } from '../../../src/pages/open-data/count.ts'
import { medianHours, tablesOf } from '../../../src/pages/open-data/count.ts'
import type { OpenDatasetId } from '../../../src/pages/open-data/datasets.ts'
import { datasetOf, datasets } from '../../../src/pages/open-data/datasets.ts'
import { jsonFile, rowsIn } from '../../../src/pages/open-data/files.ts'
import type { CountedTable } from '../../../src/pages/open-data/protect.ts'
import {
  correctedRows,
  figuresIn,
  keyWidth,
  mostCorrectionsOf,
  protectedRows,
} from '../../../src/pages/open-data/protect.ts'
import type { Agreement } from '../../../src/registry/index.ts'
import type { InsiderMonth } from '../../support/attacker.ts'
import { attackFromWithin } from '../../support/attacker.ts'
import { chances } from '../../support/chances.ts'
import { seed } from '../../support/property.ts'

// Two bodies act together for three years (I23). In each row that is of several bodies they have a part each, of which they choose the people, and
// the parts of their neighbours are the same each month. Such a row is of refused disclosures, of those shown later, and of introspections at
// one holder, where they are two of its recipients.
const people = Number(env['DRILL_PEOPLE'] ?? 1000)
const months = range(36)
const worlds = Math.max(1, Math.floor(people / 2000))
const rowsOfSeveral: readonly [OpenDatasetId, (body: string) => Partial<MonthlyCount>][] = [
  [
    'decisions-refusees',
    (body) => ({ outcome: 'denied', detail: 'CONSENT_REVOKED', holder: body }),
  ],
  ['consultations-differees', (body) => ({ outcome: 'permitted-later', holder: body })],
  ['verifications-sans-demande', (body) => ({ outcome: 'inquired', holder: 'H', recipient: body })],
]

const readOnce = [[8], [9], [11], [12], [3, 14]]

test.each(rowsOfSeveral)(
  'accomplices who choose their own people for three years learn of %s nothing of one to nine people of others',
  async (id, of) => {
    const draw = chances(seed)
    const some = () => Math.floor(draw() ** 2 * 30)
    // Neighbours that are the same for three years, and were read once; others by chance, each the same for a year.
    const lives = [
      ...(id === 'decisions-refusees' || worlds > 1 ? readOnce : []).map((counts) => [counts]),
      ...Array.from({ length: worlds }, () => {
        const bodies = Array.from({ length: 1 + Math.floor(draw() * 4) })
        return [0, 1, 2].map(() => bodies.map(some))
      }),
    ]
    for (const byYear of lives) {
      const seen = months.map((month): InsiderMonth => {
        const year = Math.floor((month * byYear.length) / months.length)
        const counts = byYear[year] ?? []
        const own = [10 + (month % 7), some() % 14]
        const parts = Object.fromEntries(
          [...own, ...counts].map((count, at) => [`body-${at}`, each(count)]),
        )
        const others = counts.map((_, at) => `year${year}body${at}`)
        return { says: saysOf(id, of, parts).people, own, others }
      })
      expect([byYear, await attackFromWithin(seen, 'each part')]).toEqual([byYear, []])
    }
  },
)

test.each([
  [8, ['C: 8 to 8 people']],
  [9, ['C: 9 to 9 people']],
  [12, []],
])('they read a neighbour of %i, where all parts are one count', async (neighbour, found) => {
  const seen = months.map((month): InsiderMonth => {
    const own = [10 + (month % 7), 6]
    const all = own.reduce((one, other) => one + other, neighbour)
    return { says: publishedCount(all), own, others: ['C'] }
  })
  expect(await attackFromWithin(seen, 'all parts as one')).toEqual(found)
})

// Why the largest body alone is not enough: whether a figure is said then follows from the counts of all, and the smallest of three bodies
// moves it. Tried here without a model of the rule: every pair of neighbours that fits what was said in ten months.
test.each([
  ['no figure without ten people beside the largest body', besideLargest, [4]],
  [
    'each part by itself',
    (parts: readonly number[]) => sumOfFigures(parts.map(publishedCount)),
    range(16),
  ],
])(
  'a body that adds one of its people each month reads of its neighbour, by the rule « %s »',
  (_, rule, found) => {
    const seen = range(10).map((own) => rule([own, 30, 4]))
    const fits = range(41).flatMap((large) =>
      range(16).filter((small) =>
        range(10).every((own) => rule([own, large, small]) === seen[own]),
      ),
    )
    expect([...new Set(fits)].toSorted((one, other) => one - other)).toEqual(found)
  },
)

test('what a row says beside a part is the same, however many people are in that part', () => {
  const draw = chances(seed)
  const count = (): PeopleCount => {
    const of = Math.floor(draw() ** 2 * 40)
    return { people: of, times: of + (of === 0 ? 0 : Math.floor(draw() * 30)) }
  }
  for (const [id, of] of rowsOfSeveral)
    for (let n = 0; n < 40; n++) {
      const others = { C: count(), D: count(), E: count() }
      const without = saysOf(id, of, others)
      for (const own of [nobody, { people: 9, times: 400 }, count(), count()]) {
        const [all, mine] = [saysOf(id, of, { ...others, A: own }), publishedFigures(own)]
        expect(all.people).toBe(sumOfFigures([without.people, mine.people]))
        expect(all.times || '<10').toBe(sumOfFigures([without.times, mine.times]))
      }
    }
})

test('a row that adds up parts is corrected part by part, once', () => {
  const dataset = present(datasetOf('decisions-refusees'), 'the dataset')
  const first = table({ A: 100, B: 12, C: 9 })
  const earlier = protectedRows(dataset, '2026-10', first)
  expect(earlier[0]?.at(-1)).toBe('110')
  // Three who came to one part, and eleven who came to two, are not told; forty are, and a part of nine that is one of thirty.
  for (const [parts, says] of [
    [{ A: 100, B: 15, C: 9 }, '110'],
    [{ A: 106, B: 17, C: 9 }, '110'],
    [{ A: 100, B: 52, C: 9 }, '150'],
    [{ A: 100, B: 12, C: 30, D: 9 }, '140'],
    [{ B: 12, C: 9 }, '10'],
  ] as const)
    expect(correctedRows(dataset, earlier, { first, now: table(parts) })[0]?.at(-1)).toBe(says)
  const counted = datasets.filter(({ measures }) => measures.length > 0)
  expect(counted.map((one) => [one.id, mostCorrectionsOf(one)])).toEqual([
    ['communications-mensuelles', 99],
    ['consentements-mensuels', 99],
    ['decisions-refusees', 1],
    ['consultations-differees', 1],
    ['verifications-sans-demande', 1],
  ])
})

test('a body finds no hour of another’s one person by the hours of its own', async () => {
  // Six at 1 hour and six at 100: whatever lies between is the median of all thirteen.
  const own = [stops('A', 1, 6), stops('A', 100, 6)]
  expect(await median([...own, stops('C', 42, 1)])).toBe(await median([...own, stops('C', 7, 1)]))
  expect(await median([stops('A', 1, 6), stops('A', 100, 7)])).toBe(100)
  expect(await median([stops('C', 42, 9)])).toBeUndefined()
  expect(await median([])).toBeUndefined()
  const [small, large] = [stops('B', 5, 10), stops('C', 30, 40)]
  expect(await median([small, large])).toBe(30)
})

/** What the file of a month says of such a row, from what was counted, as a reader has it. */
function saysOf(
  id: OpenDatasetId,
  of: (body: string) => Partial<MonthlyCount>,
  parts: Readonly<Record<string, PeopleCount>>,
): Figures {
  const dataset = present(datasetOf(id), 'the dataset')
  const counts = Object.entries(parts)
    .filter(([, count]) => count.people > 0)
    .map(([body, count]): MonthlyCount => ({ ...noCount, ...of(body), ...count }))
  const tables = tablesOf({ agreements: [holdsSomething] }, '2026-10-01', counts)
  const exact =
    id === 'decisions-refusees'
      ? tables.refusals
      : id === 'consultations-differees'
        ? tables.later
        : tables.inquiries
  const rows = protectedRows(dataset, '2026-10', exact)
  const read = rowsIn(
    dataset,
    jsonFile({ issuer: '', dataset, month: '2026-10', publishedAt: new Date(0) }, rows),
  )
  const row = read.find(
    ([, key]) => keyWidth(dataset) === 0 || key === 'CONSENT_REVOKED' || key === 'H',
  )
  const [measure = { people: '' }] = dataset.measures
  return figuresIn(dataset, row ?? [], measure)
}

const holdsSomething = {
  id: 'agr_H',
  holder: 'H',
  status: 'active',
  from: '2020-01-01',
  until: undefined,
  purposes: ['pur_x@1'],
} as unknown as Agreement
function median(counts: readonly MonthlyCount[]): Promise<number | undefined> {
  return medianHours(counts, together)
}

const nobody: PeopleCount = { people: 0, times: 0 }
const noCount: MonthlyCount = {
  holder: '',
  recipient: '',
  purpose: '',
  basis: '',
  detail: null,
  outcome: 'denied',
  agreement: null,
  people: 0,
  times: 0,
}

function range(length: number): number[] {
  return Array.from({ length }, (_, at) => at)
}

function besideLargest(parts: readonly number[]): string {
  const all = parts.reduce((one, other) => one + other, 0)
  const rest = all - Math.max(...parts)
  return rest >= 1 && rest <= 9 ? '' : publishedCount(all)
}

function each(count: number): PeopleCount {
  return { people: count, times: count }
}
const table = (parts: Readonly<Record<string, number>>): CountedTable => [
  {
    key: ['R1'],
    counted: [
      new Map(Object.entries(parts).map(([name, of]) => [name, { people: of, times: of }])),
    ],
  },
]
const stops = (body: string, hours: number, of: number): MonthlyCount => ({
  ...noCount,
  outcome: 'confirmed',
  agreement: `agr_${body}`,
  holder: body,
  detail: String(hours),
  people: of,
  times: of,
})
// Nobody had two.
const together: JointCount = (groups) =>
  Promise.resolve(
    new Map(
      groups.map(({ group, cells }) => [
        group,
        { people: cells.reduce((sum, cell) => sum + cell.people, 0) },
      ]),
    ),
  )
