import { env } from 'node:process'
import { expect, test } from 'vitest'
import type { PeopleCount } from '../../../src/base/values/disclosure-control.ts'
import {
  publishedCount,
  publishedFigures,
  sumOfFigures,
} from '../../../src/base/values/disclosure-control.ts'
import { datasets } from '../../../src/pages/open-data/datasets.ts'
import type { OpenDataset } from '../../../src/pages/open-data/datasets.ts'
import { csvFile, jsonFile, rowsIn } from '../../../src/pages/open-data/files.ts'
import type { CountedRow, CountedTable, FileRow } from '../../../src/pages/open-data/protect.ts'
import { correctedRows, keyWidth, protectedRows } from '../../../src/pages/open-data/protect.ts'
import type { MonthlyCount } from '../../../src/consent/figures/index.ts'
import { sumsOf } from '../../../src/pages/circulation/sums.ts'
import type { Cell, PageFigure, PublishedTable } from '../../support/attacker.ts'
import { attack, attackPages } from '../../support/attacker.ts'
import { seed } from '../../support/property.ts'

// An attacker with a solver reads the files of three months about invented people, and finds no cell and no difference of one to
// nine people (I23). `npm run drill -- small-numbers` does it with 10⁵ people.

const people = Number(env['DRILL_PEOPLE'] ?? 1000)
// More people have more agreements.
const rowsOfDataset = Math.min(60, 14 + Math.floor(people / 2000))
const months = ['2026-08', '2026-09', '2026-10']
const counted = datasets.filter(({ measures }) => measures.length > 0)
const ofReason = counted.find(({ id }) => id === 'decisions-refusees')
const nine: PeopleCount = { people: 9, times: 9 }
const nobody: PeopleCount = { people: 0, times: 0 }
const nothingSaid = { holder: '', recipient: '', purpose: '', basis: '', detail: null }

test('an attacker with a solver finds no cell and no difference of one to nine people', async () => {
  const draw = chances(seed)
  const tables: PublishedTable[] = months.flatMap((month) =>
    counted.flatMap((dataset) => {
      const lives = liveThrough(dataset, people, draw)
      const rows = asRead(dataset, month, protectedRows(dataset, month, lives.table()))
      const first: PublishedTable = { dataset, name: month, rows }
      lives.goOn()
      const later = correctedRows(dataset, rows, lives.table())
      return [first, { dataset, name: `${month}-c1`, rows: later, corrects: first }]
    }),
  )
  // The hardest: a few rows, of nine people each, who are all others.
  const nines = [1, 2, 3, 4, 7].flatMap((rows) => {
    if (ofReason === undefined) return []
    const body = Array.from({ length: rows }, (_, at) => ({ key: [`R${at}`], counted: [nine] }))
    const together = [{ people: rows * 9, times: rows * 9 }]
    const published = protectedRows(ofReason, '2026-10', { rows: body, together })
    return [{ dataset: ofReason, name: `${rows} rows`, rows: published }]
  })
  tables.push(...nines)
  expect(tables.some(({ rows }) => rows.some((row) => row.includes('<10')))).toBe(true)
  expect(await attack(tables)).toEqual([])
})

test('he learns nothing of sums on pages, and finds cells where a page counts for itself', async () => {
  const [draw, figures] = [chances(seed), [] as PageFigure[]]
  const communications = counted.find(({ id }) => id === 'communications-mensuelles')
  const [measure] = communications?.measures ?? []
  if (communications === undefined || measure === undefined) throw new Error('no such dataset')
  const cells = new Map<string, { cell: Cell; count: MonthlyCount }[]>()
  for (const month of months) {
    const exact = liveThrough(communications, people, draw).table()
    const table = {
      dataset: communications,
      name: month,
      rows: asRead(communications, month, protectedRows(communications, month, exact)),
    }
    const here = exact.rows.map(({ key: [agreement = ''], counted: [of = nobody] }, row) => {
      const count = { ...nothingSaid, ...of, agreement, outcome: 'permitted' } as const
      return { cell: { table, measure, row }, count }
    })
    for (const [name, of] of [
      [month, here],
      ...Map.groupBy(here, ({ count }) => count.agreement),
    ] as const)
      cells.set(name, [...(cells.get(name) ?? []), ...of])
  }
  for (const [what, of] of cells) {
    const counts = of.map(({ count }) => count).filter(({ times }) => times > 0)
    const about = { what, counts: 'times', of: of.map(({ cell }) => cell) } as const
    figures.push({ ...about, says: sumsOf(counts).permitted })
  }
  expect(figures.length).toBeGreaterThan(rowsOfDataset)
  expect(figures.some(({ says }) => says !== '<10')).toBe(true)
  expect(await attackPages(figures)).toEqual([])

  if (ofReason === undefined) throw new Error('no such dataset')
  const rows = ['R0', 'R1'].map((reason): FileRow => ['2026-10', reason, '', '<10'])
  const [measureOfReason = { people: '' }] = ofReason.measures
  const table = { dataset: ofReason, name: '2026-10', rows }
  const of = [0, 1].map((row) => ({ table, measure: measureOfReason, row }))
  const both = { what: 'both', counts: 'people', of } as const
  expect(await attackPages([{ ...both, says: sumOfFigures(['<10', '<10']) }])).toEqual([])
  // Eighteen people in two rows of fewer than ten: nine in each.
  expect(await attackPages([{ ...both, says: publishedCount(18) }])).toEqual([
    'both: row 0: 9 to 9 people',
    'both: row 1: 9 to 9 people',
  ])
  // Forty-three times to forty people, of whom fewer than ten had it again.
  const forty: FileRow[] = [['2026-10', 'R0', '40', '40']]
  const one = { table: { ...table, rows: forty }, measure: measureOfReason, row: 0 }
  expect(await attackPages([{ what: 'one', counts: 'times', of: [one], says: '43' }])).toEqual([
    'one: row 0, had it again: 1 to 5 people',
  ])
})

test.each([
  ['a total of three rows of nine', ['<10', '<10', '<10'], { people: 27, times: 27 }, 3],
  ['a total of one small row', ['<10'], { people: 14, times: 14 }, 0],
])('he finds the cells that %s gives back', async (_, labels, total, least) => {
  if (ofReason === undefined) throw new Error('no such dataset')
  const { people: all, times } = publishedFigures(total)
  const rows = [
    ...labels.map((label, at): FileRow => ['2026-10', `R${at}`, '', label]),
    ['2026-10', '*', times, all],
  ]
  const found = attack([{ dataset: ofReason, name: '2026-10', rows }])
  // Of one row with fewer than ten people, fourteen people contradict it.
  if (least === 0) await expect(found).rejects.toThrow('contradict')
  else expect(await found).toHaveLength(least)
})

test('he finds who came, where a correction is only rounded', async () => {
  if (ofReason === undefined) throw new Error('no such dataset')
  const first: PublishedTable = { dataset: ofReason, name: '2026-10', rows: onlyRounded(12) }
  const later = { dataset: ofReason, name: '2026-10-c1', rows: onlyRounded(13), corrects: first }
  expect(await attack([later])).toEqual([
    'decisions-refusees 2026-10-c1 row 0, came since: 1 to 7 people',
  ])
  const table: CountedTable = {
    rows: [{ key: ['R1'], counted: [{ people: 13, times: 13 }] }],
    together: [],
  }
  const held = correctedRows(ofReason, first.rows, table)
  expect(await attack([{ ...later, rows: held }])).toEqual([])
})

test('which rows there are does not follow from what happened', () => {
  if (ofReason === undefined) throw new Error('no such dataset')
  const none: CountedTable = { rows: [{ key: ['R1'], counted: [] }], together: [] }
  const one: CountedTable = { rows: [{ key: ['R1'], counted: [nine] }], together: [nine] }
  expect(protectedRows(ofReason, '2026-10', none)).toEqual(protectedRows(ofReason, '2026-10', one))
})

/** What a reader has: the rows of the CSV, which are those of the JSON. */
function asRead(dataset: OpenDataset, month: string, rows: readonly FileRow[]): FileRow[] {
  const head = {
    issuer: 'https://accord.test',
    dataset,
    month,
    publishedAt: new Date('2026-11-11T12:00:00Z'),
  }
  const [, ...lines] = csvFile(head, rows).split('\r\n').slice(0, -1)
  const read = lines.map((line) => line.slice(1, -1).split('","'))
  expect(rowsIn(dataset, jsonFile(head, rows))).toEqual(read)
  return read
}

/** People to whom things happen, in rows of very different sizes; after a while some more. */
function liveThrough(dataset: OpenDataset, crowd: number, draw: () => number) {
  const width = keyWidth(dataset)
  const keys = Array.from({ length: width === 0 ? 1 : rowsOfDataset }, (_, n) =>
    Array.from({ length: width }, (__, at) => `k${n}-${at}`),
  )
  // Times of each person, by measure and row.
  const happened = dataset.measures.map(() => keys.map(() => new Map<number, number>()))
  const happen = (events: number) => {
    for (let n = 0; n < events; n++) {
      const of = happened[Math.floor(draw() * happened.length)]
      // Most rows are small: each has a good deal less than the one before it.
      const row =
        of?.[Math.min(keys.length - 1, Math.floor((-Math.log(draw()) * rowsOfDataset) / 12))]
      const person = Math.floor(draw() ** 2 * crowd)
      row?.set(person, (row.get(person) ?? 0) + 1)
    }
  }
  happen(Math.ceil(crowd / 8))
  const rows = (): CountedRow[] =>
    keys.map((key, at) => ({ key, counted: happened.map((of) => countOf(of[at])) }))
  const together = () =>
    happened.map((of) => {
      const small = of.filter((row) => row.size < 10)
      const all = new Set(small.flatMap((row) => [...row.keys()]))
      const times = small.reduce((sum, row) => sum + countOf(row).times, 0)
      return { people: all.size, times }
    })
  return {
    table: (): CountedTable => ({ rows: rows(), together: together() }),
    goOn: () => {
      happen(Math.ceil(crowd / 60))
    },
  }
}

/** The same chances for the same seed. */
function chances(from: number): () => number {
  let state = from >>> 0 || 1
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state + 1) / 4_294_967_297
  }
}

function countOf(of: ReadonlyMap<number, number> | undefined): PeopleCount {
  const times = [...(of?.values() ?? [])].reduce((one, other) => one + other, 0)
  return { people: of?.size ?? 0, times }
}

function onlyRounded(count: number): FileRow[] {
  return [['2026-10', 'R1', publishedCount(count), publishedCount(count)]]
}
