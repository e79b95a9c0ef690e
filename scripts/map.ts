import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dirname, join as joinPosix } from 'node:path/posix'

// The picture of the wings in ARCHITECTURE.md, drawn from the imports of src/.

const root = join(import.meta.dirname, '..')
const begins = '<!-- npm run map -->'
const ends = '<!-- as the imports are -->'

type Source = { readonly path: string; readonly text: string }
type Arrow = { readonly from: string; readonly to: string }

/** A Mermaid picture: each wing with its rooms, and an arrow to each wing that it imports, without arrows that follow from others. */
export function mapOf(files: readonly Source[]): string {
  const wings = [...new Set(files.flatMap(({ path }) => wingOf(path) ?? []))]
  const arrows = arrowsIn(files)
  const order = inOrder(wings, arrows)
  const boxes = order.map((wing) => {
    const rooms = roomsOf(files, wing)
    return `  ${wing}["${[`<b>${wing}</b>`, ...inLines(rooms)].join('<br>')}"]`
  })
  const drawn = arrows
    .filter((arrow) => !isImplied(arrow, arrows))
    .toSorted(
      (a, b) =>
        order.indexOf(a.from) - order.indexOf(b.from) || order.indexOf(a.to) - order.indexOf(b.to),
    )
  return [
    '```mermaid',
    'flowchart TD',
    ...boxes,
    ...drawn.map(({ from, to }) => `  ${from} --> ${to}`),
    '```',
  ].join('\n')
}

/** The document with this picture between its marks. @throws Error for a document without them */
export function withMap(document: string, map: string): string {
  const [from, to] = [document.indexOf(begins), document.indexOf(ends)]
  if (from === -1 || to < from) throw new Error(`the document has no ${begins} … ${ends}`)
  return `${document.slice(0, from + begins.length)}\n\n${map}\n\n${document.slice(to)}`
}

export function readSource(): Source[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .toSorted()
    .map((name) => `src/${name}`)
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

// The composition stands above all of them.
function wingOf(path: string): string | undefined {
  return /^src\/(?!house\/|tool\/|demonstration\/)([\w-]+)\//.exec(path)?.[1]
}

function roomsOf(files: readonly Source[], wing: string): string[] {
  const rooms = files.flatMap(
    ({ path }) => new RegExp(`^src/${wing}/([\\w-]+)/`).exec(path)?.[1] ?? [],
  )
  return [...new Set(rooms)].toSorted()
}

const roomsInLine = 4

function inLines(rooms: readonly string[]): string[] {
  const lines = Array.from({ length: Math.ceil(rooms.length / roomsInLine) }, (_, i) =>
    rooms.slice(i * roomsInLine, (i + 1) * roomsInLine),
  )
  return lines.map((line) => line.join(' · '))
}

function arrowsIn(files: readonly Source[]): Arrow[] {
  const named = /(?:\bfrom|\bimport\()\s*'(\.[^'\n]+)'/g
  const pairs = files.flatMap(({ path, text }) => {
    const from = wingOf(path)
    if (from === undefined) return []
    return [...text.matchAll(named)]
      .map(([, target = '']) => wingOf(joinPosix(dirname(path), target)))
      .filter((to) => to !== undefined && to !== from)
      .map((to) => `${from} ${to}`)
  })
  return [...new Set(pairs)].map((pair) => {
    const [from = '', to = ''] = pair.split(' ')
    return { from, to }
  })
}

function reach(from: string, arrows: readonly Arrow[]): ReadonlySet<string> {
  const seen = new Set<string>()
  const waiting = [from]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
    for (const arrow of arrows)
      if (arrow.from === next && !seen.has(arrow.to)) {
        seen.add(arrow.to)
        waiting.push(arrow.to)
      }
  return seen
}

function isImplied({ from, to }: Arrow, arrows: readonly Arrow[]): boolean {
  return arrows.some((via) => via.from === from && via.to !== to && reach(via.to, arrows).has(to))
}

// A wing that reaches more wings is drawn higher.
function inOrder(wings: readonly string[], arrows: readonly Arrow[]): string[] {
  const depth = (wing: string) => reach(wing, arrows).size
  return wings.toSorted((a, b) => depth(b) - depth(a) || (a < b ? -1 : 1))
}

/** `npm run map` */
if (import.meta.main) {
  const file = join(root, 'ARCHITECTURE.md')
  writeFileSync(file, withMap(readFileSync(file, 'utf8'), mapOf(readSource())))
}
