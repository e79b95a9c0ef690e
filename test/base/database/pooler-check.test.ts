import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { migrate, requireMigrated } from '../../../src/base/migrating/migrate.ts'
import { requireOwnConnections } from '../../../src/base/database/pooler-check.ts'
import { OperatorError } from '../../../src/base/values/operator-error.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase, undemanding } from '../../support/database.ts'
import { newFolder, until } from '../../support/fault-process.ts'
import { freePorts } from '../../support/house.ts'

// With Debian's package `pgbouncer`; without it these tests are skipped.
const pgbouncer = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer'].find((path) => existsSync(path))
const isRoot = userInfo().uid === 0

let database: FreshDatabase
let folder: string
let running: ChildProcess | undefined

beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())
beforeEach(() => {
  folder = newFolder()
})
afterEach(async () => {
  if (running !== undefined) {
    const gone = once(running, 'exit')
    running.kill('SIGKILL')
    await gone
  }
  running = undefined
  rmSync(folder, { recursive: true, force: true })
})

test('PostgreSQL itself gives each its own connection', async () => {
  await requireOwnConnections(database.url)
})

const dropped =
  'ignore_startup_parameters = options,statement_timeout,idle_in_transaction_session_timeout'
const words = /^DATABASE_URL leads to a pooler .*: name PostgreSQL itself\.$/

test.skipIf(pgbouncer === undefined).each([
  ['as it comes', 'transaction', ''],
  ['that lends connections from transaction to transaction', 'transaction', dropped],
  ['that drops the settings of a session', 'session', dropped],
])('PgBouncer %s is refused in one sentence', async (_, mode, more) => {
  const url = await pooled(mode, more)
  expect(await refusalOf(requireMigrated(url, undemanding))).toMatch(words)
})

test.skipIf(pgbouncer === undefined)(
  'sessions that share connections are found by themselves',
  async () => {
    // Settings of the role, so that nothing is missed but the session.
    const own = await freshDatabase()
    const name = new URL(own.url).pathname.slice(1)
    const admin = new Client({ connectionString: own.url })
    await admin.connect()
    await admin.query(`alter database ${name} set plan_cache_mode = force_generic_plan`)
    await admin.query(`alter database ${name} set statement_timeout = '5s'`)
    await admin.end()
    expect(
      await refusalOf(requireOwnConnections(await pooled('transaction', dropped, own.url))),
    ).toMatch(words)
    await own.drop()
  },
)

test.skipIf(pgbouncer === undefined)('a migration says so too', async () => {
  expect(await refusalOf(migrate(await pooled('transaction', '')))).toMatch(words)
})

async function refusalOf(refused: Promise<unknown>): Promise<string> {
  const error = await refused.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof OperatorError)) throw error ?? new Error('it was not refused')
  return error.message
}

/** PgBouncer in front of a database. @returns the database's address by way of it */
async function pooled(mode: string, more: string, url = database.url): Promise<string> {
  const { hostname, port, username, password, pathname } = new URL(url)
  const name = pathname.slice(1)
  const own = await freePorts(1)
  const file = join(folder, 'pgbouncer.ini')
  writeFileSync(
    file,
    `[databases]
${name} = host=${hostname} port=${port} user=${username} password=${decodeURIComponent(password)}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
auth_type = any
pool_mode = ${mode}
unix_socket_dir =
${more}
`,
  )
  // PgBouncer does not run as root: it becomes nobody, who must read the file.
  chmodSync(folder, 0o755)
  const child = spawn(pgbouncer ?? '', ['-q', ...(isRoot ? ['-u', 'nobody'] : []), file], {
    stdio: 'ignore',
  })
  running = child
  const address = `postgres://${username}@127.0.0.1:${own}/${name}`
  await until('PgBouncer answers', async () => {
    if (child.exitCode !== null) throw new Error('PgBouncer ended')
    const client = new Client({ connectionString: address })
    const isUp = await client.connect().then(
      () => true,
      () => false,
    )
    await client.end().catch(() => undefined)
    return isUp
  })
  return address
}
