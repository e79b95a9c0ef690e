import type { Highs } from 'highs'
import loadHighs from 'highs'
import type { Interval } from '../../src/base/values/disclosure-control.ts'
import {
  suppressedCount,
  intervalOf,
  publishedCount,
  suppressionThreshold,
  sumOfFigures,
  withheldFigure,
} from '../../src/base/values/disclosure-control.ts'
import type { OpenDataset, Measure } from '../../src/pages/open-data/datasets.ts'
import type { FileRow } from '../../src/pages/open-data/protect.ts'
import { figuresIn } from '../../src/pages/open-data/protect.ts'

// An attacker of the published files. He knows the rule (docs/open-data.en.md), reads every file, writes what each figure tells as
// constraints over whole numbers, and asks a solver how few and how many people each cell, and each difference of two figures, can have.

export type PublishedTable = {
  readonly dataset: OpenDataset
  /** Names the table: `2026-10`, `2026-10-c1`. */
  readonly name: string
  readonly rows: readonly FileRow[]
  /** The table that this one corrects. */
  readonly corrects?: PublishedTable
}

type Model = {
  readonly constraints: string[]
  readonly bounds: string[]
  readonly variables: string[]
}
/** A sum: each variable with its sign. */
type Sum = readonly (readonly [1 | -1, string])[]
type Target = { readonly what: string; readonly sum: Sum }
/** Numbers that fit all that is published. @returns what a sum is there */
type World = (sum: Sum) => number

/** One cell of a published table. */
export type Cell = {
  readonly table: PublishedTable
  readonly measure: Measure
  readonly row: number
}

/** A number of a page or a report, and the cells that it is about. */
export type PageFigure = {
  readonly what: string
  readonly says: string
  readonly counts: 'people' | 'times'
  readonly of: readonly Cell[]
}

const mostFound = 20
// Of a figure that has no end.
const endless = 1_000_000

// The types are of the package's CommonJS form; what is loaded here is its ES module.
const load = loadHighs as unknown as typeof loadHighs.default

/** @returns what he found out: cells, and differences of figures, that must be one to nine people */
export async function attack(tables: readonly PublishedTable[]): Promise<string[]> {
  const highs = await load()
  const found: string[] = []
  for (const table of tables)
    for (const measure of table.dataset.measures) {
      const { model, targets } = modelOf(table, measure)
      const of = `${table.dataset.id} ${table.name}`
      found.push(...look(highs, model, targets).map((says) => `${of} ${says}`))
    }
  return found.slice(0, mostFound)
}

/**
 * Reads pages and reports beside the files. A number that is the sum of published figures tells him nothing that these do not. Any other
 * one is a count of its own, which he writes beside all that the files say of its cells.
 * @returns what he found out by it
 */
export async function attackPages(figures: readonly PageFigure[]): Promise<string[]> {
  const highs = await load()
  return figures.filter(isOwnCount).flatMap(({ what, says, counts, of }) => {
    const model: Model = { constraints: [], bounds: [], variables: [] }
    const targets = new Map<string, Target[]>()
    const known = [...new Set(of.map(({ table }) => table))]
    const signOf = ({ table, measure }: Cell) =>
      `t${known.indexOf(table)}m${table.dataset.measures.indexOf(measure)}`
    for (const cell of of) {
      const sign = signOf(cell)
      if (!targets.has(sign)) targets.set(sign, cellsIn(model, cell.table, cell.measure, sign))
    }
    const parts = of.flatMap((cell) => {
      const [people, again] = ['p', 'a'].map((of) => `${signOf(cell)}${of}${cell.row}`)
      return counts === 'people' ? [people] : [people, again]
    })
    const [from, to] = countIn(says)
    model.constraints.push(`${parts.join(' + ')} >= ${from}`, `${parts.join(' + ')} <= ${to}`)
    return look(highs, model, [...targets.values()].flat()).map((found) => `${what}: ${found}`)
  })
}

/** A row of several bodies in one month, as accomplices see it who have a part in it. */
export type InsiderMonth = {
  /** What the file said of people. */
  readonly says: string
  /** People of each part of theirs, which they know, and chose. */
  readonly own: readonly number[]
  /** Names of the other parts. One that has the same name in several months has the same people, and they know it. */
  readonly others: readonly string[]
}

/**
 * Bodies that act together for years, know their own parts of a row, and choose how many people are in them, look for what others had.
 * @param rule how a row is made: each part by itself, or all parts as one count
 * @returns what they found out of a part of others, or of all of these of a month
 */
export async function attackFromWithin(
  months: readonly InsiderMonth[],
  rule: 'each part' | 'all parts as one',
): Promise<string[]> {
  const highs = await load()
  const model: Model = { constraints: [], bounds: [], variables: [] }
  const names = [...new Set(months.flatMap(({ others }) => others))]
  for (const name of names) partIn(model, name)
  for (const { says, own, others } of months) {
    if (rule === 'each part') {
      const left =
        figureOf(says) - own.reduce((sum, count) => sum + figureOf(publishedCount(count)), 0)
      model.constraints.push(`${others.map((name) => `5 f${name}`).join(' + ')} = ${left}`)
      continue
    }
    const [from, to] = intervalOf(says)
    const mine = own.reduce((sum, count) => sum + count, 0)
    const all = others.map((name) => `p${name}`).join(' + ')
    model.constraints.push(`${all} >= ${from - mine}`, `${all} <= ${to - mine}`)
  }
  // Months that tell the same are told once.
  model.constraints.splice(0, Infinity, ...new Set(model.constraints))
  const sums = new Map(months.map(({ others }) => [others.join(' and '), others]))
  const targets = [
    ...names.map((name): Target => ({ what: name, sum: [[1, `p${name}`]] })),
    ...[...sums].map(([what, of]): Target => ({
      what,
      sum: of.map((name) => [1, `p${name}`] as const),
    })),
  ]
  return [...new Set(look(highs, model, targets))]
}

// People of a part, a fifth of its figure, and whether there are ten or more of them.
function partIn(model: Model, name: string): void {
  const [p, f, z] = [`p${name}`, `f${name}`, `z${name}`]
  const most = 1000
  between(model, p, [0, most])
  between(model, f, [0, most])
  between(model, z, [0, 1])
  model.constraints.push(
    `${p} - ${most} ${z} <= ${suppressionThreshold - 1}`,
    `${p} - ${suppressionThreshold} ${z} >= 0`,
    `${f} - ${most} ${z} <= 0`,
    // 8 to 12 are 10.
    `5 ${f} - ${p} <= 2`,
    `${p} - 5 ${f} + ${suppressionThreshold} ${z} <= ${2 + suppressionThreshold}`,
  )
}

function figureOf(says: string): number {
  return says === suppressedCount ? 0 : Number(says)
}

/** Whether a number is another one than the sum of what the files say of its cells. */
export function isOwnCount({ says, counts, of }: PageFigure): boolean {
  const known = of.map(({ table: { dataset, rows }, measure, row }) => {
    const line = rows[row]
    return line === undefined ? withheldFigure : figuresIn(dataset, line, measure)[counts]
  })
  return says !== sumOfFigures(known)
}

// Rounded as the files are, or not rounded at all.
function countIn(says: string): Interval {
  const isRounded =
    says === suppressedCount || (Number(says) >= suppressionThreshold && Number(says) % 5 === 0)
  if (!isRounded) return [Number(says), Number(says)]
  const [from, to] = intervalOf(says)
  return [from, Math.min(to, endless)]
}

/** @returns the targets that must be one to nine people */
function look(highs: Highs, model: Model, targets: readonly Target[]): string[] {
  const found: string[] = []
  let open = targets
  while (open.length > 0 && found.length < mostFound) {
    const [target] = open
    if (target === undefined) break
    const fewest = solve(highs, model, target.sum, 'Minimize')
    const most = fewest(target.sum) < 1 ? fewest : solve(highs, model, target.sum, 'Maximize')
    const [smallest, largest] = [fewest(target.sum), most(target.sum)]
    if (isFew(smallest) && isFew(largest))
      found.push(`${target.what}: ${smallest} to ${largest} people`)
    // A world that fits all files, and in which a target is none or many, shows him nothing of that target.
    open = open.filter(
      (one) => one !== target && [fewest, most].every((world) => isFew(world(one.sum))),
    )
  }
  return found
}

function isFew(count: number): boolean {
  return count >= 1 && count < 10
}

function modelOf(table: PublishedTable, measure: Measure): { model: Model; targets: Target[] } {
  const model: Model = { constraints: [], bounds: [], variables: [] }
  const targets = [...cellsIn(model, table, measure, 'n')]
  if (table.corrects !== undefined) {
    cellsIn(model, table.corrects, measure, 'o')
    // He does not know which of two figures is larger.
    for (const at of table.rows.keys()) {
      const label = (row: FileRow | undefined) =>
        row && figuresIn(table.dataset, row, measure).people
      const isWhole = [table, table.corrects].every(
        ({ rows }) => label(rows[at]) !== withheldFigure,
      )
      if (!isWhole) continue
      targets.push(
        {
          what: `row ${at}, came since`,
          sum: [
            [1, `np${at}`],
            [-1, `op${at}`],
          ],
        },
        {
          what: `row ${at}, went since`,
          sum: [
            [1, `op${at}`],
            [-1, `np${at}`],
          ],
        },
      )
    }
  }
  return { model, targets }
}

/** Writes what a table tells of one measure. @returns what he wants to know */
function cellsIn(
  model: Model,
  { dataset, rows }: PublishedTable,
  measure: Measure,
  sign: string,
): Target[] {
  const targets: Target[] = []
  for (const [at, row] of rows.entries()) {
    const { people, times } = figuresIn(dataset, row, measure)
    const [p, again] = [`${sign}p${at}`, `${sign}a${at}`]
    between(model, p, intervalOf(people))
    between(model, again, againIn(people, times))
    targets.push(
      { what: `row ${at}`, sum: [[1, p]] },
      { what: `row ${at}, had it again`, sum: [[1, again]] },
    )
  }
  return targets
}

// « 60 » times to « 40 » people: twenty had it again, or were had again; « 40 » times: fewer than ten.
function againIn(people: string, times: string): Interval {
  if (times === withheldFigure) return [0, Number.POSITIVE_INFINITY]
  const again = Number(times) - Number(people)
  return intervalOf(again === 0 ? suppressedCount : String(again))
}

function between({ bounds, variables }: Model, name: string, [from, to]: Interval): void {
  variables.push(name)
  bounds.push(`${from} <= ${name} <= ${Math.min(to, endless)}`)
}

/** The world with the least or most of a sum. @throws where no numbers fit: the files contradict each other */
function solve(highs: Highs, model: Model, sum: Sum, end: 'Minimize' | 'Maximize'): World {
  const { constraints, bounds, variables } = model
  const text = [
    end,
    ` obj: ${sum.map(([sign, name]) => `${sign < 0 ? '-' : '+'} ${name}`).join(' ')}`,
    'Subject To',
    ...[...constraints, `${variables[0]} >= 0`].map((one, at) => ` c${at}: ${one}`),
    'Bounds',
    ...bounds.map((one) => ` ${one}`),
    'General',
    ` ${variables.join(' ')}`,
    'End',
  ].join('\n')
  const { Status, Columns } = highs.solve(text, { output_flag: false })
  if (Status !== 'Optimal') throw new Error(`the published files contradict each other: ${Status}`)
  const valueOf = (name: string) => Math.round(Number(Columns[name]?.Primal))
  return (of) => of.reduce((all, [sign, name]) => all + sign * valueOf(name), 0)
}
