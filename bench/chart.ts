import type { Results } from './results.ts'
import type { ServerName } from './servers.ts'
import { rounded } from './statistics.ts'

// Bars of CPU time per operation, server and database stacked. CPU time is the figure that is stable from run to run.

const width = 800
const left = 260
const barWidth = 430
const barHeight = 14
const gap = 3
const groupGap = 16
const top = 84
const colours: Readonly<Record<ServerName, readonly [string, string]>> = {
  accord: ['#0b5394', '#6fa8dc'],
  naive: ['#8a4b08', '#e0a458'],
  ceiling: ['#4a4a4a', '#4a4a4a'],
}

export function chart({ cases, machine, at }: Results): string {
  const groups = Object.entries(cases)
  const totals = groups.flatMap(([, byServer]) =>
    Object.values(byServer).map(({ nodeCpu, postgresCpu }) => nodeCpu + postgresCpu),
  )
  const scale = barWidth / Math.max(...totals)
  const parts: string[] = []
  let y = top
  for (const [name, byServer] of groups) {
    parts.push(text(8, y + barHeight - 3, escaped(name), 'bold'))
    for (const [server, { nodeCpu, postgresCpu }] of Object.entries(byServer)) {
      const [node, postgres] = colours[server as ServerName]
      const first = nodeCpu * scale
      parts.push(
        text(left - 62, y + barHeight - 3, server),
        rect(left, y, first, node),
        rect(left + first, y, postgresCpu * scale, postgres),
        text(
          left + (nodeCpu + postgresCpu) * scale + 6,
          y + barHeight - 3,
          String(rounded(nodeCpu + postgresCpu)),
        ),
      )
      y += barHeight + gap
    }
    y += groupGap
  }
  const description = `For each operation, one bar for each server: ${summary(groups)}`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" role="img" aria-labelledby="title desc" font-family="sans-serif" font-size="12" fill="#1a1a1a">
<title id="title">CPU seconds per 1,000 operations; less is better</title>
<desc id="desc">${escaped(description)}</desc>
<rect width="${width}" height="${y}" fill="#ffffff"/>
${text(8, 24, 'CPU seconds per 1,000 operations; less is better', 'bold')}
${text(8, 44, `${machine.cores} cores of ${escaped(machine.cpu)}, ${at.slice(0, 10)}. The same requests at all three, but for “code”: see the text.`)}
${text(8, 62, 'Dark: Node. Light: PostgreSQL. accord: ours; naive: the usual adapter; ceiling: in memory, nothing kept.')}
${parts.join('\n')}
</svg>
`
}

function summary(groups: readonly [string, Results['cases'][string]][]): string {
  return groups
    .map(([name, byServer]) => {
      const each = Object.entries(byServer).map(
        ([server, { nodeCpu, postgresCpu }]) => `${server} ${rounded(nodeCpu + postgresCpu)}`,
      )
      return `${name}: ${each.join(', ')}`
    })
    .join('; ')
}

function text(x: number, y: number, words: string, weight = 'normal'): string {
  return `<text x="${tenth(x)}" y="${tenth(y)}" font-weight="${weight}">${words}</text>`
}

function rect(x: number, y: number, length: number, fill: string): string {
  return `<rect x="${tenth(x)}" y="${tenth(y)}" width="${tenth(length)}" height="${barHeight}" fill="${fill}"/>`
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10
}

/** For text in SVG. */
export function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
