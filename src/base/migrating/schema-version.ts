import type { Database } from '../database/database.ts'
import type { CodePlace } from './catalogue.ts'
import {
  catalogueDifferences,
  nameDifferences,
  readCatalogue,
  releasedCatalogue,
} from './catalogue.ts'
import type { CodeMarks } from './code-marks.ts'
import { readMarks } from './code-marks.ts'
import { migrationNames } from './migration-files.ts'
import { exitStatuses, withExitStatus, OperatorError } from '../values/operator-error.ts'
import type { Tables } from '../database/tables.ts'

const command = 'run « npm run migrate » first'

/** A look that found nothing else than this version, and when: what watches from then on need not look again at once. */
export type FirstLook = { readonly seen: CodeMarks; readonly lookedAt: number }

/**
 * Code starts on the schema that it was made for, or on a later one whose migrations say that they bear it (decision 0100).
 * @returns the look, where nothing was replaced meanwhile
 * @throws OperatorError or the database's error
 */
export async function requireSchema(
  db: Database,
  place: CodePlace,
): Promise<FirstLook | undefined> {
  const applied = await appliedMigrations(db)
  if (applied.length === 0) throw new OperatorError(`The database is empty: ${command}.`)
  refuseOld(strangeIn(applied))
  const missing = migrationNames().find((name) => !applied.includes(name))
  if (missing !== undefined) throw new OperatorError(`The database lacks ${missing}: ${command}.`)
  const later = strangeIn(applied)
  // What a later version runs is said under a seal: whoever holds the key looks there (code-watch.ts).
  if (later.length === 0) return withExitStatus(exitStatuses.code, () => requireOwnCode(db, place))
  await requireBearing(db, later)
  return undefined
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
    throw new OperatorError(
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
    throw new OperatorError(
      `The database was brought to a later version (${alien}) that does not bear this one: start that version, or one that knows what it needs.`,
    )
}

// The catalogue counts between two equal stamps. What the stamp asks may be what is missing: then the catalogue names it.
async function requireOwnCode(db: Database, place: CodePlace): Promise<FirstLook | undefined> {
  const before = await readMarks(db).catch(() => undefined)
  const lookedAt = performance.now()
  refuseCode(catalogueDifferences(releasedCatalogue(), await readCatalogue(db, place)))
  const seen = await readMarks(db)
  return before?.stamp === seen.stamp ? { seen, lookedAt } : undefined
}

const mostNamed = 5

/** @throws OperatorError where the database runs something else than this version */
export function refuseCode(differences: readonly string[]): void {
  if (differences.length === 0) return
  throw new OperatorError(
    `The database runs other code than this version: ${nameDifferences(differences, mostNamed)}. « npm run migrate » puts our functions, views, triggers and grants back; what was added to them has to be dropped: docs/operate/incidents/code-untrusted.en.md.`,
  )
}
