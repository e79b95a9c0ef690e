import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { makeClient } from './client.ts'
import type { Stops } from './stops.ts'

export type ServerName = 'accord' | 'naive' | 'ceiling'

export type Running = {
  readonly pid: number
  readonly port: number
  /** From the start of the process to its first discovery document. */
  readonly startSeconds: number
  /** The end of its log. */
  output(): string
  stop(): Promise<void>
}

export type Start = {
  readonly name: ServerName
  readonly issuer: string
  readonly env: Readonly<Record<string, string>>
  /** Where its log goes. */
  readonly dir: string
}

const scripts: Readonly<Record<ServerName, readonly string[]>> = {
  accord: ['src/main.ts', 'serve'],
  naive: ['bench/naive.ts'],
  ceiling: ['bench/ceiling.ts'],
}
const root = join(import.meta.dirname, '..')
const startLimitMs = 30_000
const stopLimitMs = 10_000
const pollMs = 4
const maxOutput = 2000

/** One server as a process of its own, at a free port of the loopback address, its log in a file. */
export async function startServer(start: Start, stops: Stops): Promise<Running> {
  const port = await freePort()
  const logFile = join(start.dir, `${start.name}.log`)
  const log = openSync(logFile, 'a')
  const from = performance.now()
  const child = spawn(process.execPath, scripts[start.name], {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      ISSUER: start.issuer,
      ...start.env,
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
  const output = () => readFileSync(logFile, 'utf8').slice(-maxOutput)
  if (!(await answersDiscovery(start.issuer, port, isGone)))
    throw new Error(`${start.name} did not start:\n${output()}`)
  const startSeconds = (performance.now() - from) / 1000
  return { pid: child.pid ?? 0, port, startSeconds, output, stop }
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

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo // Always so for a TCP listener.
  listener.close()
  await once(listener, 'close')
  return port
}
