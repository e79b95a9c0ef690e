import type { Machine } from '../../bench/machine.ts'
import { wasBusy } from '../../bench/machine.ts'
import type { Told } from './lives.ts'
import type { Seen } from './meter.ts'
import type { Operations } from './operations.ts'

// docs/hosts.md: what the drill of several hosts saw.

export type Phase = Seen & {
  readonly name: string
  readonly decisions: Seen
  readonly brokenLives: number
  /** How long something took, in milliseconds, or how many there were, by the names of `meanings`. */
  readonly more: Readonly<Record<string, number | undefined>>
}

export type Spread = {
  readonly hosts: number
  readonly requests: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly statements: number
  /** Of each machine, at its end. */
  readonly connections: readonly number[]
  readonly requestsAHost: readonly number[]
}

export type Report = {
  readonly at: Date
  readonly seed: number
  readonly commit: string
  /** The commit before the upgrade; absent: the same. */
  readonly from: string | undefined
  readonly machine: Machine
  /** The version of HAProxy; absent: a proxy of the drill's. */
  readonly balancer: string | undefined
  readonly operations: Operations
  readonly spread: readonly Spread[]
  readonly phases: readonly Phase[]
  readonly passes: Readonly<Record<string, number>>
  readonly mostConnections: number
  readonly told: Told
}

const meanings: Readonly<Record<string, (value: string) => string>> = {
  connections: (n) => `the host had ${n} connections to the primary`,
  leftOutMs: (s) => `the balancer left the host out after ${s} s`,
  livedOnAfterMs: (s) => `people got through from end to end after ${s} s`,
  signedAgainMs: (s) => `the log was signed on after ${s} s`,
  connectionsGoneMs: (s) => `PostgreSQL gave the host's connections up after ${s} s`,
  readyAgainMs: (s) => `the host got requests again after ${s} s`,
  promotedMs: (s) =>
    `the standby took writes after ${s} s, of which three were waited before it was promoted`,
  workersBackMs: (s) => `all three workers had told the new primary that they live after ${s} s`,
  tookMs: (s) => `all of it took ${s} s`,
}

export function hostsReport(report: Report): string {
  const { at, seed, commit, from, machine, balancer, told } = report
  const busy = wasBusy(machine)
    ? ` **It was busy with other things (load ${machine.loadBefore.toFixed(1)} before the run): times are longer than they need be.**`
    : ''
  const inFront =
    balancer === undefined
      ? "the drill's own proxy"
      : `HAProxy ${balancer} with the [recipe](../deploy/proxies/haproxy.cfg)`
  const upgraded =
    from === undefined ? 'the same commit again' : `this commit from ${from}, after \`migrate\``
  return `# Several hosts

Written by \`npm run drill -- hosts --seed ${seed}${from === undefined ? '' : ` --from ${from}`}\`, run of ${at.toISOString().slice(0, 10)} at commit ${commit}: ${machine.cores} cores of ${machine.cpu}, ${machine.memoryGb} GB.${busy}

Seven machines as network namespaces of one: three hosts with a \`serve\` and a \`work\` each, the primary, its synchronous standby, a spare for it, and ${inFront}. The hosts share \`KEYS_DIR\` and \`LEDGER_DIR\`, and one clock. Three callers live all the time: an access, a yes, decisions, a report, and mostly a stop. A host or a primary that is lost here closes no connection: its cable is pulled, and what is sent to it vanishes.

## Faults

${table(
  [
    'phase',
    'requests',
    'failed',
    'from the first failure to the last, s',
    'longest time in which none ended well, s',
    'p50, ms',
    'p99, ms',
    'slowest, s',
    'decisions: p50, p99, ms',
    'lives broken off',
  ],
  report.phases.map((phase) => [
    phase.name,
    String(phase.requests),
    failedIn(phase),
    seconds(phase.troubleMs),
    seconds(phase.longestSilenceMs),
    String(phase.p50Ms),
    String(phase.p99Ms),
    seconds(phase.slowestMs),
    `${phase.decisions.p50Ms}, ${phase.decisions.p99Ms}`,
    String(phase.brokenLives),
  ]),
)}

The slowest requests make an access: its ten recovery codes are hashed slowly. A life is broken off where one of its requests fails: nobody tries again but whoever stops.

${report.phases.flatMap((phase) => seenIn(phase)).join('\n')}

The hosts were upgraded to ${upgraded}: both processes of a host ended by SIGTERM (\`STOP_GRACE=5\`), new ones took their places, then the next host.

| | acknowledged | and not there afterwards |
| --- | --- | --- |
| consents | ${told.consents.length} | 0 |
| stops | ${told.stops.length} | 0 |
| permits | ${told.permits.length} | 0 |
| reports | ${told.reports.length} | 0 |

After a stop was acknowledged ${told.askedAfterStop} decisions were asked for; none was a permit. No request was answered 500. \`ledger verify\` holds. No duty was done by two processes at once, and each passed to another one so often: ${Object.entries(
    report.passes,
  )
    .map(([duty, times]) => `\`${duty}\` ${times}`)
    .join(', ')}. A host had ${report.mostConnections} connections to the primary at most.

A run in which something was lost, permitted or answered 500 writes no page.

## Spread

The same three callers, ${report.spread[0]?.hosts ?? 1} to ${report.spread.at(-1)?.hosts ?? 1} hosts, without workers. All of it runs on ${machine.cores} cores, which bound the requests a second whatever the number of hosts. What holds for a larger deployment too is how requests spread, and what an operation costs the database.

${table(
  [
    'hosts',
    'requests',
    'requests a host',
    'requests a second',
    'p50, ms',
    'p99, ms',
    'statements a request',
    'connections a host',
  ],
  report.spread.map((one) => [
    String(one.hosts),
    String(one.requests),
    one.requestsAHost.join(', '),
    (one.requests / one.seconds).toFixed(1),
    String(one.p50Ms),
    String(one.p99Ms),
    (one.statements / one.requests).toFixed(1),
    one.connections.join(', '),
  ]),
)}

${table(
  ['operation', 'statements'],
  Object.entries(report.operations).map(([name, n]) => [name, String(n)]),
)}

Statements are counted by \`pg_stat_statements\`, without the ends of transactions and what \`/readyz\` asks.
`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

function failedIn({ failed }: Seen): string {
  const kinds = Object.entries(failed).map(([kind, times]) => `${times} × ${kind}`)
  return kinds.length === 0 ? '0' : kinds.join(', ')
}

function seenIn({ name, more }: Phase): string[] {
  const said = Object.entries(more).map(([key, value]) => {
    if (value === undefined) return `**${key} was never seen**`
    const number = key.endsWith('Ms') ? seconds(value) : String(value)
    return meanings[key]?.(number) ?? `${key} ${number}`
  })
  return said.length === 0 ? [] : [`- *${name}*: ${said.join('; ')}.`]
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1)
}
