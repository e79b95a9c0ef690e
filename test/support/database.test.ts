import { Client } from 'pg'
import { expect, test } from 'vitest'
import { freshDatabase } from './database.ts'

test('two fresh databases share nothing, carry the migrations, and are dropped under open sessions', async () => {
  const [one, other] = await Promise.all([freshDatabase(), freshDatabase()])
  const inOne = await connect(one.url)
  const inOther = await connect(other.url)
  await inOne.query('create table mine (n int)')

  expect(await tablesOf(inOne)).toEqual(expect.arrayContaining(['mine', 'knex_migrations']))
  expect(await tablesOf(inOther)).not.toContain('mine')

  await Promise.all([one.drop(), other.drop()])
  await expect(connect(one.url)).rejects.toThrow('does not exist')
})

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {}) // The drop ends it.
  await client.connect()
  return client
}

async function tablesOf(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public'`,
  )
  return rows.map(({ name }) => name)
}
