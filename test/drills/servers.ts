import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { embeddedRunner } from '../../src/base/postgres/embedded-server.ts'
import { urlOf } from '../../src/base/postgres/postgres.ts'
import { environment, openPlace } from '../../src/base/postgres/postgres-files.ts'
import { until } from '../support/fault-process.ts'
import { freePorts } from '../support/house.ts'
import { quickFolder, startGuard } from '../support/own-server.ts'

// PostgreSQL servers of a drill, each at an address that stays, so that they can be killed, copied, and made each other's standby.

export type Server = {
  readonly folder: string
  readonly url: string
  /** Starts it. @throws where it does not take connections within the limit */
  start(more?: Settings): Promise<void>
  /** Sends a signal to all its processes, as what befalls a whole machine, or to its first one alone. */
  signal(signal: NodeJS.Signals, which: 'all' | 'first'): void
  isRunning(): boolean
  /** Whether all its processes are gone. */
  gone(): Promise<void>
  stop(): Promise<void>
  ask(sql: string, values?: readonly unknown[]): Promise<Readonly<Record<string, unknown>>[]>
  /** What it wrote last. */
  said(): string
  remove(): Promise<void>
}

type Settings = Readonly<Record<string, string>>

type Given = {
  readonly name: string
  readonly settings?: Settings
  /** Where its folder is made; by default in memory. */
  readonly within?: string
  /** A folder of a server that is stopped, or a copy made beside one that runs: its files are taken over. */
  readonly files?: string
  /** Another machine: its address, and the command that runs a program there. */
  readonly host?: { readonly address: string; readonly command: readonly string[] }
}

const startLimitMs = 60_000
const goneLimitMs = 30_000
const usual: Settings = {
  unix_socket_directories: '',
  fsync: 'on',
  shared_buffers: '64MB',
  max_connections: '150',
  restart_after_crash: 'on',
}
// Of the networks in which a drill has its machines.
const openTo = ['127.0.0.0/8', '10.0.0.0/8']

/** Makes the files of a server and starts nothing yet. */
export async function makeServer(given: Given): Promise<Server> {
  const { name, settings = {}, within, files, host } = given
  const folder = mkdtempSync(join(within ?? quickFolder(), `accord-${name}-`))
  const guard = startGuard(folder)
  if (files !== undefined) copyServer(files, folder)
  const place = await openPlace(folder, await embeddedRunner(), () => undefined)
  for (const net of openTo)
    for (const database of ['all', 'replication'])
      appendFileSync(join(place.data, 'pg_hba.conf'), `host ${database} all ${net} scram-sha-256\n`)
  const [address, before] = [host?.address ?? '127.0.0.1', host?.command ?? []]
  const port = await freePorts(1)
  const url = new URL(urlOf(place, { pid: 0, born: '', port }, 'accord'))
  url.hostname = address
  let postmaster = 0

  async function start(more: Settings = {}): Promise<void> {
    const all = { ...usual, ...settings, ...more, listen_addresses: address, port: String(port) }
    const options = Object.entries(all).flatMap(([key, value]) => ['-c', `${key}=${value}`])
    const { file, args, bin } = place.runner
    const words = [...before, file, ...args, join(bin, 'postgres'), '-D', place.data, ...options]
    const log = openSync(join(folder, 'postgres.log'), 'a', 0o600)
    const child = spawn(words[0] ?? '', words.slice(1), {
      cwd: folder,
      env: environment,
      detached: true,
      stdio: ['ignore', log, log],
    })
    child.unref()
    await once(child, 'spawn')
    postmaster = child.pid ?? 0
    const isThere = () => statusOf(place.data, postmaster) === 'ready'
    await until(`PostgreSQL ${name} answers`, () => isThere() || !isAlive(postmaster), startLimitMs)
    if (!isThere()) throw new Error(`PostgreSQL ${name} does not start:\n${said()}`)
    if (files === undefined) await createDatabase(url.href)
  }

  function signal(what: NodeJS.Signals, which: 'all' | 'first'): void {
    // The first one is stopped first: it would start others in the place of those that are gone.
    const pids = [postmaster, ...(which === 'all' ? childrenOf(postmaster) : [])]
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, what)
  }

  async function gone(): Promise<void> {
    // Children of one that was killed go by themselves, and keep the files until then.
    await until(`PostgreSQL ${name} is gone`, () => workingIn(place.data).length === 0, goneLimitMs)
  }

  async function stop(): Promise<void> {
    signal('SIGCONT', 'all')
    signal('SIGINT', 'first')
    await gone()
  }

  function said(): string {
    return readFileSync(join(folder, 'postgres.log'), 'utf8').slice(-4000)
  }

  return {
    folder,
    url: url.href,
    start,
    signal,
    isRunning: () => isAlive(postmaster),
    gone,
    stop,
    said,
    ask: (sql, values = []) => askOnce(url.href, sql, values),
    async remove() {
      await stop()
      await guard.end()
    },
  }
}

/** What the other server is told to follow this one. */
export function followed({ url }: Server, name: string): string {
  const { hostname, port, username, password } = new URL(url)
  return `host=${hostname} port=${port} user=${username} password=${password} application_name=${name}`
}

/** The address of several servers, of which one takes writes. */
export function urlOfAll(servers: readonly Server[]): string {
  const [first] = servers
  const url = new URL(first?.url ?? '')
  const hosts = servers.map((one) => new URL(one.url).host).join(',')
  return `postgres://${url.username}:${url.password}@${hosts}/accord?target_session_attrs=read-write`
}

/** A copy of a running server's files, for a standby or a restore: PostgreSQL's own base backup, by its functions. */
export async function backUp({ url, folder }: Server, into: string): Promise<void> {
  const client = await connected(url)
  try {
    await client.query(`select pg_backup_start('drill', true)`)
    cpSync(join(folder, 'postgres.json'), join(into, 'postgres.json'))
    await copyWhileWritten(join(folder, 'pg'), join(into, 'pg'))
    const { rows } = await client.query<{ labelfile: string }>(
      'select labelfile from pg_backup_stop()',
    )
    appendFileSync(join(into, 'pg/backup_label'), rows[0]?.labelfile ?? '')
  } finally {
    await client.end()
  }
}

// A file that goes meanwhile is one that the write-ahead log removes as well.
async function copyWhileWritten(from: string, into: string): Promise<void> {
  const { stderr } = await promisify(execFile)('cp', ['-a', from, into]).catch(
    (error: unknown) => error as { readonly stderr: string }, // so execFile says
  )
  const other = stderr.split('\n').find((line) => line !== '' && !line.includes('No such file'))
  if (other !== undefined) throw new Error(other)
  for (const name of ['postmaster.pid', 'postmaster.opts'])
    rmSync(join(into, name), { force: true })
  for (const name of readdirSync(join(into, 'pg_wal')))
    if (/^[0-9A-F]{24}$/.test(name)) rmSync(join(into, 'pg_wal', name))
}

function copyServer(from: string, into: string): void {
  cpSync(join(from, 'postgres.json'), join(into, 'postgres.json'))
  cpSync(join(from, 'pg'), join(into, 'pg'), { recursive: true })
  chmodSync(join(into, 'pg'), 0o700) // PostgreSQL refuses a folder that others may read
}

async function createDatabase(url: string): Promise<void> {
  const first = new URL(url)
  first.pathname = '/postgres'
  const there = await askOnce(first.href, `select from pg_database where datname = 'accord'`, [])
  if (there.length === 0) await askOnce(first.href, 'create database accord', [])
}

async function askOnce(url: string, sql: string, values: readonly unknown[]) {
  const client = await connected(url)
  try {
    return (await client.query<Record<string, unknown>>(sql, [...values])).rows
  } finally {
    await client.end()
  }
}

async function connected(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  client.on('error', () => undefined) // its next statement gets the error
  await client.connect()
  return client
}

// Lines of postmaster.pid: 1 pid, 8 status (miscadmin.h of PostgreSQL).
function statusOf(data: string, pid: number): string | undefined {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
    return Number(lines[0]) === pid ? lines[7]?.trim() : undefined
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  const state = statOf(pid)?.state
  return state !== undefined && state !== 'Z'
}

function childrenOf(parent: number): number[] {
  return allPids().filter((pid) => statOf(pid)?.parent === parent)
}

function allPids(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger)
}

function statOf(pid: number): { readonly state: string; readonly parent: number } | undefined {
  try {
    const [state = '', parent] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return { state, parent: Number(parent) }
  } catch {
    return undefined
  }
}

function workingIn(data: string): number[] {
  return allPids().filter((pid) => isAlive(pid) && folderOf(pid) === data)
}

function folderOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}
