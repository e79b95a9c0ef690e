import type { PeopleCount, Figures } from '../../base/values/disclosure-control.ts'
import {
  correctedFigures,
  figuresTogether,
  suppressionThreshold,
  publishedFigures,
  withheldFigure,
} from '../../base/values/disclosure-control.ts'
import type { OpenDataset, Measure } from './datasets.ts'

// How exact counts of a month become the rows of a file. Nothing leaves this file but figures (docs/open-data.en.md).

/** A row before it is protected: what it is of, and what was counted, a measure of its dataset each. */
export type CountedRow = {
  readonly key: readonly string[]
  readonly counted: readonly PeopleCount[]
}

/** The rows of one month. They do not overlap in what happened, though a person may be in several of them. */
export type CountedTable = {
  readonly rows: readonly CountedRow[]
  /** Of each measure: the people of all rows in which there are fewer than ten of them, each counted once. */
  readonly together: readonly PeopleCount[]
}

export type FileRow = readonly string[]

/** Stands for the key of the row that holds all rows with fewer than ten people. */
const allSmall = '*'

/**
 * The rows as they are published. Which rows there are follows from the public register, never from what happened: a row that is
 * there only because something happened would tell of one person.
 */
export function protectedRows(
  dataset: OpenDataset,
  month: string,
  counted: CountedTable,
): FileRow[] {
  const { measures } = dataset
  const body = counted.rows.map((row) =>
    lineOf(
      dataset,
      [month, ...row.key],
      measures.map((_, at) => publishedFigures(countOf(row, at))),
    ),
  )
  const width = keyWidth(dataset)
  if (width === 0 || body.length === 0) return body
  const together = measures.map((_, at) => {
    const small = counted.rows.filter((row) => countOf(row, at).people < suppressionThreshold)
    return figuresTogether(small.length, counted.together[at] ?? nobody)
  })
  const key = Array.from({ length: width }, () => allSmall)
  return [...body, lineOf(dataset, [month, ...key], together)]
}

/**
 * The rows of a correction: no figure and its correction have a difference that counts one to nine people. The row of all small rows
 * stays, for its difference would tell which people moved into a row of their own.
 */
export function correctedRows(
  dataset: OpenDataset,
  earlier: readonly FileRow[],
  counted: CountedTable,
): FileRow[] {
  const exact = new Map(counted.rows.map((row) => [row.key.join(' '), row]))
  return earlier.map((line) => {
    const head = line.slice(0, keyWidth(dataset) + 1)
    const row = exact.get(head.slice(1).join(' '))
    if (row === undefined) return line
    const figures = dataset.measures.map((measure, at) =>
      correctedFigures(figuresIn(dataset, line, measure), countOf(row, at)),
    )
    return lineOf(dataset, head, figures)
  })
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

function countOf({ counted }: CountedRow, at: number): PeopleCount {
  return counted[at] ?? nobody
}
