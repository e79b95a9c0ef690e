import { Client } from 'pg'
import type { TestProject } from 'vitest/node'
import { migrate } from '../../src/base/migrating/migrate.ts'
import { giveFilesRights, makeRoles } from './database-roles.ts'
import { startOwnServer } from './own-server.ts'
import { closeSecrets, findSecrets, openSecrets } from './secrets.ts'
import { startCheck, staticCheck, wantsStaticCheck } from './static-check.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A PostgreSQL where the tests may create databases. */
    adminUrl: string
    /** The files of a server that is stopped, with a migrated database `accord_template`: others begin with a copy of them. */
    cluster: string
  }
}

// Of each worker: two houses, each with the two pools of its web side and its queue, and what the tests hold themselves.
const connections = '400'
// Each database that is made ends in a checkpoint, after which every page that is touched would be written into the log whole. Nobody
// recovers this server after a crash, or follows it.
const settings = {
  max_connections: connections,
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  // Thousands of connections say these passwords, and nobody guesses them: each hashed four thousand times.
  scram_iterations: '1',
  // For databases whose statements are counted (counted.ts), which turn it on.
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.track': 'none',
}

type Server = { readonly url: string; stop(): Promise<void> }

/** One server for the whole run, and in it the template that every test file's database is cloned from. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  refuseOldNode()
  const check = wantsStaticCheck() ? startCheck(staticCheck, console.error) : undefined
  const secrets = openSecrets()
  process.once('exit', () => closeSecrets(secrets))
  const cluster = await startOwnServer('cluster', settings)
  try {
    await hashQuickly(cluster.url())
    await makeTemplate(cluster.url())
    await cluster.rest()
    const server = await openServer(process.env['TEST_DATABASE_URL'], cluster.dataDir)
    project.provide('adminUrl', server.url)
    project.provide('cluster', cluster.dataDir)
    return async () => {
      await Promise.all([server.stop(), cluster.stop()])
      refuseLoggedSecrets(secrets)
      await check?.green()
    }
  } catch (cause) {
    await cluster.stop()
    throw cause
  }
}

function refuseLoggedSecrets(folder: string): void {
  const found = findSecrets(folder).map(({ file, kind }) => `${kind} in the log of ${file}`)
  if (found.length > 0) throw new Error(`secrets were logged:\n${found.join('\n')}`)
}

function refuseOldNode(): void {
  if (Number.parseInt(process.versions.node, 10) >= 24) return
  console.error(
    `The tests need Node 24 or later, this is ${process.versions.node}: run them with \`npm test\`.`,
  )
  process.exit(1)
}

async function openServer(url: string | undefined, cluster: string): Promise<Server> {
  if (url === undefined) {
    const server = await startOwnServer('test', settings, cluster)
    return { url: server.url(), stop: () => server.stop() }
  }
  await makeTemplate(url)
  return { url, stop: () => Promise.resolve() }
}

/** What our server was made with was hashed as usual. */
async function hashQuickly(adminUrl: string): Promise<void> {
  const { username, password } = new URL(adminUrl)
  const admin = new Client({ connectionString: adminUrl })
  await admin.connect()
  await admin.query(`alter role ${username} password '${password}'`)
  await admin.end()
}

async function makeTemplate(adminUrl: string): Promise<void> {
  const admin = new Client({ connectionString: adminUrl })
  await admin.connect()
  try {
    await admin.query('create extension if not exists pg_stat_statements')
    await makeRoles(admin)
    await admin.query('drop database if exists accord_template with (force)')
    await admin.query('create database accord_template')
    const url = new URL(adminUrl)
    url.pathname = '/accord_template'
    await migrate(url.href)
    const client = new Client({ connectionString: url.href })
    await client.connect()
    try {
      await giveFilesRights(client)
    } finally {
      await client.end()
    }
    // A session in the template would make `create database` fail.
    await admin.query('alter database accord_template with allow_connections false')
  } finally {
    await admin.end()
  }
}
