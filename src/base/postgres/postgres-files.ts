import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readFileIfPresent } from '../settings/data-folder.ts'
import { OperatorError } from '../values/operator-error.ts'

const major = '18'
const clusterOptions = [
  '--username=accord',
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  '--locale=C.UTF-8',
]
// Neither secrets nor PG* variables reach PostgreSQL; its messages are in English, because we read them.
export const environment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C.UTF-8' }

/** How to start a program in the folder `bin` as a user that PostgreSQL accepts. */
export type Runner = {
  readonly file: string
  readonly args: readonly string[]
  readonly bin: string
}
export type ServerPlace = {
  readonly folder: string
  readonly data: string
  readonly password: string
  readonly runner: Runner
}
export type PrintLine = (message: string) => void

/** The database files in our data folder, made if they are missing. */
export async function openPlace(
  folder: string,
  runner: Runner,
  log: PrintLine,
): Promise<ServerPlace> {
  const data = join(folder, 'pg')
  const isNew = !fs.existsSync(data)
  if (!isNew) checkVersion(data)
  const password = keepPassword(join(folder, 'postgres.json'), isNew)
  const place = { folder, data, password, runner }
  if (isNew) {
    log('First start: creating the database files.')
    await createCluster(place)
  }
  return place
}

function checkVersion(data: string): void {
  const version = readFileIfPresent(join(data, 'PG_VERSION'))?.trim()
  if (version === major) return
  const found = version === undefined ? 'no database' : `a database of PostgreSQL ${version}`
  throw new OperatorError(`${data} holds ${found}, we need ${major}: move it away to begin again.`)
}

function keepPassword(file: string, isNew: boolean): string {
  const kept = /"password":"([\w-]{32})"/.exec(readFileIfPresent(file) ?? '')?.[1]
  if (kept !== undefined) return kept
  if (!isNew) {
    throw new OperatorError(
      `The database password in ${file} is lost: bring it back, or move the folder away.`,
    )
  }
  const password = randomBytes(24).toString('base64url')
  fs.writeFileSync(`${file}.new`, JSON.stringify({ password }), { mode: 0o600, flush: true })
  fs.renameSync(`${file}.new`, file)
  return password
}

// Runs initdb in another folder first: an initdb that is killed half-way must not leave a folder that never starts.
async function createCluster({ folder, data, password, runner }: ServerPlace): Promise<void> {
  for (const name of fs.readdirSync(folder)) {
    if (name.startsWith('pg.new')) fs.rmSync(join(folder, name), { recursive: true, maxRetries: 5 })
  }
  const fresh = join(folder, `pg.new-${process.pid}`)
  fs.writeFileSync(`${fresh}.password`, password, { mode: 0o600 })
  const initdb = [...runner.args, join(runner.bin, 'initdb'), ...clusterOptions]
  const places = [`--pwfile=${fresh}.password`, `--pgdata=${fresh}`]
  try {
    await promisify(execFile)(runner.file, [...initdb, ...places], {
      cwd: folder,
      env: environment,
    })
  } catch (cause) {
    const reason = reasonIn(String(cause))
    throw new OperatorError(`PostgreSQL cannot make a database in ${folder}: ${reason}`, { cause })
  } finally {
    fs.rmSync(`${fresh}.password`, { force: true })
  }
  fs.renameSync(fresh, data)
}

/** What PostgreSQL or initdb said last, in its own words; the children of a killed server may say into the same file that they go. */
export function reasonIn(output: string): string {
  const lines = output
    .split('\n')
    .filter((line) => /error|fatal|could not|cannot/i.test(line))
    .filter((line) => !line.includes('unexpected postmaster exit'))
  return lines.at(-1)?.replace(/^.*?(fatal|error): */i, '') ?? 'no reason given'
}
