import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../../src/base/database/database.ts'
import { openDatabase } from '../../../src/base/database/database.ts'
import { migrate, requireMigrated } from '../../../src/base/migrating/migrate.ts'
import { OperatorError } from '../../../src/base/values/operator-error.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase, undemanding } from '../../support/database.ts'
import { housePatience } from '../../support/patience.ts'

let database: FreshDatabase
let db: Database

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase(database.url, housePatience)
})

afterAll(async () => {
  await db.destroy()
  await database.drop()
})

test('migrate restores a function that was changed by hand, and does not move the clock', async () => {
  await db.raw(
    `create or replace function refuse_ledger_change() returns trigger language plpgsql as 'begin return null; end'`,
  )
  await db.raw(
    `create or replace function clock_offset() returns interval language sql stable as $$ select interval '1 hour' $$`,
  )

  expect(await migrate(database.url)).toBe(0)

  const { rows } = await db.raw<{ rows: { body: string; offset: unknown }[] }>(
    `select prosrc as body, (clock_offset() = interval '1 hour') as offset from pg_proc where proname = 'refuse_ledger_change'`,
  )
  expect(rows).toEqual([
    { body: expect.stringContaining('the ledger never changes'), offset: true },
  ])
  await db.raw(
    `create or replace function clock_offset() returns interval language sql stable as $$ select interval '0' $$`,
  )
})

test('migrate waits for a request that holds a view, and then finishes', async () => {
  const reading = db.transaction(async (tx) => {
    await tx.raw('select 1 from open_accounts limit 1')
    await tx.raw('select pg_sleep(0.8)')
  })
  expect(await migrate(database.url)).toBe(0)
  await reading
})

const strange = [
  ['0001_accounts.ts', /before the first release/],
  ['0024_registry.sql', /before the first release/],
  ['9999_of_later.sql', /made by a later version \(9999_of_later\.sql\)/],
] as const

test.each(strange)(
  'a database with a migration %s is refused in one sentence, and not changed',
  async (name, words) => {
    await db('knexMigrations').insert({ name, batch: 1, migrationTime: new Date() })
    const before = await db('knexMigrations').pluck('name')

    const server = await refusalOf(migrate(database.url))
    const demonstration = await refusalOf(migrate(database.url, { dataFolder: '/somewhere/.data' }))

    expect(server).toMatch(words)
    expect(server).toMatch(/^The database of DATABASE_URL was made .*it is left as it is.*\.$/)
    expect(demonstration).toMatch(words)
    expect(demonstration).toMatch(/^The data in \/somewhere\/\.data were made .*delete that folder/)
    expect(await db('knexMigrations').pluck('name')).toEqual(before)
    await db('knexMigrations').where({ name }).delete()
  },
)

test('a server does not start with a database of an unknown version or one that lacks a migration', async () => {
  await noteApplied('0001_accounts.ts')
  expect(await refusalOf(requireMigrated(database.url, undemanding))).toMatch(
    /before the first release/,
  )
  await db('knexMigrations').where({ name: '0001_accounts.ts' }).delete()

  await db('knexMigrations').where({ name: '0015_me.sql' }).delete()
  expect(await refusalOf(requireMigrated(database.url, undemanding))).toMatch(
    /lacks 0015_me.sql.*npm run migrate/,
  )
  await noteApplied('0015_me.sql')
  await requireMigrated(database.url, undemanding)
})

test('a server starts on a later schema only if each later migration says that it bears this code', async () => {
  expect(await db('migrationBears').pluck('name')).toEqual([]) // the beginning bears no older code
  const later = ['9998_base.sql', '9999_me.sql'] as const
  for (const name of later) await noteApplied(name)
  await db('migrationBears').insert({ name: later[0], bears: '0026_stops.sql' })
  const refusal = () => refusalOf(requireMigrated(database.url, undemanding))

  expect(await refusal()).toMatch(/later version \(9999_me\.sql\) that does not bear this one/)
  await db('migrationBears').insert({ name: later[1], bears: '9998_base.sql' })
  expect(await refusal()).toMatch(/\(9999_me\.sql\) that does not bear this one/)
  await db('migrationBears').where({ name: later[1] }).update({ bears: '0015_me.sql' })
  await db.raw(
    "create or replace function queue_revocation() returns trigger language plpgsql as 'begin return null; end'",
  )
  await requireMigrated(database.url, undemanding) // what the later version runs is judged with keys

  await db('knexMigrations').whereIn('name', later).delete()
  await db('migrationBears').whereIn('name', later).delete()
  expect(await refusal()).toMatch(
    /other code .*: function public\.queue_revocation\(\) is another one\. « npm run migrate »/,
  )
  await migrate(database.url)
  await requireMigrated(database.url, undemanding)
})

async function noteApplied(name: string): Promise<void> {
  await db('knexMigrations').insert({ name, batch: 1, migrationTime: new Date() })
}

async function refusalOf(work: Promise<unknown>): Promise<string> {
  const refusal: unknown = await work.catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(OperatorError)
  return refusal instanceof OperatorError ? refusal.message : ''
}
