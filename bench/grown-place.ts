import { existsSync, mkdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import type { Asked, Growth } from './grown.ts'
import { askedIn, faultOf, growConsents } from './grown.ts'
import type { Postgres } from './postgres.ts'
import { roomy, startPostgres } from './postgres.ts'
import type { Stops } from './stops.ts'
import { makeStops } from './stops.ts'
import type { Signers } from './target.ts'
import type { KeptSigners } from './world.ts'
import { furnish, makeSigners } from './world.ts'

// A folder with one database of each size, ten times larger each, beside one another in one PostgreSQL: all are asked in turn, so that a
// slow minute of the machine meets each of them. The folder may be kept, and is filled once.

export type Size = { readonly consents: number; readonly url: string; readonly asked: Asked }

export type GrownPlace = {
  readonly dir: string
  readonly keysDir: string
  readonly signers: Signers
  readonly postgres: Postgres
  /** The smallest first. */
  readonly sizes: readonly Size[]
}

// What a folder knows of itself. Its keys are those of a test.
type Kept = {
  readonly growth: Growth
  readonly signers: KeptSigners
  /** The sizes that are there, with the instant of all that was made in them. */
  readonly filled: Readonly<Record<string, string>>
}

const smallest = 10_000
const sample = 10_000
// Beside what stays: the write-ahead log, and what sorting needs.
const besideBytes = 4 * 2 ** 30
const trueEventBytes = 1300

// Checkpoints as far apart as a server has them that does nothing else.
const settings = {
  ...roomy,
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  // It would work for one size while another is asked.
  autovacuum: 'off',
}
// While it is filled, a power cut may take all of it.
const fillSettings = {
  ...settings,
  fsync: 'off',
  full_page_writes: 'off',
  maintenance_work_mem: '512MB',
}

/** Opens the databases of a folder, and fills those that are not there. @throws RangeError where they have no room */
export async function openGrown(
  dir: string,
  growth: Growth,
  stops: Stops,
  tell: (line: string) => void,
): Promise<GrownPlace> {
  await fillGrown(dir, growth, tell)
  const kept = keptIn(dir, growth)
  const postgres = await startPostgres(dir, stops, settings)
  const signers = makeSigners(kept.signers)
  const keysDir = join(dir, 'keys')
  const sizes: Size[] = []
  for (const consents of sizesOf(growth)) {
    const url = postgres.urlOf(nameOf(consents))
    // A version that came since then brings its migrations.
    await furnish(url, keysDir, signers)
    const at = { url, keysDir, moment: new Date(kept.filled[consents] ?? 0) }
    sizes.push({ consents, url, asked: await askedIn(at, growthOf(growth, consents)) })
  }
  return { dir, keysDir, signers, postgres, sizes }
}

/** Fills what is not there. */
export async function fillGrown(
  dir: string,
  growth: Growth,
  tell: (line: string) => void,
): Promise<void> {
  const fault = faultOf(growth)
  if (fault !== undefined) throw new RangeError(fault)
  mkdirSync(dir, { recursive: true })
  let kept = keptIn(dir, growth)
  const missing = sizesOf(growth).filter((consents) => !Object.hasOwn(kept.filled, consents))
  if (missing.length === 0) return
  const stops = makeStops()
  try {
    const postgres = await startPostgres(dir, stops, fillSettings)
    const [keysDir, signers] = [join(dir, 'keys'), makeSigners(kept.signers)]
    const fill = async (name: string, some: Growth) => {
      await dropDatabase(postgres, name)
      const url = await postgres.createDatabase(name)
      await furnish(url, keysDir, signers)
      // After the register, or what was allowed would have been about other words.
      const moment = new Date()
      const before = await bytesOf(url)
      await growConsents({ url, keysDir, moment }, some, tell)
      await asking(url, (client) => client.query('vacuum (analyze)'))
      return { moment, bytes: (await bytesOf(url)) - before }
    }
    const { bytes } = await fill('growth_sample', { ...growthOf(growth, sample), asked: 1 })
    await dropDatabase(postgres, 'growth_sample')
    requireRoom(dir, growth, missing, bytes / sample, tell)
    for (const consents of missing) {
      const filled = await fill(nameOf(consents), growthOf(growth, consents))
      tell(`  ${consents} consents: ${gigabytes(filled.bytes)}`)
      kept = { ...kept, filled: { ...kept.filled, [consents]: filled.moment.toISOString() } }
      writeKept(dir, kept)
    }
  } finally {
    await stops.all()
  }
}

function requireRoom(
  dir: string,
  growth: Growth,
  missing: readonly number[],
  each: number,
  tell: (line: string) => void,
): void {
  const bytes = missing.reduce((sum, consents) => {
    const people = Math.min(growth.asked, consents / 5)
    const trueEvents = people * 5 * (growth.events / growth.consents)
    return sum + consents * each + trueEvents * trueEventBytes
  }, besideBytes)
  const { bavail, bsize } = statfsSync(dir)
  const free = bavail * bsize
  tell(
    `${Math.round(each)} bytes a consent with its events, measured at ${sample}: ${gigabytes(bytes)} for ${missing.join(', ')}; ` +
      `${gigabytes(free)} are free in ${dir}`,
  )
  if (free < (bytes * 4) / 3)
    throw new RangeError('that, and a third more, is not free: --consents makes it smaller')
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(2)} GiB`
}

function sizesOf({ consents }: Growth): number[] {
  const sizes = [consents]
  for (let size = smallest; size < consents; size *= 10) sizes.push(size)
  return sizes.toSorted((one, other) => one - other)
}

function growthOf(growth: Growth, consents: number): Growth {
  return { ...growth, consents, events: (growth.events / growth.consents) * consents }
}

function nameOf(consents: number): string {
  return `growth_${consents}`
}

function keptIn(dir: string, growth: Growth): Kept {
  const file = join(dir, 'growth.json')
  if (!existsSync(file)) {
    const { app, relying, desk, holder } = makeSigners()
    const signers = {
      app: app.kept(),
      relying: relying.kept(),
      desk: desk.kept(),
      holder: holder.kept(),
    }
    const made = { growth, signers, filled: {} }
    writeKept(dir, made)
    return made
  }
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Kept // as it was written below
  if (JSON.stringify(kept.growth) !== JSON.stringify(growth))
    throw new RangeError(`${dir} was filled for ${JSON.stringify(kept.growth)}`)
  return kept
}

function writeKept(dir: string, kept: Kept): void {
  writeFileSync(join(dir, 'growth.json'), `${JSON.stringify(kept)}\n`, { mode: 0o600 })
}

async function dropDatabase(postgres: Postgres, name: string): Promise<void> {
  await asking(postgres.urlOf('postgres'), (client) =>
    client.query(`drop database if exists ${name}`),
  )
}

async function bytesOf(url: string): Promise<number> {
  const { rows } = await asking(url, (client) =>
    client.query<{ bytes: number }>('select pg_database_size(current_database())::float8 as bytes'),
  )
  return rows[0]?.bytes ?? 0
}

/** One question over a connection of its own. */
export async function asking<T>(url: string, ask: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return await ask(client)
  } finally {
    await client.end()
  }
}
