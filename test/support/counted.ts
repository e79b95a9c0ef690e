import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { inject } from 'vitest'
import type { FreshDatabase } from './database.ts'
import { isAsked, isComparison } from './asked.ts'
import { freshDatabase, runAt, startMigratedServer } from './database.ts'

// Migrated databases where the statements of clients are counted, or their plans are written down.

/** Counts the statements that clients send. */
export type CountedDatabase = FreshDatabase & {
  /** The statements since the last call, BEGIN and COMMIT included, as PostgreSQL counted them, without what a process does by itself. */
  statements(): Promise<number>
  /** How often what the database runs was compared with the release since the last call of any. */
  comparisons(): Promise<number>
  /** The texts that were planned since the last call of either, by their number: a connection that has a plan only runs it. */
  planned(): Promise<ReadonlyMap<string, string>>
}

/** Writes down the plan of every statement of later connections, also of those inside functions. */
export type ExplainedDatabase = FreshDatabase & {
  /** The plans of all statements that were answered, in this order. */
  plans(): Promise<readonly Explained[]>
}

export type Explained = { readonly 'Query Text': string; readonly Plan: object }

export async function countedDatabase(): Promise<CountedDatabase> {
  const { url, drop } = await freshDatabase()
  const name = new URL(url).pathname.slice(1)
  const admin = new Client({ connectionString: inject('adminUrl') })
  await admin.connect()
  // Of all databases of the server, only those that are counted here.
  await admin.query(`alter database ${name} set pg_stat_statements.track = top`)
  await admin.query(`alter database ${name} set pg_stat_statements.track_planning = on`)
  const forget = () =>
    admin.query('select pg_stat_statements_reset(0, oid, 0) from pg_database where datname = $1', [
      name,
    ])
  async function callsOf(condition: string): Promise<number> {
    const { rows } = await admin.query<{ calls: string }>(
      `select coalesce(sum(calls), 0) as calls from pg_stat_statements
       where dbid = (select oid from pg_database where datname = $1) and ${condition}`,
      [name],
    )
    await forget()
    return Number(rows[0]?.calls)
  }
  return {
    url,
    async planned() {
      const { rows } = await admin.query<{ queryid: string; query: string }>(
        `select queryid::text, query from pg_stat_statements where plans > 0 and dbid = (select oid from pg_database where datname = $1)
           and ${isAsked}`,
        [name],
      )
      await forget()
      return new Map(rows.map(({ queryid, query }) => [queryid, query]))
    },
    statements: () => callsOf(isAsked),
    comparisons: () => callsOf(isComparison),
    async drop() {
      await admin.end()
      await drop()
    },
  }
}

export async function explainedDatabase(): Promise<ExplainedDatabase> {
  const server = await startMigratedServer('asked', {
    'auto_explain.log_min_duration': '0',
    'auto_explain.log_nested_statements': 'on',
    'auto_explain.log_format': 'json',
    logging_collector: 'on',
    log_destination: 'jsonlog',
    log_rotation_size: '0',
  })
  const alter = `alter database migrated set session_preload_libraries = 'auto_explain'`
  await runAt(server.url(), alter)
  return {
    url: server.url(),
    drop: () => server.stop(),
    async plans() {
      // Another process writes the file, some time after the answer, in the order of the statements: it is waited for up to this one.
      const last = `select '${randomUUID()}'`
      await runAt(server.url(), last)
      return untilThere(() => plansUpTo(last, join(server.dataDir, 'pg', 'log')))
    },
  }
}

function plansUpTo(last: string, folder: string): Explained[] | undefined {
  const plans = plansIn(folder)
  const end = plans.findIndex((plan) => plan['Query Text'] === last)
  return end < 0 ? undefined : plans.slice(0, end)
}

function plansIn(folder: string): Explained[] {
  return (
    readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      // The last line may not be whole yet.
      .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1))
      .filter((line) => line.includes(' plan:\\n'))
      .map((line) => {
        const { message } = JSON.parse(line) as { message: string }
        return JSON.parse(message.slice(message.indexOf('{'))) as Explained
      })
  )
}

const pollMs = 20
const maxPolls = 1000

async function untilThere<T>(find: () => T | undefined): Promise<T> {
  for (let polls = 0; polls < maxPolls; polls++) {
    const found = find()
    if (found !== undefined) return found
    await pause(pollMs)
  }
  throw new Error('the log of the server does not go on')
}
