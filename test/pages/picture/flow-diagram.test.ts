import { array, assert, constantFrom, integer, property, record } from 'fast-check'
import type { Arbitrary } from 'fast-check'
import { expect, test } from 'vitest'
import type { FlowDiagram, Flow } from '../../../src/pages/picture/flow-diagram.ts'
import { draw, narrow, wide } from '../../../src/pages/picture/flow-diagram.ts'

const kinds = ['choice', 'law', 'paused'] as const
const names = [
  'Agence',
  'Régie',
  'Direction générale de l’accompagnement',
  'x'.repeat(255),
  'É',
  '',
]
const flow: Arbitrary<Flow> = record({
  from: constantFrom(...names),
  to: constantFrom(...names),
  kind: constantFrom(...kinds),
  breadth: integer({ min: 0, max: 50 }),
})
const flows = array(flow, { minLength: 1, maxLength: 12 })
const sheets = constantFrom(wide, narrow)

test('each exchange is a ribbon from its sender to its receiver', () => {
  assert(
    property(flows, sheets, (given, sheet) => {
      const drawing = draw(given, sheet)
      expect(drawing.ribbons.map(({ kind }) => kind)).toEqual(given.map(({ kind }) => kind))
      for (const [n, ribbon] of drawing.ribbons.entries()) {
        const { x0, y0, x1, y1, thickness } = edges(ribbon.path)
        const from = barAt(drawing, 'from', x0, y0, thickness)
        const to = barAt(drawing, 'to', x1, y1, thickness)
        expect(nameOf(from)).toBe(shortOf(given[n]?.from ?? '', sheet.letters))
        expect(nameOf(to)).toBe(shortOf(given[n]?.to ?? '', sheet.letters))
      }
    }),
  )
})

test('nothing overlaps on a side, and everything is on the sheet', () => {
  assert(
    property(flows, sheets, (given, sheet) => {
      const { bars, height, ribbons } = draw(given, sheet)
      for (const side of ['from', 'to'] as const) {
        const ends = ribbons.map(({ path }) => {
          const { y0, y1, thickness } = edges(path)
          const top = side === 'from' ? y0 : y1
          return [top, top + thickness] as const
        })
        apart(ends)
        apart(bars.filter((bar) => bar.side === side).map((bar) => [bar.y, bar.y + bar.height]))
      }
      expect(Math.max(...bars.map((bar) => bar.y + bar.height))).toBeLessThanOrEqual(height)
      expect(Math.min(...bars.map((bar) => bar.y))).toBeGreaterThanOrEqual(0)
      for (const { lines } of bars) {
        expect(lines.length).toBeLessThanOrEqual(4)
        for (const { text } of lines)
          expect(Array.from(text).length).toBeLessThanOrEqual(sheet.letters)
      }
    }),
  )
})

test('two bodies that exchange side by side do not cross', () => {
  const { ribbons } = draw([of('A', 'C'), of('B', 'D'), of('A', 'D'), of('B', 'D')], wide)
  const ends = ribbons.map(({ path }) => edges(path))
  const byStart = ends.toSorted((a, b) => a.y0 - b.y0)
  expect(byStart).toEqual(ends.toSorted((a, b) => a.y1 - b.y1))
})

function of(from: string, to: string): Flow {
  return { from, to, kind: 'choice', breadth: 1 }
}

function apart(spans: readonly (readonly [number, number])[]): void {
  const sorted = spans.toSorted(([a], [b]) => a - b)
  for (const [n, [top]] of sorted.entries()) {
    expect(top).toBeGreaterThanOrEqual((sorted[n - 1]?.[1] ?? 0) - 1e-6)
  }
}

function edges(path: string) {
  const [x0 = 0, y0 = 0, , , , , x1 = 0, y1 = 0, low1 = 0] = path
    .split(/[^\d.-]+/)
    .filter((part) => part !== '')
    .map(Number)
  return { x0, y0, x1, y1, thickness: low1 - y1 }
}

function barAt(
  { bars }: FlowDiagram,
  side: 'from' | 'to',
  x: number,
  y: number,
  thickness: number,
): FlowDiagram['bars'][number] | undefined {
  return bars.find(
    (bar) =>
      bar.side === side &&
      x === (side === 'from' ? bar.x + 6 : bar.x) &&
      y >= bar.y - 1e-6 &&
      y + thickness <= bar.y + bar.height + 1e-6,
  )
}

function nameOf(bar: FlowDiagram['bars'][number] | undefined): string | undefined {
  return bar && lettersOf(bar.lines.map(({ text }) => text).join(''))
}

// As far as four lines hold it.
function shortOf(name: string, letters: number): string {
  const alone = draw([{ from: name, to: '', kind: 'choice', breadth: 1 }], {
    width: 700,
    names: 190,
    letters,
  })
  const read = nameOf(alone.bars[0]) ?? ''
  expect(lettersOf(name).startsWith(read)).toBe(true)
  return read
}

function lettersOf(text: string): string {
  return text.replaceAll(/[ …-]/g, '')
}
