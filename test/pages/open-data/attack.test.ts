import { env } from 'node:process'
import { expect, test } from 'vitest'
import type { PeopleCount } from '../../../src/base/values/disclosure-control.ts'
import { publishedCount, sumOfFigures } from '../../../src/base/values/disclosure-control.ts'
import { datasets } from '../../../src/pages/open-data/datasets.ts'
import type { OpenDataset } from '../../../src/pages/open-data/datasets.ts'
import { csvFile, jsonFile, rowsIn } from '../../../src/pages/open-data/files.ts'
import type {
  CountsByPart,
  CountedRow,
  CountedTable,
  FileRow,
} from '../../../src/pages/open-data/protect.ts'
import { correctedRows, keyWidth, protectedRows } from '../../../src/pages/open-data/protect.ts'
import type { MonthlyCount } from '../../../src/consent/figures/index.ts'
import { sumsOf } from '../../../src/pages/circulation/sums.ts'
import type { Cell, PageFigure, PublishedTable } from '../../support/attacker.ts'
import { attack, attackPages } from '../../support/attacker.ts'
import { chances } from '../../support/chances.ts'
import { seed } from '../../support/property.ts'

// An attacker with a solver reads the files of three months about invented people, and finds no cell and no difference of one to
// nine people (I23). `npm run drill -- small-numbers` does it with 10⁵ people.

const people = Number(env['DRILL_PEOPLE'] ?? 1000)
// More people have more agreements.
const rowsOfDataset = Math.min(60, 14 + Math.floor(people / 2000))
const months = ['2026-08', '2026-09', '2026-10']
const counted = datasets.filter(({ measures }) => measures.length > 0)
const ofReason = counted.find(({ id }) => id === 'decisions-refusees')
const nobody: PeopleCount = { people: 0, times: 0 }
const nothingSaid = { holder: '', recipient: '', purpose: '', basis: '', detail: null }

test('an attacker with a solver finds no cell and no difference of one to nine people', async () => {
  const draw = chances(seed)
  // Of rows that add up parts he is given the parts, as if they were published: so he has more than the files.
  const tables: PublishedTable[] = months.flatMap((month) =>
    counted.flatMap((dataset) => {
      const lives = liveThrough(dataset, people, draw)
      const before = lives.table()
      const rows = asRead(dataset, month, protectedRows(dataset, month, before))
      const first: PublishedTable = { dataset, name: month, rows }
      lives.goOn()
      const later = correctedRows(dataset, rows, { first: before, now: lives.table() })
      return [first, { dataset, name: `${month}-c1`, rows: later, corrects: first }]
    }),
  )
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
    const here = exact.map(({ key: [agreement = ''], counted: [parts] }, row) => {
      const of = parts?.get('') ?? nobody
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

test('he finds who came, where a correction is only rounded', async () => {
  if (ofReason === undefined) throw new Error('no such dataset')
  const first: PublishedTable = { dataset: ofReason, name: '2026-10', rows: onlyRounded(12) }
  const later = { dataset: ofReason, name: '2026-10-c1', rows: onlyRounded(13), corrects: first }
  expect(await attack([later])).toEqual([
    'decisions-refusees 2026-10-c1 row 0, came since: 1 to 7 people',
  ])
  const held = correctedRows(ofReason, first.rows, { first: tableOf(12), now: tableOf(13) })
  expect(await attack([{ ...later, rows: held }])).toEqual([])
})

test('which rows there are does not follow from what happened', () => {
  if (ofReason === undefined) throw new Error('no such dataset')
  const none: CountedTable = [{ key: ['R1'], counted: [] }]
  const one: CountedTable = [{ key: ['R1'], counted: [part({ people: 9, times: 9 })] }]
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
    keys.map((key, at) => ({ key, counted: happened.map((of) => part(countOf(of[at]))) }))
  return {
    table: (): CountedTable => rows(),
    goOn: () => {
      happen(Math.ceil(crowd / 60))
    },
  }
}

function countOf(of: ReadonlyMap<number, number> | undefined): PeopleCount {
  const times = [...(of?.values() ?? [])].reduce((one, other) => one + other, 0)
  return { people: of?.size ?? 0, times }
}

function part(count: PeopleCount): CountsByPart {
  return new Map([['', count]])
}

function tableOf(count: number): CountedTable {
  return [{ key: ['R1'], counted: [part({ people: count, times: count })] }]
}

function onlyRounded(count: number): FileRow[] {
  return [['2026-10', 'R1', publishedCount(count), publishedCount(count)]]
}
