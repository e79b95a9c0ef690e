import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { startEmbedded } from '../../src/foundation/embedded.ts'
import { migrate } from '../../src/foundation/migrate.ts'
import type { FreshDatabase } from './database.ts'

/** A migrated database on a server of its own, which counts the statements that clients send to it. */
export type CountedDatabase = FreshDatabase & {
  /** Statements since the last look, BEGIN and COMMIT among them, as PostgreSQL counted them. */
  statements(): Promise<number>
}

export async function countedDatabase(): Promise<CountedDatabase> {
  const dataDir = mkdtempSync(join(tmpdir(), 'accord-counted-'))
  // The extension is loaded at a start only: the first one notes the wish.
  const first = await startEmbedded({ dataDir })
  await once(first.url, 'alter system set shared_preload_libraries = pg_stat_statements')
  await first.stop()
  const server = await startEmbedded({ dataDir })
  await once(server.url, 'create database counted')
  const url = new URL(server.url)
  url.pathname = '/counted'
  await migrate(url.href)
  const admin = new Client({ connectionString: server.url })
  await admin.connect()
  await admin.query('create extension pg_stat_statements')
  return {
    url: url.href,
    async statements() {
      const { rows } = await admin.query<{ calls: string }>(
        `select coalesce(sum(calls), 0) as calls from pg_stat_statements
         where dbid = (select oid from pg_database where datname = 'counted')`,
      )
      await admin.query('select pg_stat_statements_reset()')
      return Number(rows[0]?.calls)
    },
    async drop() {
      await admin.end()
      await server.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
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
