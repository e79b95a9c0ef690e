import { readFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import type { EmbeddedServer } from '../src/base/postgres/embedded-server.ts'
import { startEmbedded } from '../src/base/postgres/embedded-server.ts'
import { isAsked } from '../test/support/asked.ts'
import { makeRoles } from '../test/support/database-roles.ts'
import type { Stops } from './stops.ts'

/** The PostgreSQL that all databases of a run live in, with its count of the statements that clients sent. */
export type Postgres = {
  readonly pid: number
  readonly version: string
  createDatabase(name: string): Promise<string>
  /** Of one that is there. */
  urlOf(name: string): string
  /** Counts from now on; nothing is counted while windows are timed. */
  countStatements(on: boolean): Promise<void>
  /** Statements that clients of this database sent since counting began, BEGIN and COMMIT among them. */
  statements(database: string): Promise<number>
}

/** A quarter of the machine's memory, as PostgreSQL's manual says. The demonstration and the tests are content with 64 MB. */
export const roomy = { shared_buffers: `${Math.floor(totalmem() / 2 ** 22)}MB` }

// Until every backend has read a changed setting.
const reloadMs = 300

/** @param settings instead of ours where they have the same name */
export async function startPostgres(
  dataDir: string,
  stops: Stops,
  settings: Readonly<Record<string, string>> = {},
): Promise<Postgres> {
  // The library that counts is loaded at a start only: the first one notes the wish.
  const first = await startEmbedded({ dataDir, settings })
  try {
    await once(first.url, 'alter system set shared_preload_libraries = pg_stat_statements')
  } finally {
    await first.stop()
  }
  const server = await startEmbedded({ dataDir, settings })
  stops.add(() => server.stop())
  const admin = new Client({ connectionString: server.url })
  await admin.connect()
  stops.add(() => admin.end())
  await admin.query('create extension if not exists pg_stat_statements')
  await makeRoles(admin)
  const postgres = makePostgres(server, admin, dataDir)
  await postgres.countStatements(false)
  const { rows } = await admin.query<{ version: string }>(
    `select current_setting('server_version') as version`,
  )
  return { ...postgres, version: rows[0]?.version ?? '' }
}

function makePostgres(server: EmbeddedServer, admin: Client, dataDir: string): Postgres {
  return {
    pid: Number(readFileSync(join(dataDir, 'pg', 'postmaster.pid'), 'utf8').split('\n')[0]),
    version: '',
    urlOf: (name) => databaseUrl(server, name),
    async createDatabase(name) {
      await admin.query(`create database ${name}`)
      return databaseUrl(server, name)
    },
    async countStatements(on) {
      await admin.query(`alter system set pg_stat_statements.track = ${on ? 'top' : 'none'}`)
      await admin.query('select pg_reload_conf()')
      await pause(reloadMs)
      await admin.query('select pg_stat_statements_reset()')
    },
    async statements(database) {
      const { rows } = await admin.query<{ sum: string }>(
        `select coalesce(sum(calls), 0) as sum from pg_stat_statements s
         join pg_database d on d.oid = s.dbid where d.datname = $1 and ${isAsked}`,
        [database],
      )
      return Number(rows[0]?.sum)
    },
  }
}

function databaseUrl(server: EmbeddedServer, name: string): string {
  const url = new URL(server.url)
  url.pathname = `/${name}`
  return url.href
}

async function once(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
