import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { setTimeout as pause } from 'node:timers/promises'
import { makeClient } from './client.ts'
import type { Stops } from './stops.ts'
import { root } from './trees.ts'
import { byServing } from '../test/support/database-roles.ts'
import { operatorEnv } from '../test/support/operator.ts'
import { shippedStart } from '../test/support/shipped-start.ts'

export type ServerName = 'accord' | 'naive' | 'ceiling'

export type Running = Launched & {
  readonly port: number
  /** From the start of the process to its first discovery document. */
  readonly startSeconds: number
}

export type Launched = {
  readonly pid: number
  /** The end of its log. */
  output(): string
  stop(): Promise<void>
  /** Ends the process at once, as `kill -9` does. */
  kill(): Promise<void>
}

export type Start = {
  readonly name: ServerName
  readonly issuer: string
  readonly env: Readonly<Record<string, string>>
  /** Where its log goes, and the file's name if it is not the server's. */
  readonly dir: string
  readonly log?: string
  /** The checkout that it runs from, if it is not this one. */
  readonly tree?: string
}

const scripts: Readonly<Record<ServerName, readonly string[]>> = {
  accord: shippedStart('serve').words,
  naive: ['bench/naive.ts'],
  ceiling: ['bench/ceiling.ts'],
}
const startLimitMs = 30_000
const stopLimitMs = 10_000
const pollMs = 4
const maxOutput = 2000

/** One server as a process of its own, at a free port of the loopback address, its log in a file. */
export async function startServer(start: Start, stops: Stops): Promise<Running> {
  const port = await freePort()
  const from = performance.now()
  const env = { HOST: '127.0.0.1', PORT: String(port), ...start.env }
  const launched = launch({ ...start, env }, scripts[start.name], stops)
  if (!(await answersDiscovery(start.issuer, port, launched.isGone)))
    throw new Error(`${start.name} did not start:\n${launched.output()}`)
  const startSeconds = (performance.now() - from) / 1000
  return { ...launched, port, startSeconds }
}

/** What every process of ours has, whatever is measured. */
export function settingsOf(issuer: string): Readonly<Record<string, string>> {
  return { NODE_ENV: 'production', DURABILITY: 'single', ISSUER: issuer, ...operatorEnv }
}

/** Gives the database the functions of a checkout, which looks for them when it starts. */
export async function migrateBy({ tree = root, env, issuer }: Start): Promise<void> {
  const script = ['--import', './src/guard.js', 'src/main.ts', 'migrate']
  const all = { PATH: process.env['PATH'], ...settingsOf(issuer), ...env }
  await promisify(execFile)(env['NODE'] ?? process.execPath, script, { cwd: tree, env: all })
}

/** The background work of ours, as a process of its own. */
export function startWork(start: Omit<Start, 'name'>, stops: Stops): Launched {
  return launch({ ...start, name: 'work' }, shippedStart('work').words, stops)
}

/** A signer with the keys of a folder, as a process of its own. @returns its sockets, as a setting says them */
export async function startSigner(
  { dir, keysDir, issuer, purposes }: SignerStart,
  stops: Stops,
): Promise<string> {
  const sockets = join(dir, 'signer')
  mkdirSync(sockets)
  const words = ['signer', 'serve', '--keys', keysDir, '--sockets', sockets, '--issuer', issuer]
  words.push('--rate', '1000000')
  const script = [...shippedStart('accord').words, ...words, ...purposes]
  const launched = launch(
    { name: 'signer', issuer: '', dir, env: { NODE_ENV: 'development' } },
    script,
    stops,
  )
  const paths = purposes.map((purpose) => join(sockets, purpose))
  for (let waited = 0; !paths.every((path) => existsSync(path)); waited += pollMs) {
    if (launched.isGone() || waited > startLimitMs)
      throw new Error(`the signer did not start:\n${launched.output()}`)
    await pause(pollMs)
  }
  return paths.join(',')
}

type SignerStart = {
  readonly dir: string
  readonly keysDir: string
  readonly issuer: string
  readonly purposes: readonly string[]
}

type Launch = Omit<Start, 'name'> & { readonly name: string }

function launch(
  { name, issuer, dir, env, log: logName = name, tree = root }: Launch,
  script: readonly string[],
  stops: Stops,
): Launched & { isGone(): boolean } {
  const logFile = join(dir, `${logName}.log`)
  const log = openSync(logFile, 'a')
  // The baselines as ours are shipped now, ours at another commit as that one was. NODE_OPTIONS stands in the place of the flags.
  const shipped = shippedStart('serve', isBaseline(name) ? root : tree)
  const flags = env['NODE_OPTIONS'] === undefined ? shipped.flags : []
  // Production takes no other role; an older commit knows none.
  const knowsRoles = existsSync(join(tree, 'src/base/database/role-powers.ts'))
  const isOurs = knowsRoles && !isBaseline(name) && env['DATABASE_URL'] !== undefined
  const child = spawn(process.execPath, [...flags, ...script], {
    cwd: tree,
    env: {
      PATH: process.env['PATH'],
      ...shipped.env,
      ...settingsOf(issuer),
      ...env,
      ...(isOurs ? { DATABASE_URL: byServing(env['DATABASE_URL'] ?? '') } : {}),
    },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const gone = once(child, 'exit')
  const isGone = () => child.exitCode !== null || child.signalCode !== null
  const stop = async () => {
    if (isGone()) return
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), stopLimitMs)
    await gone
    clearTimeout(timer)
  }
  stops.add(stop)
  return {
    pid: child.pid ?? 0,
    output: () => readFileSync(logFile, 'utf8').slice(-maxOutput),
    isGone,
    stop,
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
  }
}

function isBaseline(name: string): boolean {
  return name === 'naive' || name === 'ceiling'
}

async function answersDiscovery(
  issuer: string,
  port: number,
  isGone: () => boolean,
): Promise<boolean> {
  const client = makeClient(issuer, addressOf(port), 1)
  const path = '/.well-known/openid-configuration'
  try {
    for (const until = performance.now() + startLimitMs; performance.now() < until && !isGone();) {
      const status = await client.send({ path }).then(
        (answer) => answer.status,
        () => undefined, // Not listening yet.
      )
      if (status === 200) return true
      await pause(pollMs)
    }
    return false
  } finally {
    await client.close()
  }
}

export function addressOf(port: number): string {
  return `http://127.0.0.1:${port}`
}

export async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo // Always so for a TCP listener.
  listener.close()
  await once(listener, 'close')
  return port
}

/** The settings of the folder in which the log's files and the feed of heads stand. */
export function ledgerOf(dir: string) {
  return { LEDGER_DIR: join(dir, 'ledger') }
}
