import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbedded } from '../../src/base/postgres/embedded-server.ts'

/** A PostgreSQL of the tests, in a folder of its own. */
export type OwnServer = {
  readonly dataDir: string
  url(): string
  /** After somebody has killed it: another one over the same files, which recovers them. */
  startAgain(): Promise<void>
  /** Stops it, and leaves its files until `stop`. */
  rest(): Promise<void>
  stop(): Promise<void>
}

const inMemory = '/dev/shm'
const roomBytes = 4e9

/**
 * It ends with this process, and its folder goes, in whatever way this process ends.
 * @param from the folder of a server that is stopped, whose files it begins with: a copy is faster than a first start
 */
export async function startOwnServer(
  name: string,
  settings: Readonly<Record<string, string>> = {},
  from?: string,
): Promise<OwnServer> {
  const dataDir = mkdtempSync(join(quickFolder(), `accord-${name}-`))
  const guard = startGuard(dataDir)
  const start = () => startEmbedded({ dataDir, settings, env: fakedTime() })
  // With the modes of files and folders, on which PostgreSQL insists.
  if (from !== undefined) execFileSync('cp', ['-a', `${from}/.`, dataDir])
  let server = await start().catch(async (cause: unknown) => {
    await guard.end()
    throw cause
  })
  return {
    dataDir,
    url: () => server.url,
    async startAgain() {
      // Gives back its folder, and waits until the server is gone.
      await server.stop()
      server = await start()
    },
    rest: () => server.stop(),
    async stop() {
      await server.stop()
      await guard.end()
    },
  }
}

/** Under Debian's `faketime` a process has the time of the process that starts it. */
export function fakedTime(): Readonly<Record<string, string>> {
  if (process.env['FAKETIME'] === undefined) return {}
  const names = Object.keys(process.env).filter(isOfFaketime)
  return Object.fromEntries(names.map((name) => [name, process.env[name] ?? '']))
}

function isOfFaketime(name: string): boolean {
  return name === 'LD_PRELOAD' || /^(NO_)?FAKE(TIME|_STAT)/.test(name)
}

/** In memory if there is space, so that nothing waits for a disk. `fsync` stays on, because a house refuses a database without it. */
export function quickFolder(): string {
  if (!existsSync(inMemory)) return tmpdir()
  const { bavail, bsize } = statfsSync(inMemory)
  return bavail * bsize > roomBytes ? inMemory : tmpdir()
}

// Reads until its pipe is closed, which the end of this process does too. Then it stops the server if that still works in the
// folder, waits ten seconds at most, and removes the folder.
const guarding = `
cat
read -r pid rest < "$1/pg/postmaster.pid"
if [ "$(readlink "/proc/$pid/cwd")" = "$(readlink -f "$1/pg")" ]; then
  kill -QUIT "$pid"
  for turn in $(seq 100); do [ -e "/proc/$pid" ] && sleep 0.1; done
fi
rm -rf "$1"
`

/** When this process ends, in whatever way, the server of the folder is stopped and the folder removed. */
export function startGuard(dataDir: string): { end(): Promise<void> } {
  // Detached: Ctrl-C in the terminal does not reach it.
  const child = spawn('sh', ['-c', guarding, 'sh', dataDir], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.unref()
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref()
  const gone = once(child, 'exit')
  return {
    async end() {
      child.ref()
      child.stdin.end()
      await gone
    },
  }
}
