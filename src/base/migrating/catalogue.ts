import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from '../database/database.ts'
import type { Config } from '../settings/config.ts'
import { catalogueText } from './catalogue-query.ts'
import { grantedRoles } from './catalogue-rights.ts'

// What a statement of ours means is decided by PostgreSQL's own catalogues: functions, views, triggers, rules, policies, defaults,
// constraints, operators. Whoever may write there decides what every answer says, without a row of ours. So each such object is compared
// with the release, which was made of the migrations alone.

/** The definition of each object as SHA-256 in hex: `function public.write_permits(permits json)`. */
export type Catalogue = ReadonlyMap<string, string>

/** The deployment of which a database is: its operator names extensions and roles, and outside production the clock may be moved. */
export type CodePlace = Pick<Config, 'databaseExtensions' | 'databaseRoles' | 'mode'>

const file = join(import.meta.dirname, '../../../migrations/catalogue.json')

let released: Catalogue | undefined

/** The catalogue of this version, as `npm run schema` wrote it: read once, since the code that this process runs is of one version. */
export function releasedCatalogue(): Catalogue {
  released ??= catalogueFrom(JSON.parse(readFileSync(file, 'utf8')))
  return released
}

/** What is no catalogue holds nothing. */
export function catalogueFrom(json: unknown): Catalogue {
  if (typeof json !== 'object' || json === null) return new Map()
  return new Map(
    Object.entries(json).flatMap(([what, sha256]) =>
      typeof sha256 === 'string' ? [[what, sha256] as const] : [],
    ),
  )
}

/** The objects of a database, all at one instant. */
export async function readCatalogue(
  db: Pick<Database, 'raw'>,
  { databaseExtensions, databaseRoles, mode }: CodePlace,
): Promise<Catalogue> {
  const { rows } = await db.raw<{ rows: { what: string; sha256: string }[] }>(catalogueText, [
    [...databaseExtensions],
    mode !== 'production',
    databaseRoles.serving,
    databaseRoles.reading,
  ])
  return new Map(rows.map(({ what, sha256 }) => [what, sha256]))
}

// An index that only finds rows sooner changes no answer: the operator may add one.
const harmless = 'plain index '

/**
 * What the database holds and the release does not, or otherwise; empty where nothing differs.
 * @param later the catalogue of a later version that runs on the same database, whose migration may be half done: each object may be as
 * it is in either
 */
export function catalogueDifferences(
  release: Catalogue,
  held: Catalogue,
  later: Catalogue = release,
): string[] {
  const gone = [...release.keys()].filter(
    (what) => later.has(what) && !held.has(what) && !isOfAbsentRole(what, held),
  )
  const other = [...held].filter(
    ([what, sha256]) =>
      (release.has(what) || later.has(what)) &&
      release.get(what) !== sha256 &&
      later.get(what) !== sha256,
  )
  const strange = [...held.keys()].filter(
    (what) => !release.has(what) && !later.has(what) && !what.startsWith(harmless),
  )
  return [
    ...other.map(([what]) => `${what} is another one`),
    ...strange.map((what) => `${what} is not of this version`),
    ...gone.map((what) => `${what} is gone`),
  ]
}

// Where one role does everything, or a role has no access at all, nothing was given to it: such a process gets nothing to read.
function isOfAbsentRole(what: string, held: Catalogue): boolean {
  const role = Object.values(grantedRoles).find((called) => what.endsWith(` to ${called}`))
  return role !== undefined && [...held.keys()].every((other) => !other.endsWith(` to ${role}`))
}

/** The first of what differs, in one line. */
export function nameDifferences(differences: readonly string[], most: number): string {
  const more = differences.length > most ? `; and ${differences.length - most} more` : ''
  return `${differences.slice(0, most).join('; ')}${more}`
}

/** One digest of all objects, in whatever order they came. */
export function catalogueDigest(catalogue: Catalogue): Buffer {
  const hash = createHash('sha256')
  for (const what of [...catalogue.keys()].toSorted())
    hash.update(`${what} ${catalogue.get(what)}\n`)
  return hash.digest()
}
