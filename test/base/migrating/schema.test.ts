import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'
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
