// « Le portrait » as a drawing: senders on the left, recipients on the right, between them a ribbon for each sharing.
// This code computes places and paths only; the template adds names and words.

/** The state of a ribbon: its filling and its outline show it, never its colour alone. */
export type RibbonKind = 'choice' | 'law' | 'paused'

export type Flow = {
  readonly from: string
  readonly to: string
  readonly kind: RibbonKind
  /** How many kinds of information: the more, the broader the ribbon. */
  readonly breadth: number
}

export type FlowDiagram = {
  readonly width: number
  readonly height: number
  readonly bars: readonly Bar[]
  /** In the order of the flows. */
  readonly ribbons: readonly Ribbon[]
}

/** One body on one side; its name is broken into lines that fit. */
export type Bar = {
  readonly x: number
  readonly y: number
  readonly height: number
  readonly lines: readonly TextLine[]
  readonly side: 'from' | 'to'
}
export type TextLine = { readonly text: string; readonly x: number; readonly y: number }

export type Ribbon = {
  readonly no: number
  readonly kind: RibbonKind
  /** The outline, an SVG path. */
  readonly path: string
  /** Where the ribbon's number stands: at its beginning, where no other ribbon crosses it. */
  readonly mark: Point
}
type Point = { readonly x: number; readonly y: number }

/** For a screen or a sheet, and for a telephone of 320 px. */
export const wide: Sheet = { width: 700, names: 190, letters: 22 }
export const narrow: Sheet = { width: 288, names: 102, letters: 12 }

type Sheet = {
  readonly width: number
  /** The width of the names on each side, and how many letters fit in a line. */
  readonly names: number
  readonly letters: number
}

const barWidth = 6
const leading = 20
const mostLines = 4
const gapOfNames = 10
const gapOfBars = 20
const gapOfRibbons = 6
const margin = 4
const broadness = { least: 24, step: 6, most: 48 }
const markInset = 18

export function draw(flows: readonly Flow[], sheet: Sheet): FlowDiagram {
  const nameFrom = ({ from }: Flow) => from
  const nameTo = ({ to }: Flow) => to
  // Each side is ordered by the other side, so that fewer ribbons cross.
  const first = barsOf('from', flows, sheet, nameFrom, [...flows.keys()])
  const right = barsOf('to', flows, sheet, nameTo, orderBy(flows, nameTo, first))
  const left = barsOf('from', flows, sheet, nameFrom, orderBy(flows, nameFrom, right))
  const height = Math.max(left.height, right.height)
  const shift = { left: (height - left.height) / 2, right: (height - right.height) / 2 }
  const starts = left.slots.map((y) => y + shift.left)
  const ends = right.slots.map((y) => y + shift.right)
  const x0 = sheet.names + gapOfNames + barWidth
  const x1 = sheet.width - x0
  return {
    width: sheet.width,
    height,
    bars: [
      ...left.bars.map((bar) => lowered(bar, shift.left)),
      ...right.bars.map((bar) => lowered(bar, shift.right)),
    ],
    ribbons: flows.map((flow, n) => {
      const [y0, y1, thickness] = [starts[n] ?? 0, ends[n] ?? 0, thicknessOf(flow)]
      return {
        no: n + 1,
        kind: flow.kind,
        path: outline({ x0, y0, x1, y1, thickness }),
        mark: { x: x0 + markInset, y: y0 + thickness / 2 },
      }
    }),
  }
}

type Side = {
  readonly height: number
  readonly bars: readonly Bar[]
  /** The upper edge of each flow at this side, in the order of the flows. */
  readonly slots: readonly number[]
}

function barsOf(
  side: Bar['side'],
  flows: readonly Flow[],
  sheet: Sheet,
  nameOf: (flow: Flow) => string,
  ordered: readonly number[],
): Side {
  const groups = Map.groupBy(ordered, (n) => nameOf(at(flows, n)))
  const slots: number[] = []
  const bars: Bar[] = []
  let top = margin
  for (const [name, members] of groups) {
    const words = broken(name, sheet.letters)
    const broad = members.reduce(
      (sum, n) => sum + thicknessOf(at(flows, n)) + gapOfRibbons,
      -gapOfRibbons,
    )
    const height = Math.max(broad, words.length * leading)
    let y = top + (height - broad) / 2
    for (const n of members) {
      slots[n] = y
      y += thicknessOf(at(flows, n)) + gapOfRibbons
    }
    bars.push(barOf(side, words, { top, height, sheet }))
    top += height + gapOfBars
  }
  return { height: top - gapOfBars + margin, bars, slots }
}

function barOf(
  side: Bar['side'],
  words: readonly string[],
  { top, height, sheet }: { readonly top: number; readonly height: number; readonly sheet: Sheet },
): Bar {
  const inner = sheet.names + gapOfNames
  const x = side === 'from' ? inner : sheet.width - inner - barWidth
  const textX = side === 'from' ? sheet.names : sheet.width - sheet.names
  const first = top + height / 2 - ((words.length - 1) * leading) / 2
  const lines = words.map((text, n) => ({ text, x: textX, y: first + n * leading }))
  return { side, x, y: top, height, lines }
}

function lowered(bar: Bar, by: number): Bar {
  return { ...bar, y: bar.y + by, lines: bar.lines.map((line) => ({ ...line, y: line.y + by })) }
}

// Orders bodies by the mean place at which their ribbons end on the other side, and the ribbons of one body likewise.
function orderBy(
  flows: readonly Flow[],
  nameOf: (flow: Flow) => string,
  { slots }: Side,
): readonly number[] {
  const slotOf = (n: number) => slots[n] ?? 0
  const bodies = Map.groupBy(flows.keys(), (n) => nameOf(at(flows, n)))
  const means = new Map([...bodies].map(([name, of]) => [name, mean(of.map(slotOf))]))
  const meanOf = (n: number) => means.get(nameOf(at(flows, n))) ?? 0
  return [...flows.keys()].toSorted((a, b) => meanOf(a) - meanOf(b) || slotOf(a) - slotOf(b))
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function at(flows: readonly Flow[], n: number): Flow {
  const flow = flows[n]
  if (flow === undefined) throw new RangeError(`no flow ${n}`)
  return flow
}

function thicknessOf({ breadth }: Flow): number {
  const { least, step, most } = broadness
  return Math.min(least + step * Math.max(breadth - 1, 0), most)
}

function outline(ribbon: {
  readonly x0: number
  readonly y0: number
  readonly x1: number
  readonly y1: number
  readonly thickness: number
}): string {
  const { x0, y0, x1, y1, thickness } = ribbon
  const middle = (x0 + x1) / 2
  const [low0, low1] = [y0 + thickness, y1 + thickness]
  return (
    `M${x0} ${y0}C${middle} ${y0} ${middle} ${y1} ${x1} ${y1}` +
    `V${low1}C${middle} ${low1} ${middle} ${low0} ${x0} ${low0}Z`
  )
}

// Breaks a name at its words; divides a word that is longer than a line. The table beside the drawing has the whole name.
function broken(name: string, letters: number): readonly string[] {
  const lines: string[] = []
  for (const word of name.split(' ').flatMap((whole) => divided(whole, letters))) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= letters) {
      lines[lines.length - 1] = `${last} ${word}`
    } else lines.push(word)
  }
  return lines.length <= mostLines
    ? lines
    : [...lines.slice(0, mostLines - 1), `${lines[mostLines - 1]?.slice(0, letters - 1)}…`]
}

function divided(word: string, letters: number): readonly string[] {
  const characters = Array.from(word)
  if (characters.length <= letters) return [word]
  const head = characters.slice(0, letters - 1).join('')
  return [`${head}-`, ...divided(characters.slice(letters - 1).join(''), letters)]
}
