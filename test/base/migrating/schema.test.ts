import { readFileSync } from 'node:fs'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase, runAt } from '../../support/database.ts'
import {
  brokenSince,
  releasedFile,
  schemaFile,
  schemaOf,
  signaturesOf,
  catalogFile,
  catalogText,
  catalogueFile,
  catalogueJson,
  withoutLeaving,
} from '../../../scripts/schema.ts'

let database: FreshDatabase

beforeAll(async () => {
  database = await freshDatabase()
})

afterAll(() => database.drop())

test('migrations/schema.sql is what the migrations make: `npm run schema` writes it', async () => {
  expect(readFileSync(schemaFile, 'utf8')).toBe(await schemaOf(database.url))
})

test('the catalog is that of the schema: `npm run schema` writes it', async () => {
  expect(readFileSync(catalogFile, 'utf8')).toBe(await catalogText(database.url))
})

test('migrations/catalogue.json is what the database runs, of the queue too: `npm run schema` writes it', async () => {
  const text = readFileSync(catalogueFile, 'utf8')
  expect(text).toBe(await catalogueJson(database.url))
  expect(text).toMatch(/"function graphile_worker\.add_job\(/)
})

// `clock_offset` is one literal of a type that the grammar itself names.
const withoutNames = ['clock_offset()']

/** The functions of ours whose names somebody's `search_path` could lead elsewhere. */
async function unpinned(): Promise<string[]> {
  const client = new Client({ connectionString: database.url })
  await client.connect()
  try {
    const { rows } = await client.query<{ called: string }>(
      `select p.oid::regprocedure::text as called from pg_proc p
       where p.pronamespace = 'public'::regnamespace and p.prosqlbody is null
         and p.proconfig is distinct from array['search_path=pg_catalog, public, pg_temp'] order by 1`,
    )
    return rows.map(({ called }) => called)
  } finally {
    await client.end()
  }
}

test('no function means something else by the search_path of its caller: it has its own, or its names are read when it is made', async () => {
  expect(await unpinned()).toEqual(withoutNames)
  for (const [called, path] of [
    ['late()', ''],
    ['later()', 'set search_path = public, pg_catalog'],
    ['temporary()', 'set search_path = pg_catalog, public'],
  ])
    await runAt(
      database.url,
      `create function ${called} returns date language sql ${path} as 'select now()::date'`,
    )
  expect(await unpinned()).toEqual([...withoutNames, 'late()', 'later()', 'temporary()'])
  await runAt(database.url, 'drop function late(), later(), temporary()')
})

test('a trigger and a function of ours read our tables, whatever path a session has', async () => {
  await runAt(
    database.url,
    `create schema evil; create table evil.rate_limits (like public.rate_limits);
     set search_path = evil, public, pg_catalog;
     do $$ begin
       perform take_tries(array['key'], array[5], array[60], 1, 0);
     end $$`,
  )
  const client = new Client({ connectionString: database.url })
  await client.connect()
  const { rows } = await client.query(
    'select (select count(*)::integer from evil.rate_limits) as theirs, (select count(*)::integer from public.rate_limits) as ours',
  )
  await client.end()
  await runAt(database.url, 'delete from public.rate_limits; drop schema evil cascade')
  expect(rows).toEqual([{ theirs: 0, ours: 1 }])
})

test('each function and view of the last release still exists unchanged', async () => {
  const released: unknown = JSON.parse(readFileSync(releasedFile, 'utf8'))
  const today = await signaturesOf(database.url)

  expect(Object.keys(today).length).toBeGreaterThan(60)
  expect(brokenSince(released as typeof today, today)).toEqual([]) // the command writes signatures
})

test('a function with other arguments, a view with another column and a missing one are found', async () => {
  const today = await signaturesOf(database.url)
  const changed = {
    ...today,
    'function lock_accounts(people uuid[])': 'people uuid[] → integer',
    'function lock_accounts(people uuid)': 'people uuid → void',
    'view ledger_people': 'person_id uuid, head bytea',
  }
  expect(brokenSince(changed, today)).toEqual([
    'function lock_accounts(people uuid[]) has changed',
    'view ledger_people has changed',
    'function lock_accounts(people uuid) is gone',
  ])
})

test('a function kept for one release is not in the next release’s list', () => {
  const today = {
    'function one(a uuid)': 'x',
    'function one_by_two(a uuid)': 'y',
    'view both': 'z',
  }
  const file = `-- Leaving: one_by_two took its place.\n-- Kept for processes of 0.2.\ncreate or replace function one(a uuid)
-- Leaving soon, they say.\n\ncreate or replace view both as select 1`
  expect(withoutLeaving(today, [file])).toEqual({
    'function one_by_two(a uuid)': 'y',
    'view both': 'z',
  })
})
