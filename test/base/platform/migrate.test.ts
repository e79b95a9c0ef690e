import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../../src/base/platform/database.ts'
import { openDatabase } from '../../../src/base/platform/database.ts'
import { migrate } from '../../../src/base/platform/migrate.ts'
import { StartError } from '../../../src/base/platform/start-error.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'

let database: FreshDatabase
let db: Database

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase(database.url)
})

afterAll(async () => {
  await db.destroy()
  await database.drop()
})

test('a database whose passwords have addresses that nobody verified is refused in one sentence, and left as it is', async () => {
  const id = '01939d5e-0000-7000-8000-000000000001'
  await db.raw(`insert into persons (person_id, created_at) values (?, now())`, [id])
  await db.raw(
    `insert into passwords (person_id, factor_id, proof, address_mark, sealed, wrapped_key, kek_id, sealed_year,
       address_proved_at, created_at)
     values (:id, :id, sha256('x'), sha256('x'), 'x', 'x', 'x', 2026, now(), now())`,
    { id },
  )
  await db('knexMigrations').where({ name: '0115_sign_in_addresses.ts' }).delete()

  const refusal: unknown = await migrate(database.url).catch((error: unknown) => error)

  expect(refusal).toBeInstanceOf(StartError)
  expect(String(refusal)).toMatch(/e-mail addresses were never verified.*begin with an empty/)
  expect(String(refusal)).not.toContain('do $$')
  expect(await db('passwords')).toHaveLength(1)
})
