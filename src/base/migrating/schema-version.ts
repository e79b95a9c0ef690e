import type { Database } from '../database/database.ts'
import type { CodePlace } from './catalogue.ts'
import {
  catalogueDifferences,
  nameDifferences,
  readCatalogue,
  releasedCatalogue,
} from './catalogue.ts'
import { migrationNames } from './migration-files.ts'
import { exitStatuses, withExitStatus, StartError } from '../values/start-error.ts'
import type { Tables } from '../database/tables.ts'

const command = 'run « npm run migrate » first'

/**
 * Code starts on the schema that it was made for, or on a later one whose migrations say that they bear it (decision 0100).
 * @throws StartError or the database's error
 */
export async function requireSchema(db: Database, place: CodePlace): Promise<void> {
  const applied = await appliedMigrations(db)
  if (applied.length === 0) throw new StartError(`The database is empty: ${command}.`)
  refuseOld(strangeIn(applied))
  const missing = migrationNames().find((name) => !applied.includes(name))
  if (missing !== undefined) throw new StartError(`The database lacks ${missing}: ${command}.`)
  const later = strangeIn(applied)
  // What a later version runs is said under a seal: whoever holds the key looks there (code-watch.ts).
  return later.length === 0
    ? withExitStatus(exitStatuses.code, () => requireOwnCode(db, place))
    : requireBearing(db, later)
}

export async function appliedMigrations(db: Database): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { isThere: boolean }[] }>(
    `select to_regclass('knex_migrations') is not null as is_there`,
  )
  return rows[0]?.isThere === true ? db('knexMigrations').pluck('name') : []
}

/** The migrations that this version does not know. */
export function strangeIn(applied: readonly string[]): string[] {
  const known = new Set(migrationNames())
  return applied.filter((name) => !known.has(name))
}

/**
 * Whether a migration that this version does not know was made before the first release: they had been programs, and then files that
 * became one for each room. A later version gives its files later numbers.
 */
export function isOld(name: string): boolean {
  return name.endsWith('.ts') || name <= (migrationNames().at(-1) ?? '')
}

function refuseOld(strange: readonly string[]): void {
  if (strange.some(isOld))
    throw new StartError(
      'The database of DATABASE_URL was made by a version before the first release, which this version does not follow: it is left as it is; use an empty database.',
    )
}

async function requireBearing(db: Database, later: readonly string[]): Promise<void> {
  const known = new Set(migrationNames())
  const noted: Tables['migrationBears'][] = await db('migrationBears')
    .whereIn('name', later)
    .select('name', 'bears')
  const borne = noted.filter(({ bears }) => known.has(bears)).map(({ name }) => name)
  const alien = later.find((name) => !borne.includes(name))
  if (alien !== undefined)
    throw new StartError(
      `The database was brought to a later version (${alien}) that does not bear this one: start that version, or one that knows what it needs.`,
    )
}

async function requireOwnCode(db: Database, place: CodePlace): Promise<void> {
  refuseCode(catalogueDifferences(releasedCatalogue(), await readCatalogue(db, place)))
}

const mostNamed = 5

/** @throws StartError where the database runs something else than this version */
export function refuseCode(differences: readonly string[]): void {
  if (differences.length === 0) return
  throw new StartError(
    `The database runs other code than this version: ${nameDifferences(differences, mostNamed)}. « npm run migrate » puts our functions, views, triggers and grants back; what was added to them has to be dropped: docs/operate/incidents/code-untrusted.en.md.`,
  )
}
