import type { GrownLine } from './grown-measure.ts'
import type { Machine } from './machine.ts'
import { wasBusy } from './machine.ts'
import { rounded } from './statistics.ts'

/** What came of the ends that were written while permits were asked for. */
export type GrownEnds = {
  readonly due: number
  readonly left: number
  readonly seconds: number
  readonly beforeP99Ms: number
  readonly meanwhileP99Ms: number
  readonly afterP99Ms: number
  readonly permitsBefore: number
  readonly permitsMeanwhile: number
}

export type GrownRun = {
  readonly consents: number
  readonly events: number
  readonly seed: number
  readonly rounds: number
  readonly machine: Machine
  readonly lines: readonly GrownLine[]
  readonly ends: GrownEnds
}

const head = [
  'decision',
  'consents',
  'per second',
  'p50 ms',
  'p99 ms',
  'CPU s per 1,000: Node + PostgreSQL',
  'write-ahead log, bytes',
  'pages read',
  'CPU, × the smallest',
]

/** docs/growth-consents.md, all of it. */
export function grownReport(run: GrownRun, at: Date): string {
  const { consents, events, seed, machine, rounds, lines, ends } = run
  const busy = wasBusy(machine)
    ? `\n\n**The machine was busy with other things (load ${rounded(machine.loadBefore)}): the times say little, and the ratios less than they should.**`
    : ''
  const rows = [head, head.map(() => '---'), ...lines.map(rowOf)]
  const table = rows.map((row) => `| ${row.join(' | ')} |`).join('\n')
  const written = ends.due - ends.left
  return `# Growth of consents

Written by \`npm run drill -- growth --consents ${consents} --events ${events} --seed ${seed}\`, run of ${at.toISOString().slice(0, 10)}: ${machine.cores} cores of ${machine.cpu}, ${machine.memoryGb} GB, PostgreSQL on the same machine.${busy}

One database of each size, in one PostgreSQL, each with a web process as in production. 16 callers ask about 100,000 people at most, whose
seals and commitments are true (decision 0174). All sizes are asked in turn, ${rounds} rounds in an order of the seed's; a line has the medians, and
the ratio is the median of each round's own. PostgreSQL has a quarter of the machine's memory, and has read what belongs to those people once. *Pages read* are those
that it had not in its memory. None of the tables that
grow was read from end to end.

${table}

**Ends.** ${ends.due.toLocaleString('en')} consents of the largest database are over; a process that works writes their ends (\`consent.expire\`) while permits are asked for:
${written.toLocaleString('en')} in ${rounded(ends.seconds)} s. The p99 of a permit is ${rounded(ends.beforeP99Ms)} ms before, ${rounded(ends.meanwhileP99Ms)} ms meanwhile (× ${rounded(ends.meanwhileP99Ms / ends.beforeP99Ms)}) and ${rounded(ends.afterP99Ms)} ms after it; permits a second ${rounded(ends.permitsBefore)} before, ${rounded(ends.permitsMeanwhile)} meanwhile.
`
}

function rowOf(line: GrownLine): string[] {
  return [
    line.decision,
    line.consents.toLocaleString('en'),
    String(line.opsPerSecond),
    String(line.p50Ms),
    String(line.p99Ms),
    `${line.nodeCpu} + ${line.postgresCpu}`,
    String(line.walBytes),
    String(line.pagesRead),
    String(line.ratio),
  ]
}
