import type { Machine } from './machine.ts'
import { wasBusy } from './machine.ts'
import type { Winners } from './one-winner.ts'
import type { Operation } from './options.ts'
import { rounded } from './statistics.ts'

export type Route = 'direct' | 'pgbouncer'

/** Connections that do something, by what they wait for: the mean of many looks. */
export type Waits = Readonly<Record<string, number>>

/** Of one window. Shares are of one core: seconds on a core in a second. */
export type Figures = {
  readonly opsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly node: number
  readonly postgres: number
  readonly pooler: number
  readonly driver: number
  /** Of all cores, what nobody took. */
  readonly idle: number
  /** The busiest main thread: on a core, and ready without one. */
  readonly mainRuns: number
  readonly mainWaits: number
}

export type ProcessName = {
  readonly operation: Operation
  readonly route: Route
  readonly processes: number
}

export type ProcessCase = Figures &
  ProcessName & {
    readonly waits: Waits
    /** For one operation, with all callers at once: the fewer, the more requests share one. */
    readonly statements: number
  }

export type Processes = {
  readonly at: string
  readonly machine: Machine
  readonly versions: Readonly<Record<string, string>>
  readonly callers: number
  readonly rounds: number
  readonly seconds: number
  readonly winners: Readonly<Partial<Record<Route, Winners>>>
  readonly cases: readonly ProcessCase[]
  /** Those with too many wrong answers in each round. */
  readonly without: readonly ProcessName[]
}

type Row = readonly string[]

// From here on, more work would find none of it.
const full = 0.9
const idleShare = 0.1

/** What has to become larger for more of this operation. */
export function whatBinds(figures: ProcessCase, cores: number): string {
  const { idle, mainRuns, mainWaits, waits, node, postgres } = figures
  if (idle <= cores * idleShare)
    return `cores (Node ${share(node, cores)}, PostgreSQL ${share(postgres, cores)})`
  if (mainRuns >= full) return 'the main thread of a process'
  if (mainRuns + mainWaits >= full) return 'the main thread, which waits for a core'
  const [longest] = longestOf(waits)
  return longest === undefined ? 'the callers' : `waiting: ${longest[0]}`
}

function share(used: number, cores: number): string {
  return `${Math.round((used / cores) * 100)} %`
}

function longestOf(waits: Waits): [string, number][] {
  return Object.entries(waits).toSorted(([, one], [, other]) => other - one)
}

/** CPU seconds of ours for 1,000 operations; without the driver's. */
export function cpuOfCase({ node, postgres, pooler, opsPerSecond }: ProcessCase): number {
  return ((node + postgres + pooler) * 1000) / opsPerSecond
}

const throughputHead: Row = [
  'operation',
  'by way of',
  'processes',
  'per second',
  '× one process',
  'per second and core',
  'p50 ms',
  'p99 ms',
  'CPU s per 1,000: Node + PostgreSQL + PgBouncer',
  'statements, together',
]

function throughputRow(each: ProcessCase, all: readonly ProcessCase[]): Row {
  const { operation, route, processes, opsPerSecond } = each
  const one = all.find(
    (other) => other.operation === operation && other.route === route && other.processes === 1,
  )
  const cpu = [each.node, each.postgres, ...(route === 'direct' ? [] : [each.pooler])]
  return [
    operation,
    wayOf(route),
    String(processes),
    String(opsPerSecond),
    one === undefined ? '–' : String(rounded(opsPerSecond / one.opsPerSecond)),
    String(rounded(1000 / cpuOfCase(each))),
    String(each.p50Ms),
    String(each.p99Ms),
    cpu.map((used) => rounded((used * 1000) / opsPerSecond)).join(' + '),
    String(each.statements),
  ]
}

const bindingHead: Row = [
  'operation',
  'by way of',
  'processes',
  'busiest main thread: on a core / ready without one',
  'cores: Node, PostgreSQL, PgBouncer, driver, nobody',
  'connections that do something, and what they wait for',
  'what binds',
]

function bindingRow(each: ProcessCase, cores: number): Row {
  const { operation, route, processes, mainRuns, mainWaits, waits } = each
  const used = [each.node, each.postgres, each.pooler, each.driver, each.idle]
  const sum = Object.values(waits).reduce((all, count) => all + count, 0)
  const named = longestOf(waits).slice(0, 4)
  return [
    operation,
    wayOf(route),
    String(processes),
    `${mainRuns} / ${mainWaits}`,
    used.map(rounded).join(', '),
    `${rounded(sum)}: ${named.map(([what, count]) => `${what} ${count}`).join(', ')}`,
    whatBinds(each, cores),
  ]
}

/** docs/processes.md, all of it: the next run writes it anew. */
export function processesReport(results: Processes): string {
  const { at, machine, versions, callers, rounds, seconds, cases, winners } = results
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const busy = wasBusy(machine)
    ? `\n\n**The machine was busy with other things (load ${rounded(machine.loadBefore)}): of this run only the statements and the races count.**`
    : ''
  const counts = [...new Set(cases.map(({ processes }) => processes))].join(',')
  return `# Several processes

Written by \`npm run bench -- --processes ${counts}\`; figures in \`docs/processes.json\`. Run of ${at.slice(0, 10)} on one machine with everything on it, driver included: ${machine.cores} cores of ${machine.cpu}, ${machine.memoryGb} GB. ${named.join(' · ')}. ${callers} callers, medians of ${rounds} interleaved rounds of ${seconds} s.${busy}

So many \`serve\` processes on one database, as in production. The driver sends each next request to the next process, as a proxy without affinity would: the three requests of a flow come to three processes. Operations are those of [performance.md](performance.md).

- *Per second and core* is what a core of Node, PostgreSQL and PgBouncer together does; the driver's is not in it. On a machine of its own for each process, it says how many cores a load wants.
- *Statements, together*: requests of one moment share a statement in a process, so more processes share less, and PostgreSQL has more to do.
- Where *what binds* says « cores », the processes share the cores of this machine with PostgreSQL and the driver, and more processes cannot do more here. What more of them cost (CPU per operation, statements, waits) can be read all the same; what they gain on more cores cannot.

## Throughput

${markdownTable([throughputHead, ...cases.map((each) => throughputRow(each, cases))])}

${[...noResult(results), bouncer(results)].join('\n\n')}

## What binds

Shares of one core. « Running » connections are on a core or ready for one; \`Client:ClientRead\` waits for what the process sends next, \`Lock:…\` for another transaction, \`IO:WalSync\` and \`LWLock:WALWrite\` for the disk.

${markdownTable([bindingHead, ...cases.map((each) => bindingRow(each, machine.cores))])}

## One winner

Twenty callers at one moment, each at another process than the one before, before anything was timed; a run in which not exactly one wins ends as an error.

${markdownTable([
  ['by way of', 'one code: redeemed', 'one DPoP proof: accepted', 'one question: decisions'],
  ...Object.entries(winners).map(([route, { code, proof, decisions }]) => [
    wayOf(route as Route), // its keys
    String(code),
    String(proof),
    String(decisions),
  ]),
])}
`
}

function noResult({ without }: Processes): string[] {
  return without.map(
    ({ operation, route, processes }) =>
      `No result for ${operation} with ${processes} processes by way of ${wayOf(route)}: too many answers were wrong.`,
  )
}

function wayOf(route: Route): string {
  return route === 'direct' ? 'PostgreSQL itself' : 'PgBouncer'
}

function bouncer({ versions }: Processes): string {
  if (versions['pgbouncer'] === undefined)
    return 'PgBouncer was not installed where this ran, so there is no line with it.'
  return `**PgBouncer** is in session mode: a process refuses transaction mode, and a pooler that drops the settings of its connections (decision 0092). So a role of its own has these settings here (\`bench/pgbouncer.ts\`), for all connections those of hot statements: good enough to see what the pooler costs, and no advice. It saves nothing in this mode, because each connection of a process holds one of PostgreSQL.`
}

function markdownTable(rows: readonly Row[]): string {
  const [first = [], ...rest] = rows
  const line = (row: Row) => `| ${row.join(' | ')} |`
  return [line(first), `|${'---|'.repeat(first.length)}`, ...rest.map(line)].join('\n')
}
