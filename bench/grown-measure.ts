import { asking } from './grown-place.ts'
import type { Size } from './grown-place.ts'
import { prepareJobs } from './jobs.ts'
import { median, rounded } from './statistics.ts'
import type { Target } from './target.ts'
import type { Figures } from './window.ts'
import { measure, refuseErrors, run } from './window.ts'

export type Decision = 'permit' | 'deny'
export const decisions: readonly Decision[] = ['permit', 'deny']

export type Served = { readonly size: Size; readonly target: Target }

/** Figures of one window, and what the database did in it for each decision. */
export type GrownFigures = Figures & { readonly walBytes: number; readonly pagesRead: number }

export type GrownWindow = {
  readonly consents: number
  readonly decision: Decision
  readonly figures: GrownFigures
}

type Pace = { readonly callers: number; readonly seconds: number }

const warmSeconds = 1
const warmJobs = 3000
// All proofs of a window are signed before it.
const maxJobs = 40_000
const spare = 1.5

const atOnce = 2000
const pagesOf = `select count(h.next_seq), count(s.status), count(c.seal), count(e.person_seq), count(d.permitted)
  from unnest($1::uuid[]) i(person)
  left join lateral (select next_seq from ledger_heads where person_id = i.person offset 0) h on true
  left join lateral (select status from standings where person_id = i.person offset 0) s on true
  left join lateral (select seal from consent_states where person_id = i.person offset 0) c on true
  left join lateral (select person_seq from ledger_event where person_id = i.person order by person_seq desc limit 1) e on true
  left join lateral (select permitted from decision where person_id = i.person limit 1) d on true`

/** Reads what a decision reads of each who may be asked about, as a house has done that has run for a day. */
export async function warmSize({ url, asked: { people } }: Size): Promise<void> {
  await asking(url, async (client) => {
    for (const way of ['seqscan', 'hashjoin', 'mergejoin', 'bitmapscan'])
      await client.query(`set enable_${way} = off`)
    for (let from = 0; from < people.length; from += atOnce)
      await client.query(pagesOf, [people.slice(from, from + atOnce)])
  })
}

/** One window of a size. */
export async function measureSize(
  { size, target }: Served,
  decision: Decision,
  { callers, seconds }: Pace,
): Promise<GrownWindow> {
  const warm = await run(await prepareJobs(decision, target, warmJobs), callers, warmSeconds)
  refuseErrors(warm)
  const rate = warm.latenciesMs.length / warm.seconds
  const count = Math.min(maxJobs, Math.ceil(rate * seconds * spare) + callers)
  const jobs = await prepareJobs(decision, target, count)
  const before = await databaseOf(size.url)
  const figures = await measure(jobs, { callers, seconds }, target.pids)
  const after = await databaseOf(size.url)
  const done = figures.opsPerSecond * seconds
  return {
    consents: size.consents,
    decision,
    figures: {
      ...figures,
      walBytes: (after.wal - before.wal) / done,
      pagesRead: (after.read - before.read) / done,
    },
  }
}

async function databaseOf(url: string): Promise<{ readonly wal: number; readonly read: number }> {
  const { rows } = await asking(url, (client) =>
    client.query<{ wal: number; read: number }>(
      `select (pg_current_wal_insert_lsn() - '0/0')::float8 as wal, blks_read::float8 as read
       from pg_stat_database where datname = current_database()`,
    ),
  )
  return rows[0] ?? { wal: Number.NaN, read: Number.NaN }
}

/** Medians of a size, and its processor time beside that of the smallest one in the same rounds. */
export type GrownLine = {
  readonly decision: Decision
  readonly consents: number
  readonly opsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly nodeCpu: number
  readonly postgresCpu: number
  readonly walBytes: number
  readonly pagesRead: number
  readonly ratio: number
}

/** @param rounds of each round, a window of each size and decision */
export function linesOf(rounds: readonly (readonly GrownWindow[])[]): GrownLine[] {
  const sizes = [...new Set(rounds.flat().map(({ consents }) => consents))].toSorted(
    (one, other) => one - other,
  )
  const find = (round: readonly GrownWindow[], decision: Decision, consents: number | undefined) =>
    round.filter((one) => one.decision === decision && one.consents === consents)
  return decisions.flatMap((decision) =>
    sizes.map((consents) => {
      const windows = rounds.flatMap((round) => find(round, decision, consents))
      const of = (name: keyof GrownFigures) => rounded(median(windows.map((w) => w.figures[name])))
      const ratios = rounds.flatMap((round) => {
        const [one] = find(round, decision, consents)
        const [control] = find(round, decision, sizes[0])
        return one && control ? [cpuOf(one.figures) / cpuOf(control.figures)] : []
      })
      return {
        decision,
        consents,
        opsPerSecond: of('opsPerSecond'),
        p50Ms: of('p50Ms'),
        p99Ms: of('p99Ms'),
        nodeCpu: of('nodeCpu'),
        postgresCpu: of('postgresCpu'),
        walBytes: of('walBytes'),
        pagesRead: of('pagesRead'),
        ratio: rounded(median(ratios)),
      }
    }),
  )
}

function cpuOf({ nodeCpu, postgresCpu }: Figures): number {
  return nodeCpu + postgresCpu
}

const large = [
  'accounts',
  'consent_current',
  'consent_record',
  'consent_request',
  'consent_request_item',
  'decision',
  'dek',
  'ledger_event',
  'person_head',
  'persons',
  'presentation',
]

/** How often the tables that grow were read from end to end. */
export async function wholeReads(url: string): Promise<Readonly<Record<string, number>>> {
  const { rows } = await asking(url, (client) =>
    client.query<{ name: string; scans: number }>(
      `select relname as name, seq_scan::float8 as scans from pg_stat_user_tables where relname = any($1) order by relname`,
      [large],
    ),
  )
  return Object.fromEntries(rows.map(({ name, scans }) => [name, scans]))
}
