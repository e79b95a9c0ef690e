import { randomBytes } from 'node:crypto'
import type { Knex } from 'knex'
import { Client } from 'pg'
import { inject } from 'vitest'
import { readDuration } from '../../src/base/values/clock.ts'
import { moveClock } from '../../src/base/database/clock-offset.ts'
import { usualRoles } from '../../src/base/settings/database-roles.ts'
import type { Database, Patience } from '../../src/base/database/database.ts'
import { openDatabase } from '../../src/base/database/database.ts'
import type { OwnServer } from './own-server.ts'
import { startOwnServer } from './own-server.ts'

/** What a start of a demonstration demands of its database. */
export const undemanding = {
  mode: 'demonstration',
  durability: undefined,
  databaseExtensions: [],
  databaseRoles: usualRoles,
} as const

export type FreshDatabase = { readonly url: string; drop(): Promise<void> }

/** A migrated, empty database of its own, at the time of `CLOCK_OFFSET`: call it in `beforeAll`, and `drop` in `afterAll`. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const fresh = await createDatabase('template accord_template strategy file_copy')
  await keepTime(fresh.url)
  return fresh
}

// What is written before the first house starts has its time too.
async function keepTime(url: string): Promise<void> {
  const ahead = readDuration(process.env['CLOCK_OFFSET'] ?? 'P0D') ?? 0
  if (ahead === 0) return
  const db = openDatabase(url, patience)
  try {
    await moveClock(db, ahead)
  } finally {
    await db.destroy()
  }
}

/** A copy as a backup has it, of a database to which nobody is connected. */
export function backupOf({ url }: Pick<FreshDatabase, 'url'>): Promise<FreshDatabase> {
  return createDatabase(`template ${new URL(url).pathname.slice(1)} strategy file_copy`)
}

/** A database that was never migrated. */
export function emptyDatabase(): Promise<FreshDatabase> {
  return createDatabase('')
}

/** A PostgreSQL of the test's own, whose `url` leads to a migrated, empty database. */
export async function startMigratedServer(
  name: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<OwnServer> {
  const server = await startOwnServer(name, settings, inject('cluster'))
  await runAt(server.url(), 'create database migrated template accord_template')
  const migrated = {
    ...server,
    url() {
      const url = new URL(server.url())
      url.pathname = '/migrated'
      return url.href
    },
  }
  await keepTime(migrated.url())
  return migrated
}

async function createDatabase(by: string): Promise<FreshDatabase> {
  const url = new URL(inject('adminUrl'))
  const name = `accord_test_${randomBytes(8).toString('hex')}`
  await administer(
    `create database ${name} ${by}`,
    // A template does not pass it on; `migrate` takes it from everybody.
    `revoke temporary on database ${name} from public`,
  )
  url.pathname = `/${name}`
  return { url: url.href, drop: () => administer(`drop database if exists ${name} with (force)`) }
}

let administrator: Promise<Client> | undefined

// A worker makes and drops hundreds of databases, over one connection, which does not keep it alive.
async function administer(...statements: readonly string[]): Promise<void> {
  const client = await (administrator ??= connectAdministrator())
  for (const statement of statements) await client.query(statement)
}

async function connectAdministrator(): Promise<Client> {
  const client = new Client({ connectionString: inject('adminUrl') })
  // Whoever needs the next one connects again.
  client.on('error', () => (administrator = undefined))
  try {
    await client.connect()
  } catch (cause) {
    administrator = undefined
    throw cause
  }
  if ('unref' in client && typeof client.unref === 'function') client.unref()
  return client
}

/** One statement, over a connection of its own. */
export async function runAt(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/** Of a test's own connections: patient, where a house is not, because tests share a busy machine. */
export const patience: Patience = { statementMs: 20_000, acquireMs: 20_000, connections: 8 }

/** knex as it is, for tables of tests and of PostgreSQL, and for rows copied as they are. */
export function untyped(db: Pick<Database, 'raw'>): Knex {
  return db as unknown as Knex
}
