import { setTimeout } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { Database, Transaction } from '../database/database.ts'
import { runScript, sqlState, strongLockMs } from '../database/database.ts'
import { stepsIn } from './migration-steps.ts'
import type { MigrationStep } from './migration-steps.ts'
import { causeOf } from '../database/database-outages.ts'
import { OperatorError } from '../values/operator-error.ts'

export type MigrationFiles = {
  names(): readonly string[]
  text(name: string): string
}

export type Tell = (line: string) => void

/** Two ways to one database: statements that wait for a lock give up early on `hasty`, and wait as long as they may on `patient`. */
export type Ways = { readonly hasty: Database; readonly patient: Database }

/** A migration gives a lock up after this long, and begins again. */
export const lockMs = strongLockMs
const tries = 20
// Longer after each try: what was held up meanwhile is done first.
const pauseMs = 50
// Of a statement inside a transaction: what it has locked, it keeps so long.
const statementMs = 60_000
// Of a step that is repeated.
const mostBatches = 1_000_000
const tellMs = 5000

type Done = { rows: number }
// knex reads it; its types leave it out.
type Config = { readonly config?: { readonly transaction: boolean } }

/** Applies the files that the database lacks, each by itself, and tells how long each took. The names of those applied. */
export async function applyMigrations(
  ways: Ways,
  files: MigrationFiles,
  tell: Tell,
): Promise<string[]> {
  const applied: string[] = []
  for (const name of await missingIn(ways.hasty, files)) {
    const done: Done = { rows: 0 }
    const config = migratorOf(ways, files, done)
    await timed(name, done, tell, () =>
      retryOnLock(name, async () => {
        await ways.hasty.migrate.up({ ...config, name })
      }),
    )
    applied.push(name)
  }
  return applied
}

async function missingIn(db: Database, files: MigrationFiles): Promise<string[]> {
  const config = migratorOf({ hasty: db, patient: db }, files, { rows: 0 })
  // Our own lock is held, so no other migration runs: a lock of knex that is still there was left by a migration that was killed.
  await db.migrate.forceFreeMigrationsLock(config)
  const [, missing]: [unknown, string[]] = await db.migrate.list(config)
  return missing
}

function migratorOf(ways: Ways, files: MigrationFiles, done: Done): Knex.MigratorConfig {
  return {
    migrationSource: {
      getMigrations: () => Promise.resolve([...files.names()]),
      getMigrationName: (name: string) => name,
      getMigration: (name: string) => Promise.resolve(migrationOf(ways, files.text(name), done)),
    },
  }
}

function migrationOf(ways: Ways, text: string, done: Done): Knex.Migration & Config {
  const steps = stepsIn(text)
  if (steps !== undefined)
    return { up: () => runSteps(ways, steps, done), down, config: { transaction: false } }
  return {
    up: async (tx: Knex) => {
      await tx.raw(`set local statement_timeout = ${statementMs}`)
      await runScript(tx as unknown as Transaction, text) // knex gives each migration its transaction
    },
    down,
  }
}

function down(): Promise<never> {
  return Promise.reject(new Error('migrations go forward only'))
}

async function runSteps(ways: Ways, steps: readonly MigrationStep[], done: Done): Promise<void> {
  for (const step of steps) {
    const db = step.isConcurrent ? ways.patient : ways.hasty
    for (let left = mostBatches; ; left--) {
      const rows = await runScript(db, step.text)
      if (!step.isRepeated || rows === 0) break
      if (left === 0) throw new Error('a step has no end')
      done.rows += rows
    }
  }
}

/**
 * Tries again where somebody held a lock for too long.
 * @throws OperatorError where somebody still does after some tries, or a statement takes too long
 */
export async function retryOnLock<T>(what: string, deed: () => Promise<T>): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await deed()
    } catch (error) {
      const state = sqlState(causeOf(error)) ?? ''
      if (state === '57014')
        throw new OperatorError(
          `${what}: a statement took too long, and was undone. What was done before it stays: run migrate again when less is going on.`,
          { cause: error },
        )
      // 55P03: a request held what we need for too long. 40P01: the request also waited for one of our locks.
      if (!/^(55P03|40P01)$/.test(state)) throw error
      if (n === tries)
        throw new OperatorError(
          `${what}: others held locks for too long, ${tries} times. What was done before it stays: look for long transactions (pg_stat_activity), and run migrate again.`,
          { cause: error },
        )
      await setTimeout(pauseMs * n)
    }
  }
}

async function timed(
  name: string,
  done: Done,
  tell: Tell,
  deed: () => Promise<void>,
): Promise<void> {
  const from = performance.now()
  const spent = () => {
    const rows = done.rows === 0 ? '' : `, ${done.rows} rows`
    return `${name}: ${((performance.now() - from) / 1000).toFixed(1)} s${rows}`
  }
  const timer = setInterval(() => tell(`${spent()} so far`), tellMs)
  try {
    await deed()
  } finally {
    clearInterval(timer)
  }
  tell(spent())
}
