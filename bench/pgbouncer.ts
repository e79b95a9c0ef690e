import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { freePort } from './servers.ts'
import type { Stops } from './stops.ts'

// PgBouncer in session mode, as it must be set up for a process of ours to accept it (decision 0092): the settings that a connection
// asks for do not get through it, so the role that it uses has them. All connections then have those of hot statements, and the patience
// of a start: that is for a measurement, and no advice.

const roleSettings = [
  'plan_cache_mode = force_generic_plan',
  'enable_seqscan = off',
  'enable_hashjoin = off',
  'enable_mergejoin = off',
  'jit = off',
  `statement_timeout = '5s'`,
  `idle_in_transaction_session_timeout = '5s'`,
]
const role = 'bench_pooled'
const startLimitMs = 10_000
const pollMs = 20

export type Pooler = { readonly pid: number; readonly url: string; readonly version: string }

/** @returns undefined where PgBouncer is not installed */
export async function startPgbouncer(
  url: string,
  connections: number,
  stops: Stops,
): Promise<Pooler | undefined> {
  const program = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer'].find((path) => existsSync(path))
  if (program === undefined) return undefined
  await makeRole(url)
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'accord-bench-pooler-'))
  stops.add(async () => {
    rmSync(folder, { recursive: true, force: true })
    await Promise.resolve()
  })
  const file = join(folder, 'pgbouncer.ini')
  writeFileSync(file, configuration(new URL(url), port, connections), { mode: 0o600 })
  const isRoot = userInfo().uid === 0
  if (isRoot) giveAway(folder, file)
  const words = ['-q', ...(isRoot ? ['-u', 'nobody'] : []), file]
  const child = spawn(program, words, { stdio: 'ignore' })
  const gone = once(child, 'exit')
  stops.add(async () => {
    child.kill('SIGKILL')
    await gone
  })
  const pooled = new URL(url)
  pooled.port = String(port)
  await answers(pooled.href, () => child.exitCode !== null)
  return { pid: child.pid ?? 0, url: pooled.href, version: versionOf(program) }
}

// PgBouncer does not run as root: it becomes nobody, who must read the file.
function giveAway(folder: string, file: string): void {
  const uid = Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }))
  chownSync(file, uid, uid)
  chownSync(folder, uid, uid)
  chmodSync(folder, 0o700)
}

function versionOf(program: string): string {
  return /PgBouncer (\S+)/.exec(execFileSync(program, ['-V'], { encoding: 'utf8' }))?.[1] ?? ''
}

async function makeRole(url: string): Promise<void> {
  const admin = new Client({ connectionString: url })
  await admin.connect()
  try {
    await admin.query(`create role ${role} superuser login password '${role}'`)
    for (const setting of roleSettings) await admin.query(`alter role ${role} set ${setting}`)
  } finally {
    await admin.end()
  }
}

function configuration({ hostname, port, pathname }: URL, own: number, most: number): string {
  const name = pathname.slice(1)
  return `[databases]
${name} = host=${hostname} port=${port} user=${role} password=${role}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
auth_type = any
pool_mode = session
default_pool_size = ${most}
max_client_conn = ${most}
unix_socket_dir =
ignore_startup_parameters = options,statement_timeout,idle_in_transaction_session_timeout
`
}

async function answers(url: string, isGone: () => boolean): Promise<void> {
  for (const until = performance.now() + startLimitMs; performance.now() < until && !isGone();) {
    const client = new Client({ connectionString: url })
    const isUp = await client.connect().then(
      () => true,
      () => false, // Not listening yet.
    )
    await client.end().catch(() => undefined)
    if (isUp) return
    await pause(pollMs)
  }
  throw new Error('PgBouncer did not start')
}
