import type { Machine } from './machine.ts'
import { wasBusy } from './machine.ts'
import { median, rounded } from './statistics.ts'

export type Step = {
  /** Entries of the log after it. */
  readonly size: number
  /** Entries of this step. */
  readonly count: number
  readonly sequenceSeconds: number
  readonly signSeconds: number
  readonly nodeCpu: number
  readonly postgresCpu: number
  readonly megabytes: number
  readonly rowMegabytes: number
  readonly proofMs: number
  readonly proofBytes: number
  readonly checkUs: number
}

const per = 100_000
const head = [
  'entries',
  'taken in, s per 100,000',
  'written and signed, s per 100,000',
  'CPU s per 100,000: Node + PostgreSQL',
  'rows, bytes an entry',
  'memory MB',
  'proof, ms to make',
  'proof, bytes',
  'proof, µs to check',
]

/** docs/growth.md, all of it. */
export function growthReport(machine: Machine, at: Date, steps: readonly Step[]): string {
  const busy = wasBusy(machine)
    ? `\n\n**The machine was busy with other things (load ${rounded(machine.loadBefore)}): of times and CPU only the course says something.**`
    : ''
  const last = steps.at(-1)
  const rows = [head, head.map(() => '---'), ...marksOf(steps).map(rowOf)]
  const table = rows.map((row) => `| ${row.join(' | ')} |`).join('\n')
  return `# Growth of the public log

Written by \`npm run bench:growth -- --entries ${last?.size ?? 0}\`, run of ${at.toISOString().slice(0, 10)}: ${machine.cores} cores of ${machine.cpu}, ${machine.memoryGb} GB, PostgreSQL on the same machine.${busy}

Each line is the median of the steps since the line before, a hundred thousand entries each (the first: ten thousand), waiting in the queue all at once: taken into the tree by the sequencer, then written as tiles, read back and signed, by the code of production. A proof is made from the rows, for 200 entries from the first to the last; checking it leaves out the signature.

${table}

A path has one hash more for each doubling: 44 bytes. Everything else should stay where it is.
`
}

/** The steps between one power of ten and the next, as one. */
function marksOf(steps: readonly Step[]): Step[][] {
  const last = steps.at(-1)?.size ?? 0
  const marks = [...new Set([10_000, 100_000, 1_000_000, 10_000_000, last])]
    .filter((mark) => mark <= last)
    .toSorted((one, other) => one - other)
  return marks.map((mark, i) =>
    steps.filter(({ size }) => size <= mark && size > (marks[i - 1] ?? 0)),
  )
}

function rowOf(steps: readonly Step[]): string[] {
  const last = steps.at(-1)
  if (last === undefined) return head.map(() => '–')
  const of = (value: (step: Step) => number) => median(steps.map(value))
  const each = (value: (step: Step) => number) =>
    rounded(of((step) => (value(step) * per) / step.count))
  return [
    last.size.toLocaleString('en'),
    String(each(({ sequenceSeconds }) => sequenceSeconds)),
    String(each(({ signSeconds }) => signSeconds)),
    `${each(({ nodeCpu }) => nodeCpu)} + ${each(({ postgresCpu }) => postgresCpu)}`,
    String(rounded((last.rowMegabytes * 2 ** 20) / last.size)),
    String(rounded(of(({ megabytes }) => megabytes))),
    String(rounded(of(({ proofMs }) => proofMs))),
    String(last.proofBytes),
    String(rounded(of(({ checkUs }) => checkUs))),
  ]
}
