import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { processStartOf, codeOf, readFileIfPresent } from '../settings/data-folder.ts'
import { environment, type PrintLine, type ServerPlace, reasonIn } from './postgres-files.ts'
import { OperatorError } from '../values/operator-error.ts'

const limits = { startMs: 60_000, retryMs: 10_000, stopMs: 10_000, quitMs: 6_000, connectMs: 3_000 }
const pollMs = 5
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'on',
  shared_buffers: '64MB',
  max_connections: '100',
}
type Settings = Readonly<Record<string, string>>
export type Server = { readonly pid: number; readonly born: string; readonly port: number }

/** The server whose owner was killed with -9, if it answers; one that does not is stopped. */
export async function findRunning(place: ServerPlace, log: PrintLine): Promise<Server | undefined> {
  const server = readServer(place.data)
  if (server !== undefined && worksIn(server.pid, place.data)) {
    if (await isOurs(place, server)) {
      log(`PostgreSQL was still running (process ${server.pid}): using it.`)
      return server
    }
    log(`PostgreSQL was still running (process ${server.pid}) but does not answer: stopping it.`)
    await stopServer(server)
  }
  // With this file PostgreSQL would refuse to start while its pid belongs to a zombie, or by now to another program.
  fs.rmSync(join(place.data, 'postmaster.pid'), { force: true })
  return undefined
}

/** The server of another process that is still running, once the server answers. It is left alone. */
export async function findOwned(place: ServerPlace): Promise<Server | undefined> {
  const server = readServer(place.data)
  const isThere = server?.isReady === true && worksIn(server.pid, place.data)
  return isThere && (await isOurs(place, server)) ? server : undefined
}

function readServer(data: string): (Server & { readonly isReady: boolean }) | undefined {
  // Lines of postmaster.pid: 1 pid, 4 port, 8 status (miscadmin.h of PostgreSQL).
  const lines = readFileIfPresent(join(data, 'postmaster.pid'))?.split('\n') ?? []
  const pid = Number(lines[0])
  const born = processStartOf(pid)
  if (born === undefined) return undefined
  return { pid, born, port: Number(lines[3]), isReady: lines[7]?.trim() === 'ready' }
}

function worksIn(pid: number, data: string): boolean {
  try {
    return fs.readlinkSync(`/proc/${pid}/cwd`) === fs.realpathSync(data)
  } catch {
    return false // Another user's process: not ours.
  }
}

async function isOurs(place: ServerPlace, server: Server): Promise<boolean> {
  try {
    const rows = await query(urlOf(place, server, 'postgres'), 'show data_directory')
    return rows[0]?.['data_directory'] === place.data
  } catch {
    return false
  }
}

export async function launch(
  place: ServerPlace,
  more: Settings = {},
  env: Settings = {},
): Promise<Server> {
  const deadline = Date.now() + limits.retryMs
  for (;;) {
    const server = await launchOn(place, await freePort(), more, env)
    if (server !== undefined) return server
    const reason = reasonIn(readFileIfPresent(logOf(place)) ?? '')
    // The port may have been taken since we looked; the children of a killed server need a moment to go.
    if (!/TCP\/IP socket|still in use/.test(reason) || Date.now() > deadline) {
      throw new OperatorError(`PostgreSQL does not start in ${place.data}: ${reason}`)
    }
    await pause(pollMs)
  }
}

async function launchOn(
  place: ServerPlace,
  port: number,
  more: Settings,
  env: Settings,
): Promise<Server | undefined> {
  const { file, args, bin } = place.runner
  const all = { ...settings, ...more, port: String(port) }
  const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const log = fs.openSync(logOf(place), 'w', 0o600)
  // Detached: Ctrl-C in the terminal must reach only Node, which stops PostgreSQL last.
  const child = spawn(file, [...args, join(bin, 'postgres'), '-D', place.data, ...options], {
    cwd: place.folder,
    env: { ...env, ...environment },
    detached: true,
    stdio: ['ignore', log, log],
  })
  fs.closeSync(log)
  child.on('error', () => {}) // Without a pid it counts as ended below.
  child.unref()
  const pid = child.pid ?? 0
  const answering = () => {
    const server = readServer(place.data)
    return server?.pid === pid && server.isReady ? server : undefined
  }
  await until(() => answering() !== undefined || processStartOf(pid) === undefined, limits.startMs)
  const server = answering()
  if (server === undefined) child.kill('SIGQUIT') // It may still be trying after all this time.
  return server
}

/** Fast shutdown: sessions are ended, everything committed is kept. */
export async function stopServer({ pid, born }: Server): Promise<void> {
  const isGone = () => processStartOf(pid) !== born
  const steps = [
    { signal: 'SIGINT', waitMs: limits.stopMs },
    { signal: 'SIGQUIT', waitMs: limits.quitMs },
  ] as const
  for (const { signal, waitMs } of steps) {
    if (isGone()) return
    try {
      process.kill(pid, signal)
    } catch (cause) {
      if (codeOf(cause) !== 'ESRCH') break
    }
    if (await until(isGone, waitMs)) return
  }
  throw new OperatorError(
    `PostgreSQL (process ${pid}) does not stop: end it with \`kill -9 ${pid}\`.`,
  )
}

export async function createDatabase(
  place: ServerPlace,
  server: Server,
  name: string,
): Promise<void> {
  const url = urlOf(place, server, 'postgres')
  try {
    const found = await query(url, 'select from pg_database where datname = $1', [name])
    if (found.length === 0) await query(url, `create database ${name}`)
  } catch (cause) {
    throw new OperatorError(
      `The database in ${place.data} refuses us: ${reasonIn(String(cause))}`,
      {
        cause,
      },
    )
  }
}

export function urlOf({ password }: ServerPlace, { port }: Server, database: string): string {
  return `postgres://accord:${password}@127.0.0.1:${port}/${database}`
}

async function query(url: string, sql: string, values: readonly string[] = []) {
  const client = new Client({
    connectionString: url,
    ssl: false,
    connectionTimeoutMillis: limits.connectMs,
    query_timeout: limits.startMs,
  })
  client.on('error', () => {}) // A broken connection also rejects the query below.
  try {
    await client.connect()
    const { rows } = await client.query<Record<string, unknown>>(sql, [...values])
    return rows
  } finally {
    await client.end()
  }
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo // Always so for a TCP listener.
  listener.close()
  await once(listener, 'close')
  return port
}

async function until(check: () => boolean, limitMs: number): Promise<boolean> {
  const deadline = Date.now() + limitMs
  while (!check()) {
    if (Date.now() > deadline) return false
    await pause(pollMs)
  }
  return true
}

function logOf({ folder }: ServerPlace): string {
  return join(folder, 'postgres.log')
}
