import { publishedTries } from '../../src/base/web/limits/policies.ts'

/** The table of docs/design/security.md, as the code has its limits. */
export function limitsTable(): string {
  const rows = publishedTries().map((one) => {
    const further = one.one_more_every_seconds
    return [
      one.what,
      one.counted_by,
      String(one.tries),
      timeOf(one.seconds),
      one.given_back ? 'yes' : 'no',
      further === undefined ? '–' : `${further} s`,
    ]
  })
  const lines = [head, head.map(() => '---'), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`.replaceAll(' --- ', '---')).join('\n')
}

const head = ['what', 'counted by', 'tries', 'in', 'given back', 'beyond, one more every']

const units = [
  ['day', 86_400],
  ['hour', 3600],
  ['min', 60],
] as const

function timeOf(seconds: number): string {
  for (const [unit, length] of units)
    if (seconds % length === 0) return `${seconds / length} ${unit}`
  return `${seconds} s`
}
