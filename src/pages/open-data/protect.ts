import type { PeopleCount, Figures } from '../../base/values/disclosure-control.ts'
import {
  correctedFigures,
  publishedFigures,
  sumOfRows,
  withheldFigure,
} from '../../base/values/disclosure-control.ts'
import type { OpenDataset, Measure } from './datasets.ts'

// How exact counts of a month become the rows of a file. Nothing leaves this file but figures (docs/open-data.en.md).

/**
 * What was counted of one measure of a row, part by part, by the part's name. The same bodies know the whole of a part: a row of an
 * agreement has one, a row of all bodies together one for each agreement and purpose to which it happened.
 */
export type CountsByPart = ReadonlyMap<string, PeopleCount>

/** A row before it is protected: what it is of, and what was counted, a measure of its dataset each. */
export type CountedRow = {
  readonly key: readonly string[]
  readonly counted: readonly CountsByPart[]
}

/** The rows of one month. They do not overlap in what happened, though a person may be in several of them. */
export type CountedTable = readonly CountedRow[]

export type FileRow = readonly string[]

/**
 * The rows as they are published. Which rows there are follows from the public register, never from what happened: a row that is
 * there only because something happened would tell of one person.
 */
export function protectedRows(
  dataset: OpenDataset,
  month: string,
  counted: CountedTable,
): FileRow[] {
  return counted.map((row) =>
    lineOf(
      dataset,
      [month, ...row.key],
      dataset.measures.map((_, at) =>
        sumOfRows([...partsOf(row, at).values()].map(publishedFigures)),
      ),
    ),
  )
}

/** What a correction is made of: what was counted when the month was over, and what the rows of today tell. */
export type Correction = { readonly first: CountedTable; readonly now: CountedTable }

/**
 * The rows of a correction: no figure and its correction have a difference that counts one to nine people. A row that adds up parts is
 * held to what was published of each of them; only its first file says that, so that it is corrected once (`mostCorrectionsOf`).
 */
export function correctedRows(
  dataset: OpenDataset,
  earlier: readonly FileRow[],
  { first, now }: Correction,
): FileRow[] {
  const [before, after] = [byKey(first), byKey(now)]
  return earlier.map((line) => {
    const head = line.slice(0, keyWidth(dataset) + 1)
    const row = after.get(head.slice(1).join(' '))
    if (row === undefined) return line
    const figures = dataset.measures.map((measure, at) => {
      const parts = partsOf(row, at)
      if (dataset.addsUp !== true) {
        const [part = nobody] = parts.values()
        return correctedFigures(figuresIn(dataset, line, measure), part)
      }
      const known = partsOf(before.get(head.slice(1).join(' ')), at)
      const names = new Set([...known.keys(), ...parts.keys()])
      return sumOfRows(
        [...names].map((name) =>
          correctedFigures(publishedFigures(known.get(name) ?? nobody), parts.get(name) ?? nobody),
        ),
      )
    })
    return lineOf(dataset, head, figures)
  })
}

const mostCorrections = 99

/** How often a month of a dataset may be corrected. */
export function mostCorrectionsOf({ addsUp }: OpenDataset): number {
  return addsUp === true ? 1 : mostCorrections
}

function byKey(table: CountedTable): ReadonlyMap<string, CountedRow> {
  return new Map(table.map((row) => [row.key.join(' '), row]))
}

/** How many columns say what a row is of, without its month. */
export function keyWidth({ columns, measures }: OpenDataset): number {
  return columns.length - 1 - measures.flatMap((measure) => Object.keys(measure)).length
}

/** What a line of a file says of a measure. */
export function figuresIn(
  { columns }: OpenDataset,
  line: FileRow,
  { people, times }: Measure,
): Figures {
  const cell = (name: string | undefined) =>
    line[columns.findIndex((column) => column.name === name)] ?? withheldFigure
  return { people: cell(people), times: cell(times) }
}

function lineOf(
  { columns, measures }: OpenDataset,
  head: readonly string[],
  figures: readonly Figures[],
): FileRow {
  const cells = new Map(
    measures.flatMap(({ people, times = '' }, at) => [
      [people, figures[at]?.people ?? withheldFigure] as const,
      [times, figures[at]?.times ?? withheldFigure] as const,
    ]),
  )
  return columns.map(({ name }, at) => cells.get(name) ?? head[at] ?? '')
}

const nobody: PeopleCount = { people: 0, times: 0 }
const nothing: CountsByPart = new Map()

function partsOf(row: CountedRow | undefined, at: number): CountsByPart {
  return row?.counted[at] ?? nothing
}
