import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Ways } from '../../../src/base/migrating/apply-migrations.ts'
import { applyMigrations, lockMs } from '../../../src/base/migrating/apply-migrations.ts'
import { openDatabase } from '../../../src/base/database/database.ts'
import { migrationNames, readMigration } from '../../../src/base/migrating/migration-files.ts'
import { OperatorError } from '../../../src/base/values/operator-error.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase, patience } from '../../support/database.ts'

let database: FreshDatabase
let ways: Ways

beforeAll(async () => {
  database = await freshDatabase()
  ways = {
    hasty: openDatabase(database.url, { ...patience, lockMs }),
    patient: openDatabase(database.url, patience),
  }
  await ways.patient.raw(
    'create table much as select n, false as done from generate_series(1, 10) n',
  )
})

afterAll(async () => {
  await Promise.all([ways.hasty.destroy(), ways.patient.destroy()])
  await database.drop()
})

const made = new Map<string, string>()

async function apply(name: string, text: string): Promise<string[]> {
  made.set(name, text)
  const told: string[] = []
  const files = {
    names: () => [...migrationNames(), ...made.keys()],
    text: (one: string) => made.get(one) ?? readMigration(one),
  }
  await applyMigrations(ways, files, (line) => told.push(line))
  return told
}

const inSteps = `-- outside a transaction
-- step
drop index concurrently if exists much_by_n;
-- step
create index concurrently much_by_n on much (n);
-- step, again until it changes nothing
update much set done = true where n in (select n from much where not done limit 4);
`

test('a migration in steps makes an index beside others, and fills a column batch by batch', async () => {
  expect(await apply('9001_base.sql', inSteps)).toEqual([
    expect.stringMatching(/^9001_base\.sql: \d+\.\d s, 10 rows$/),
  ])
  const { rows } = await ways.patient.raw<{ rows: unknown[] }>(
    `select (select count(*) from much where done)::int as done, indisvalid as valid from pg_index where indexrelid = 'much_by_n'::regclass`,
  )
  expect(rows).toEqual([{ done: 10, valid: true }])
  expect(await apply('9001_base.sql', inSteps)).toEqual([])
})

test('a step that fails leaves what was done before it, and all steps run again', async () => {
  const broken = `-- outside a transaction\n-- step\nupdate much set n = n + 100 where n = 1;\n-- step\nselect 1 / 0;\n`
  await expect(apply('9002_base.sql', broken)).rejects.toThrow(/division by zero/)
  expect(await ways.patient.raw('select n from much where n = 101')).toMatchObject({ rowCount: 1 })
  const mended = broken.replace('1 / 0', '1')
  expect(await apply('9002_base.sql', mended)).toEqual([expect.stringMatching(/^9002_base\.sql/)])
})

test('a migration waits for a lock in short turns, so that others are served meanwhile', async () => {
  const reader = await ways.patient.transaction()
  await reader.raw('select from much')
  const idleSince = performance.now()
  const applying = apply('9003_base.sql', 'alter table much add column more integer;')
  // The migration waits for the reader; this one waits behind the migration, until that gives up.
  await expect.poll(async () => waiting()).toBe(1)
  await ways.patient.raw('select count(*) from much')
  // After five idle seconds PostgreSQL ends the reader, and would let the migration on.
  expect(performance.now() - idleSince).toBeLessThan(4500)

  await reader.commit()
  expect(await applying).toEqual([expect.stringMatching(/^9003_base\.sql/)])
})

test('a statement that takes too long is undone, and the sentence says what to do', async () => {
  const slow = `set local statement_timeout = 50; update much set n = -1; select pg_sleep(10);`
  const refusal: unknown = await apply('9004_base.sql', slow).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(OperatorError)
  expect(String(refusal)).toMatch(/9004_base\.sql: a statement took too long.*run migrate again/)
  expect(await ways.patient.raw('select 1 from much where n = -1')).toMatchObject({ rowCount: 0 })
})

async function waiting(): Promise<number> {
  const { rows } = await ways.patient.raw<{ rows: unknown[] }>(
    `select from pg_locks where not granted and relation = 'much'::regclass`,
  )
  return rows.length
}
