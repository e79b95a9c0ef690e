import type { Profiler } from 'node:inspector'
import { escaped } from './chart.ts'

/** A function in a stack, and the time that was spent in it and below it, in microseconds. */
export type Frame = {
  readonly name: string
  readonly part: string
  readonly below: ReadonlyMap<string, Frame>
  readonly own: number
  readonly whole: number
}

type Growing = {
  name: string
  part: string
  below: Map<string, Growing>
  own: number
  whole: number
}

/** Where a function belongs: a package, a wing of ours, or the platform. */
export function partOf({ url, functionName }: Profiler.ProfileNode['callFrame']): string {
  const packaged = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]
  if (packaged !== undefined) return packaged
  const ours = /\/src\/(?:base\/)?([^/.]+)/.exec(url)?.[1]
  if (ours !== undefined) return `accord ${ours}`
  if (url.startsWith('node:')) return nodePart(url)
  if (functionName === '(garbage collector)') return 'garbage collection'
  return functionName.startsWith('(') ? functionName : 'V8'
}

function nodePart(url: string): string {
  if (/crypto/.test(url)) return 'node crypto'
  if (/http|net$|stream|_tls/.test(url)) return 'node HTTP and sockets'
  return 'node'
}

/** The calls of a profile, equal ones of equal callers together; a process that waits is not in it. */
export function framesOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Frame {
  const took = new Map<number, number>()
  for (const [i, id] of samples.entries()) took.set(id, (took.get(id) ?? 0) + (timeDeltas[i] ?? 0))
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const root: Growing = { name: 'all', part: '', below: new Map(), own: 0, whole: 0 }
  const fill = (node: Profiler.ProfileNode, into: Growing) => {
    into.own += took.get(node.id) ?? 0
    for (const child of (node.children ?? []).map((id) => byId.get(id))) {
      if (child === undefined || isApart(child.callFrame)) continue
      const part = partOf(child.callFrame)
      const name = child.callFrame.functionName || 'anonymous'
      const key = `${part} ${name}`
      const frame = into.below.get(key) ?? { name, part, below: new Map(), own: 0, whole: 0 }
      into.below.set(key, frame)
      fill(child, frame)
    }
  }
  const [first] = nodes
  if (first !== undefined) fill(first, root)
  sum(root)
  return root
}

/** Waiting, and the profiler's own start. */
function isApart({ functionName, url }: Profiler.ProfileNode['callFrame']): boolean {
  return functionName === '(idle)' || url === 'node:inspector'
}

function sum(frame: Growing): number {
  frame.whole = frame.own
  for (const child of frame.below.values()) frame.whole += sum(child)
  return frame.whole
}

/** The share of each part in the whole, by the innermost function that is not the platform's. */
export function sharesOf(root: Frame): Map<string, number> {
  const shares = new Map<string, number>()
  const add = (frame: Frame, owner: string) => {
    const own =
      isPlatform(frame.part) && frame.part !== 'node crypto' ? owner || frame.part : frame.part
    shares.set(own, (shares.get(own) ?? 0) + frame.own / root.whole)
    for (const child of frame.below.values()) add(child, own)
  }
  add(root, '')
  return new Map([...shares].toSorted((a, b) => b[1] - a[1]))
}

function isPlatform(part: string): boolean {
  return part === '' || part === 'V8' || /^node( |$)/.test(part)
}

const width = 1200
const height = 15
const top = 48
const leastShare = 0.002
const leastTextWidth = 38
const letterWidth = 6.2
const colours = ['#cfe2f3', '#fce5cd', '#d9ead3', '#ead1dc', '#fff2cc', '#d9d2e9', '#d0e0e3']

/** A picture of a profile: each bar is a function, as wide as its time, above what it calls. Bars under 0.2 % are left out. */
export function flame(title: string, root: Frame): string {
  const bars: string[] = []
  let deepest = 0
  const draw = (frame: Frame, x: number, depth: number) => {
    if (frame.whole < root.whole * leastShare) return
    const own = (frame.whole / root.whole) * width
    deepest = Math.max(deepest, depth)
    bars.push(bar(frame, { x, y: top + depth * height, width: own }, root.whole))
    let at = x
    for (const child of [...frame.below.values()].toSorted((a, b) => b.whole - a.whole)) {
      draw(child, at, depth + 1)
      at += (child.whole / root.whole) * width
    }
  }
  draw(root, 0, 0)
  const shares = [...sharesOf(root)].slice(0, 8)
  const words = shares.map(([part, share]) => `${part} ${percent(share)}`).join(', ')
  const tall = top + (deepest + 1) * height
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${tall}" role="img" aria-labelledby="title desc" font-family="sans-serif" font-size="11" fill="#1a1a1a">
<title id="title">${escaped(title)}</title>
<desc id="desc">${escaped(words)}</desc>
<rect width="${width}" height="${tall}" fill="#ffffff"/>
<text x="4" y="18" font-weight="bold">${escaped(title)}</text>
<text x="4" y="36">${escaped(words)}</text>
${bars.join('\n')}
</svg>
`
}

type Box = { readonly x: number; readonly y: number; readonly width: number }

function bar({ name, part, whole }: Frame, box: Box, all: number): string {
  const [x, wide] = [tenth(box.x), tenth(box.width)]
  const label = `${part} ${name}`.trim()
  const shown = label.slice(0, Math.floor((wide - 6) / letterWidth))
  const words =
    wide < leastTextWidth
      ? ''
      : `<text x="${tenth(x + 3)}" y="${box.y + 11}">${escaped(shown)}</text>`
  const rect = `<rect x="${x}" y="${box.y}" width="${wide}" height="${height - 1}" fill="${colourOf(part)}"/>`
  return `<g><title>${escaped(label)} ${percent(whole / all)}</title>${rect}${words}</g>`
}

function colourOf(part: string): string {
  let mixed = 7
  for (let i = 0; i < part.length; i++) mixed = (mixed * 31 + part.charCodeAt(i)) % 9973
  return colours[mixed % colours.length] ?? '#eeeeee'
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10
}
