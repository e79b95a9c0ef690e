import type { Goal } from './goals.ts'
import { cpuOf, judge } from './goals.ts'
import { wasBusy } from './machine.ts'
import type { Result, Results } from './results.ts'
import type { ServerName } from './servers.ts'
import { rounded } from './statistics.ts'
import { frozenCommit } from './trees.ts'

type Row = readonly string[]

const head: Row = [
  'operation',
  'server',
  'per second',
  'p50 ms',
  'p99 ms',
  'CPU s per 1,000: Node + PostgreSQL',
  'driver',
  'statements',
  'together',
]

/** The report for the terminal. */
export function table(results: Results): string {
  const rows = [head, ...rowsOf(results)]
  const goals = judge(results).map(goalRow)
  const parts = [aligned(rows), aligned(goals), startAndMemory(results).join('\n')]
  return `${[...parts, ...busyNote(results)].join('\n\n')}\n`
}

function busyNote({ machine }: Results): string[] {
  if (!wasBusy(machine)) return []
  return [
    `The machine was busy with other things (load ${rounded(machine.loadBefore)}): of this run only the statements count.`,
  ]
}

function rowsOf({ cases, refused }: Results): Row[] {
  const measured = Object.entries(cases).flatMap(([name, byServer]) =>
    Object.entries(byServer).map(([server, result]) => rowOf(name, server as ServerName, result)),
  )
  const wrong = Object.entries(refused).flatMap(([name, byServer]) =>
    Object.keys(byServer).map((server) => [name, server, 'no result', ...blanks]),
  )
  return [...measured, ...wrong]
}

const blanks = Array.from({ length: head.length - 3 }, () => '–')

function rowOf(name: string, server: ServerName, result: Result): Row {
  const { opsPerSecond, p50Ms, p99Ms, nodeCpu, postgresCpu, driverCpu, statements } = result
  const cpu =
    server === 'ceiling' ? `${nodeCpu}` : `${nodeCpu} + ${postgresCpu} = ${rounded(cpuOf(result))}`
  return [
    name,
    server,
    String(opsPerSecond),
    String(p50Ms),
    String(p99Ms),
    cpu,
    String(driverCpu),
    statements === undefined ? '–' : String(statements.alone),
    statements === undefined ? '–' : String(statements.together),
  ]
}

function goalRow({ id, operation, aim, measured, reached }: Goal): Row {
  return [id, operation, aim, measured, reached ? 'reached' : 'not reached']
}

function startAndMemory({ startSeconds, peakMegabytes }: Results): string[] {
  return Object.entries(peakMegabytes).map(
    ([server, megabytes]) =>
      `${server}: first discovery after ${startSeconds[server as ServerName]} s, at most ${megabytes} MB`,
  )
}

/** A table for the terminal. */
export function aligned(rows: readonly Row[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** docs/performance.md, all of it: the next run writes it anew. */
export function markdown(results: Results): string {
  const { at, machine, callers, rounds, seconds } = results
  const versions = Object.entries(results.versions).map(([name, version]) => `${name} ${version}`)
  return `# Performance

Written by \`npm run bench\`; figures in \`docs/performance.json\`. Run of ${at.slice(0, 10)} on one machine with everything on it, driver
included: ${machine.cores} cores of ${machine.cpu}, ${machine.memoryGb} GB. ${versions.join(' · ')}.
${callers} callers unless said otherwise, medians of ${rounds} interleaved rounds of ${seconds} s.${busyNote(
    results,
  )
    .map((note) => `\n\n**${note}**`)
    .join('')}

![CPU seconds per 1,000 operations](performance.svg)

## How to read it

Operations a second move with the machine and its neighbours; CPU per operation much less; statements are exact. So compare lines of one run.

- **accord**: one \`serve\` process as in production, log and all, with the policy it always has: pushed requests, DPoP with a nonce, \`private_key_jwt\`, pairwise identifiers, one atomic unit a request, an activity row for each sign-in. Requests of one moment share a statement, which is why *together* is less than *alone*.
- **naive**: the same oidc-provider with the knex adapter that everybody writes, one statement for each call, on the same PostgreSQL (\`bench/naive.ts\`). Its decisions check token, proof and consent, and write the same rows of a permit as ours, sealed and signed, by separate statements; it trusts the request and the register, which ours validates and compares, and writes each deny, where ours counts equal ones.
- **ceiling**: the same oidc-provider over a plain Map (\`bench/ceiling.ts\`): what the framework costs, nothing durable.

Both run as they were at the commit \`${frozenCommit}\`, because they use code of ours: what makes ours faster must not make the measure longer.

All three are started as ours are shipped: \`${results.started}\`. They answer the same requests, with one exception: *code*. There each server gets the plainest flow it takes, from a client without a key: a bare code flow with PKCE at the baselines; with us a pushed request and DPoP besides.

| operation | is |
|---|---|
| code | \`/auth\` and \`/token\` of a person who is signed in, before it \`/request\` where it must be pushed |
| fapi | \`/request\`, \`/auth\`, \`/token\` with \`private_key_jwt\` and DPoP |
| baseline | \`/auth\`, \`/token\` with \`private_key_jwt\` alone: the profile for sign-in ([the security profile](design/security.md#clients)) |
| refresh | \`/token\` with a refresh token; ours also reads the consents that it stands for |
| userinfo, introspection | a live access token, with a fresh proof or a fresh assertion each time |
| client-credentials | a DPoP-bound token for the decision API |
| deny, permit | \`POST /access/v1/evaluation\` about a random one of 2,000 people with 5 consents each (200,000 people in “a million consents”, with three million events and a million permits behind them); the caller's token and DPoP proof are checked each time |
| password | a whole sign-in, from \`/request\` to \`/token\`: address, password, security key. *Around the hash*: without the CPU of argon2id, measured in the driver in the same run |
| password-wrong, password-nobody | both pages with a wrong password, or an address that nobody has, up to the refusal |
| sharings-page, activity-page | « Mes partages » and « Mon activité » of a person with 500 events, one caller: the time is the server's, nobody before her |
| … beside 64 passwords | 64 people send their password at one moment: one is hashed after the other, 50 wait, the others are told to come back (503); for as long as some wait |

What has no line below was not part of this run.

A *deny* is about a category that the consent does not cover: it is recorded. A *permit* is recorded in the person's sealed chain and signed before it leaves. Proofs and assertions are signed before a window; *driver* is what the
driver itself used, on the same cores, per 1,000 operations. *Statements* are those a client sends for one operation with nobody else there, BEGIN and COMMIT included, counted by pg_stat_statements outside the timed windows; *together* is the same with all callers at once.

## Results

${markdownTable([head, ...rowsOf(results)])}

${startAndMemory(results)
  .map((line) => `- ${line}`)
  .join('\n')}

${logSection(results)}## Goals

${markdownTable([['', 'operation', 'goal', 'measured', ''], ...judge(results).map(goalRow)])}

P10 (other products) has nothing here to be measured: \`--against\` is for that ([how](against.md)). P12 (growth) is judged with \`--large\`, by windows at the beginning of a run and at its end; beside one another, to ten million consents, by \`npm run drill -- growth\` (decision 0174).

[Where the time goes](profile.md): shares, what was tried, and why some goals are not reached.

## Run it

\`\`\`sh
npm run bench                       # a quarter of an hour; writes these documents
npm run bench -- --only fapi,baseline,permit --seconds 2 --rounds 1
npm run bench -- --variant before=HEAD~1 --variant again=HEAD~1 --variant now=. --only permit --rounds 9 --seconds 1
npm run bench -- --help             # and --against, for another provider on the same machine
\`\`\`

It starts its own PostgreSQL in a temporary folder, with a quarter of the machine's memory, vacuums what it filled before it measures, speaks to this machine only, and stops what it started. An operation whose answer is not the right one is an error; with more than one in a thousand there is no result.
`
}

function logSection({ log }: Results): string {
  if (log === undefined) return ''
  return `## The public log beside permits

Another process takes entries in, writes tiles and signs them. In each round: permits without it; a hundred thousand entries that waited are taken in beside permits; permits beside it when nothing waits; and a second process takes over when the first is killed with -9.

- a backlog: ${log.backlogPerSecond} entries a second
- at ${log.permitsPerSecond} permits a second: ${log.coreShare} of a core, its connections to PostgreSQL included; a permit costs ${log.permitCpuRatio} × the CPU of one without it
- from an event to the tree: ${log.lagP99Ms} ms p99
- killed: entries of another process after ${log.takeoverMs} ms, its first checkpoint after ${log.nextCheckpointMs} ms

`
}

function markdownTable(rows: readonly Row[]): string {
  const [first = [], ...rest] = rows
  const line = (row: Row) => `| ${row.join(' | ')} |`
  return [line(first), `|${'---|'.repeat(first.length)}`, ...rest.map(line)].join('\n')
}
