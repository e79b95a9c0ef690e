import type { FlowDiagram, Flow, RibbonKind } from './flow-diagram.ts'
import { draw, narrow, wide } from './flow-diagram.ts'

/** « Le portrait »: who may send what to whom, as a drawing, and the same as a table. */
export type Picture = {
  readonly wide: FlowDiagram
  readonly narrow: FlowDiagram
  /** The kinds of ribbon in the picture, for its legend. */
  readonly kinds: readonly RibbonKind[]
  readonly rows: readonly PictureRow[]
  /** How many sharings are in the lists below and not in the picture. */
  readonly others: number
}

/** What one body may send to another about a person, or may again when a pause ends: a ribbon, and a row of the table. */
export type Exchange = {
  readonly holder: string
  readonly recipient: string
  readonly what: readonly string[]
  readonly purpose: string
  readonly right: Right
  /** Until when. */
  readonly date: Date | undefined
  /** The Act and its section. */
  readonly article: string | undefined
  readonly href: string | undefined
}
export type PictureRow = Exchange & { readonly no: number }

/** By what right, or why not now; its words are `my-sharing.picture.right-<right>`. */
export type Right = 'choice' | 'law' | 'paused' | 'held'

/** A picture with more ribbons cannot be read. */
const mostRibbons = 12

const ribbonOf: Readonly<Record<Right, RibbonKind>> = {
  choice: 'choice',
  law: 'law',
  paused: 'paused',
  held: 'paused',
}

/** Undefined where there is nothing to draw. */
export function pictureOf(exchanges: readonly Exchange[]): Picture | undefined {
  const rows = firstOfEach(exchanges)
  if (rows.length === 0) return undefined
  const shown = inDrawnOrder(rows.slice(0, mostRibbons))
  const flows = shown.map(flowOf)
  return {
    wide: draw(flows, wide),
    narrow: draw(flows, narrow),
    kinds: order.filter((kind) => flows.some((flow) => flow.kind === kind)),
    rows: shown,
    others: rows.length - shown.length,
  }
}

// Numbers the rows from the top of the drawing to its bottom.
function inDrawnOrder(rows: readonly Exchange[]): readonly PictureRow[] {
  const { ribbons } = draw(rows.map(flowOf), wide)
  const heights = new Map(rows.map((row, n) => [row, ribbons[n]?.mark.y ?? 0]))
  return rows
    .toSorted((a, b) => (heights.get(a) ?? 0) - (heights.get(b) ?? 0))
    .map((row, n) => ({ ...row, no: n + 1 }))
}

const order: readonly RibbonKind[] = ['choice', 'law', 'paused']

// What may be sent now comes first. The same parties and the same purpose are one ribbon.
function firstOfEach(rows: readonly Exchange[]): readonly Exchange[] {
  const kindOf = ({ right }: Exchange) => order.indexOf(ribbonOf[right])
  const sorted = rows.toSorted((a, b) => kindOf(a) - kindOf(b))
  const byParties = Map.groupBy(sorted, ({ holder, recipient, purpose }) =>
    JSON.stringify([holder, recipient, purpose]),
  )
  return [...byParties.values()].flatMap(([first]) => first ?? [])
}

function flowOf({ holder, recipient, right, what }: Exchange): Flow {
  return { from: holder, to: recipient, kind: ribbonOf[right], breadth: what.length }
}
