import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { foldParts } from '../../../src/house/folds.ts'
import { applyMigrations, lockMs } from '../../../src/base/migrating/apply-migrations.ts'
import type { Database } from '../../../src/base/database/database.ts'
import { openDatabase } from '../../../src/base/database/database.ts'
import { migrate } from '../../../src/base/migrating/migrate.ts'
import { migrationNames, readMigration } from '../../../src/base/migrating/migration-files.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { emptyDatabase, patience } from '../../support/database.ts'
import { watchLocks } from '../../support/lock-watch.ts'
import { copyPeople } from '../../support/many-people.ts'
import type { Load } from '../../support/sharing-load.ts'
import { newSharers, openLoad } from '../../support/sharing-load.ts'
import type { Stage } from '../../support/sharing.ts'
import { startStage } from '../../support/sharing.ts'

// How long migrations make others wait, with many people in the tables. `npm run drill -- migrate --people N` makes them more.

const people = Number(process.env['DRILL_PEOPLE'] ?? 300)
const longestMs = 10 * 60_000 + people * 15
// The oldest schema of which databases are brought on.
const oldest = '0026_stops.sql'
// A migration gives up a lock after half a second; so long it may hold one of a table of hundreds, on a machine that is busy.
const shortMs = 4 * lockMs

let stage: Stage
let load: Load
let older: FreshDatabase
let db: Database
let full: Database

beforeAll(async () => {
  stage = await startStage()
  load = await openLoad(stage)
  older = await emptyDatabase()
  const long = { ...patience, statementMs: longestMs }
  db = openDatabase(older.url, long)
  full = openDatabase(stage.databaseUrl, long)
})
afterAll(async () => {
  await Promise.all([db.destroy(), full.destroy()])
  await older.drop()
  await load.close()
  await stage.stop()
})

test(
  `the tables of ${people} people are brought to this schema, and nobody waits long meanwhile`,
  { timeout: longestMs },
  async () => {
    const like = (await newSharers(load, 4)).map(({ personId }) => personId)
    await copyPeople(load, foldParts(load.live.current()), like, people)
    const files = {
      names: () => migrationNames().filter((name) => name <= oldest),
      text: readMigration,
    }
    await applyMigrations({ hasty: db, patient: db }, files, () => undefined)
    await copyTables(full, db)
    await db.raw('vacuum analyze')

    const watch = await watchLocks(older.url)
    const told: string[] = []
    const openSeals = () => Promise.resolve(load.vault.seals)
    const applied = await migrate(older.url, { tell: (line) => told.push(line), openSeals })
    const { waitedMs, heldMs, held } = await watch.stop()

    console.log(
      `${told.join('\n')}\n${people} people: a writer waited ${waitedMs.toFixed(0)} ms at most; ` +
        `the longest lock: ${heldMs.toFixed(0)} ms, ${held}`,
    )
    expect(applied).toBe(migrationNames().length - files.names().length)
    const { rows } = await db.raw<{ rows: unknown[] }>('select count(*)::int as n from persons')
    expect(rows).toEqual([{ n: expect.toSatisfy((n: number) => n >= people) }])
    if (people <= 1000) expect(Math.max(waitedMs, heldMs)).toBeLessThan(shortMs)
  },
)

/** Copies the rows of each table that both databases have, in the columns that both have, through files of the server. */
async function copyTables(from: Database, to: Database): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'accord-copied-'))
  chmodSync(folder, 0o777) // the server may run as another user
  const [has, wants] = await Promise.all([columnsOf(from), columnsOf(to)])
  try {
    for (const [table, columns] of wants) {
      const common = columns.filter((column) => has.get(table)?.includes(column))
      if (common.length === 0) continue
      const list = common.map((column) => `"${column}"`).join(', ')
      const file = join(folder, table)
      await from.raw(`copy (select ${list} from ${table}) to '${file}' (format binary)`)
      await to.transaction(async (tx) => {
        await tx.raw('set local session_replication_role = replica')
        await tx.raw(`delete from ${table}`) // a migration may write a first row
        await tx.raw(`copy ${table} (${list}) from '${file}' (format binary)`)
      })
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function columnsOf(of: Database): Promise<Map<string, string[]>> {
  const { rows } = await of.raw<{ rows: { table: string; columns: string[] }[] }>(
    `select c.relname as "table", array_agg(a.attname::text order by a.attnum) as columns
     from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relname not like 'knex%'
       and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     group by c.relname`,
  )
  return new Map(rows.map(({ table, columns }) => [table, columns]))
}
