import type { Database } from '../database/database.ts'
import type { RowSeals } from '../sealing/row-seal.ts'
import { sealedTable } from '../sealing/sealed-table.ts'
import type { Catalogue } from './catalogue.ts'
import { catalogueDigest, catalogueFrom, releasedCatalogue } from './catalogue.ts'
import { migrationNames } from './migration-files.ts'

// While an installation is brought to a later version, processes of two versions run on one database, and what it runs is the later
// version's. Its `migrate` says under the key of seals what that is, before it changes anything: a process of the earlier version believes
// that row, and no other. A version is called after its last migration.

export const releaseTable = sealedTable('release_catalogue', {
  seal: ['release catalogue', 1],
  covers: ['version', 'sha256', 'begun_at', 'ended_at'],
  otherwise: { objects: 'they are believed where their digest is the one that is sealed' },
  inventory: {
    whose: 'nobody',
    kept: 'ever',
    change: {
      noFact:
        'what a later version runs: a row without its seal is not believed, and nothing is permitted',
    },
    why: {
      fr: 'ce qu’une version ultérieure exécute dans la base',
      en: 'what a later version runs in the database',
    },
    columns: { technical: 'version sha256 objects begun_at ended_at seal' },
  },
})

/** A row as it is stored. */
export type ReleaseRow = {
  readonly version: string
  readonly sha256: Buffer
  readonly objects: unknown
  readonly begunAt: Date
  readonly endedAt: Date | null
  readonly seal: Buffer
}

/** The last migration of this version. */
export function ownVersion(): string {
  return migrationNames().at(-1) ?? ''
}

/**
 * Says what this version runs, before anything of it is there, and again when all of it is.
 * @param isEnded whether the migration has ended
 */
export async function noteRelease(db: Database, seals: RowSeals, isEnded: boolean): Promise<void> {
  if (!(await isThere(db))) return
  const own = releasedCatalogue()
  const [version, sha256] = [ownVersion(), catalogueDigest(own)]
  const now = await timeOf(db)
  const before = await db('releaseCatalogue').select('begunAt').where({ version }).first()
  const begunAt = (isEnded ? before?.begunAt : undefined) ?? now
  const row = { version, sha256, begunAt, endedAt: isEnded ? now : null }
  const seal = seals.seal(releaseTable, row)
  await db('releaseCatalogue')
    .insert({ ...row, objects: JSON.stringify(Object.fromEntries(own)), seal })
    .onConflict('version')
    .merge()
}

async function isThere(db: Database): Promise<boolean> {
  const { rows } = await db.raw<{ rows: { isThere: boolean }[] }>(
    `select to_regclass('public.release_catalogue') is not null as is_there`,
  )
  return rows[0]?.isThere === true
}

async function timeOf(db: Database): Promise<Date> {
  const { rows } = await db.raw<{ rows: { now: Date }[] }>('select now() + clock_offset() as now')
  const [row] = rows
  if (row === undefined) throw new TypeError('a database without a time')
  return row.now
}

const mostVersions = 20

/** The rows of versions after this one, the latest first. */
export function laterReleases(db: Database): Promise<ReleaseRow[]> {
  return db('releaseCatalogue')
    .select('version', 'sha256', 'objects', 'begunAt', 'endedAt', 'seal')
    .where('version', '>', ownVersion())
    .orderBy('version', 'desc')
    .limit(mostVersions)
}

/**
 * What the latest of these versions runs, of those whose seal holds.
 * @returns undefined where there is none that may be believed
 */
export function believedRelease(
  seals: RowSeals,
  rows: readonly ReleaseRow[],
): { readonly version: string; readonly catalogue: Catalogue } | undefined {
  for (const { objects, seal, ...sealed } of rows) {
    if (sealed.version <= ownVersion() || !seals.holds(releaseTable, sealed, seal)) continue
    const catalogue = catalogueFrom(objects)
    if (catalogueDigest(catalogue).equals(sealed.sha256))
      return { version: sealed.version, catalogue }
  }
  return undefined
}

// A row is dated when it is written, and seen by the next look.
const slackMs = 10_000
/** A migration that does not end explains nothing for ever. */
const longestMs = 3_600_000

/** Whether a migration of any version, whose seal holds, was at work at this instant or since. */
export async function wasMigratedSince(db: Database, seals: RowSeals, at: Date): Promise<boolean> {
  const rows: Omit<ReleaseRow, 'objects'>[] = await db('releaseCatalogue')
    .select('version', 'sha256', 'begunAt', 'endedAt', 'seal')
    .limit(mostVersions)
  return rows.some(({ seal, ...row }) => {
    const until = row.endedAt?.getTime() ?? row.begunAt.getTime() + longestMs
    return until >= at.getTime() - slackMs && seals.holds(releaseTable, row, seal)
  })
}
