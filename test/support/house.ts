import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FreshDatabase } from './database.ts'
import { freshDatabase } from './database.ts'
import { logged } from './secrets.ts'

const [guard, main] = ['guard.js', 'main.ts'].map((file) =>
  join(import.meta.dirname, '../../src', file),
) as [string, string]
const startLimitMs = 30_000
const pollMs = 50

export type House = {
  readonly issuer: string
  readonly port: number
  readonly databaseUrl: string
  readonly dataDir: string
  readonly process: ChildProcess
  /** What the process wrote so far, standard output and error. */
  output(): string
  /** SIGTERM, and wait until it is gone. */
  stop(): Promise<void>
}

export type Demo = House & { readonly studentAid: string; readonly revenueAgency: string }

type Settings = {
  readonly env?: Readonly<Record<string, string>>
  readonly database?: FreshDatabase
}

/** The demonstration exactly as `npm start` runs it, on free ports and a database of its own. */
export async function startDemo({ env = {}, database }: Settings = {}): Promise<Demo> {
  const own = database ?? (await freshDatabase())
  const port = await freePorts(6)
  const dataDir = mkdtempSync(join(tmpdir(), 'accord-demo-'))
  const house = launch('demo', port, own.url, dataDir, env)
  const [studentAid, revenueAgency] = [
    `http://localhost:${port + 1}`,
    `http://localhost:${port + 2}`,
  ]
  await answering(house, `${revenueAgency}/`)
  return {
    ...house,
    studentAid,
    revenueAgency,
    async stop() {
      await house.stop()
      rmSync(dataDir, { recursive: true, force: true })
      if (database === undefined) await own.drop()
    },
  }
}

/**
 * One web process of a deployment: several may share a database, a data folder (keys) and an issuer.
 * Requests to it need the issuer's host in their Host header.
 */
export async function startServe(
  databaseUrl: string,
  dataDir: string,
  issuer: string,
  env: Readonly<Record<string, string>> = {},
): Promise<House> {
  const port = await freePorts(1)
  const house = launch('serve', port, databaseUrl, dataDir, { ISSUER: issuer, WORK: 'no', ...env })
  await answering({ ...house, issuer }, `http://localhost:${port}/healthz`)
  return { ...house, issuer }
}

function launch(
  mode: string,
  port: number,
  databaseUrl: string,
  dataDir: string,
  env: Readonly<Record<string, string>>,
): House {
  const child = spawn(process.execPath, ['--import', guard, main, mode], {
    env: {
      ...process.env,
      NODE_ENV: '',
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      DATA_DIR: dataDir,
      ...env,
    },
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

async function answering(house: House, url: string): Promise<void> {
  const { host, protocol } = new URL(house.issuer)
  // As the proxy says it where TLS ends (TRUSTED_PROXIES).
  const headers = { Host: host, 'X-Forwarded-Proto': protocol.slice(0, -1) }
  for (const until = Date.now() + startLimitMs; Date.now() < until;) {
    if (house.process.exitCode !== null) break
    // fetch would not send a Host of our choice; for the demonstration's applications it does not matter.
    if (await answers(url, headers)) return
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
    const first = 20_000 + Math.floor(Math.random() * 20_000)
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
