import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { processStartOf } from '../../src/base/settings/data-folder.ts'
import { logged } from './secrets.ts'

const root = join(import.meta.dirname, '../..')
const pollMs = 20

export type Launched = {
  readonly process: ChildProcess
  /** Standard output and error so far. */
  output(): string
  /** Standard error alone. */
  complaint(): string
  /** Waits until it is gone. @returns its exit code, or the signal that ended it */
  gone(): Promise<number | string>
  end(signal: NodeJS.Signals): Promise<number | string>
}

export type Launching = {
  readonly env: Readonly<Record<string, string>>
  /** The command that starts Node, for another user or version; by default our own. */
  readonly command?: readonly string[]
  /** Where it is started; by default this repository. */
  readonly cwd?: string
}

/** A process of the house, started as the npm scripts start it, that may fail to start. */
export function launch(args: readonly string[], { env, command, cwd = root }: Launching): Launched {
  const [file = '', ...before] = command ?? [process.execPath]
  const child = spawn(file, [...before, ...args], {
    cwd,
    // What was compiled once is read by all (files.ts#shareCompiled).
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [all, errors]: [string[], string[]] = [[], []]
  const take = (text: string) => {
    all.push(text)
    logged(`process-${child.pid}`, text)
  }
  child.stdout.setEncoding('utf8').on('data', take)
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    take(text)
    errors.push(text)
  })
  const exit = once(child, 'close').then(([code, signal]: unknown[]) => (code ?? signal) as number)
  return {
    process: child,
    output: () => all.join(''),
    complaint: () => errors.join(''),
    gone: () => exit,
    end(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      return exit
    },
  }
}

/** Polls until `check` holds. @throws with the reason when it does not within the limit */
export async function until(
  what: string,
  check: () => boolean | Promise<boolean>,
  limitMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + limitMs
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`not within ${limitMs} ms: ${what}`)
    await pause(pollMs)
  }
}

/** The pid of the PostgreSQL that works in a data folder, by its own pid file. */
export function postgresOf(dataDir: string): number | undefined {
  const file = join(dataDir, 'pg', 'postmaster.pid')
  if (!existsSync(file)) return undefined
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0])
  return processStartOf(pid) === undefined ? undefined : pid
}

const folders: string[] = []

/** It goes with all that lies in it, at the end of the test file (setup.ts). */
export function newFolder(place = tmpdir()): string {
  const folder = mkdtempSync(join(place, 'accord-fault-'))
  folders.push(folder)
  return folder
}

export function removeFolders(): void {
  for (const folder of folders.splice(0))
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
}
