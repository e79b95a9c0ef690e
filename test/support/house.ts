import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FreshDatabase } from './database.ts'
import { freshDatabase } from './database.ts'
import { servedEnv } from './served.ts'
import type { Mode } from './house-host.ts'
import { HouseError, hostOf } from './hosts.ts'
import { logged } from './secrets.ts'

const [guard, main] = ['guard.js', 'main.ts'].map((file) =>
  join(import.meta.dirname, '../../src', file),
) as [string, string]
const startLimitMs = 80_000
const pollMs = 50
const maxStarts = 3
// Below the ports that Linux gives to outgoing connections, which could take one between the check and the start.
const [firstPort, lastPort] = [20_000, 32_700]

export type House = {
  readonly issuer: string
  readonly port: number
  readonly databaseUrl: string
  readonly dataDir: string
  /** The log of the house so far, with all other output of its process since its start. */
  output(): string
  /** As after SIGTERM; waits until the house is gone. */
  stop(): Promise<void>
}

/** A house in a process of its own. */
export type Started = House & { readonly process: ChildProcess }

export type Demo = House & { readonly studentAid: string; readonly revenueAgency: string }

type Settings = {
  readonly env?: Readonly<Record<string, string>>
  readonly database?: FreshDatabase
}

/** The demonstration as `npm start` runs it, on free ports and a database of its own. */
export async function startDemo({ env = {}, database }: Settings = {}): Promise<Demo> {
  const own = database ?? (await freshDatabase())
  const dataDir = mkdtempSync(join(tmpdir(), 'accord-demo-'))
  const house = await onFreePorts(6, (port) =>
    opened({ mode: 'demo', port, databaseUrl: own.url, dataDir, env }, 0),
  )
  return {
    ...house,
    studentAid: `http://localhost:${house.port + 1}`,
    revenueAgency: `http://localhost:${house.port + 2}`,
    async stop() {
      await house.stop()
      rmSync(dataDir, { recursive: true, force: true })
      if (database === undefined) await own.drop()
    },
  }
}

type More = Readonly<Record<string, string>>

/** The sentence with which a process of this mode refuses to start, without a process of its own. */
export async function refusalOf(mode: Mode, env: More): Promise<string | undefined> {
  const logFile = join(tmpdir(), `accord-refused-${process.pid}`)
  try {
    const close = await hostOf(0).open(mode, { ...process.env, NODE_ENV: '', ...env }, logFile)
    await close()
    return undefined
  } catch (error) {
    if (error instanceof HouseError && error.sentence !== undefined) return error.sentence
    throw error
  } finally {
    rmSync(logFile, { force: true })
  }
}

/**
 * One house of a deployment: several may share a database, a data folder (keys) and an issuer, and are in two processes if
 * their hosts differ. Requests to it need the issuer's host in their Host header.
 */
export async function openHouse(
  databaseUrl: string,
  dataDir: string,
  issuer: string,
  env: More = {},
  hostNumber = 0,
): Promise<House> {
  const more = serving(issuer, env)
  const house = await onFreePorts(1, (port) =>
    opened({ mode: 'serve', port, databaseUrl, dataDir, env: more }, hostNumber),
  )
  return { ...house, issuer }
}

/** A process that only works, in one of the hosts. */
export function openWorker(databaseUrl: string, dataDir: string, env: More = {}): Promise<House> {
  // It serves nothing, so nobody takes the port.
  return opened({ mode: 'work', port: firstPort, databaseUrl, dataDir, env }, 0)
}

/** Starts on free ports, and again on others if another program has taken one meanwhile, or a busy machine let the start wait too long. */
async function onFreePorts<T>(count: number, start: (first: number) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await start(await freePorts(count))
    } catch (error) {
      if (tries === maxStarts || !/EADDRINUSE|\(no answer\)/.test(String(error))) throw error
    }
  }
}

async function opened(launching: Launching, hostNumber: number): Promise<House> {
  const { mode, port, databaseUrl, dataDir } = launching
  const host = hostOf(hostNumber)
  const logFolder = mkdtempSync(join(tmpdir(), 'accord-log-'))
  const logFile = join(logFolder, 'log')
  writeFileSync(logFile, '')
  const mark = host.written()
  const removeFolder = () => rmSync(logFolder, { recursive: true })
  const close = await host.open(mode, environmentOf(launching), logFile).catch((error: unknown) => {
    removeFolder()
    throw error
  })
  const log = () => readFileSync(logFile, 'utf8')
  let last: string | undefined
  let closing: Promise<void> | undefined
  const end = () => {
    last = log()
    logged(`${mode}-${port}`, last)
    removeFolder()
  }
  return {
    issuer: `http://localhost:${port}`,
    port,
    databaseUrl,
    dataDir,
    output: () => (last ?? log()) + host.writtenSince(mark),
    stop: () => (closing ??= close().finally(end)),
  }
}

/** A house in a process of its own, for tests that kill the process, or measure its memory or its end. */
export async function startServe(
  databaseUrl: string,
  dataDir: string,
  issuer: string,
  env: More = {},
): Promise<Started> {
  const more = serving(issuer, env)
  return onFreePorts(1, (port) => {
    const house = launch({ mode: 'serve', port, databaseUrl, dataDir, env: more })
    return answering({ ...house, issuer }, `http://localhost:${port}/healthz`)
  })
}

function serving(issuer: string, env: More): More {
  return { ISSUER: issuer, WORK: 'no', ...env }
}

type Launching = {
  readonly mode: Mode
  readonly port: number
  readonly databaseUrl: string
  readonly dataDir: string
  readonly env: More
}

function environmentOf({ mode, port, databaseUrl, dataDir, env }: Launching) {
  const whole = {
    ...process.env,
    NODE_ENV: '',
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    ...env,
  }
  return mode === 'serve' || mode === 'work' ? { ...whole, ...servedEnv(whole) } : whole
}

function launch(launching: Launching): Started {
  const { mode, port, databaseUrl, dataDir } = launching
  const child = spawn(process.execPath, ['--import', guard, main, mode], {
    env: environmentOf(launching),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const chunks: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      chunks.push(text)
      logged(`${mode}-${port}`, text)
    })
  const gone = once(child, 'exit')
  return {
    issuer: `http://localhost:${port}`,
    port,
    databaseUrl,
    dataDir,
    process: child,
    output: () => chunks.join(''),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM')
        await gone
      }
    },
  }
}

async function answering(house: Started, url: string): Promise<Started> {
  const { host, protocol } = new URL(house.issuer)
  // The headers of the proxy at which TLS ends (TRUSTED_PROXIES).
  const headers = { Host: host, 'X-Forwarded-Proto': protocol.slice(0, -1) }
  for (const until = Date.now() + startLimitMs; Date.now() < until;) {
    if (house.process.exitCode !== null) break
    // fetch would not send a Host of our choice; for the demonstration's applications it does not matter.
    if (await answers(url, headers)) return house
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
  await house.stop()
  throw new Error(`the house did not start:\n${house.output()}`)
}

async function answers(url: string, headers: Readonly<Record<string, string>>): Promise<boolean> {
  const { request } = await import('node:http')
  return new Promise((resolve) => {
    const sent = request(url, { headers, agent: false }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    sent.on('error', () => resolve(false))
    sent.end()
  })
}

/** `count` free ports in a row. */
export async function freePorts(count: number): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const first = firstPort + Math.floor(Math.random() * (lastPort - count - firstPort))
    const free = await Promise.all(Array.from({ length: count }, (_, i) => isFree(first + i)))
    if (free.every(Boolean)) return first
  }
  throw new Error('no free ports found')
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen({ host: 'localhost', port }, () => server.close(() => resolve(true)))
  })
}
