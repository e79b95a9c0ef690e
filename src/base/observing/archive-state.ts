import type { Session } from '../database/db-session.ts'

// Whether PostgreSQL puts its log of writes away. While it cannot, a copy is worth less each minute, and the log fills its disk.

/** Since when it has failed; null: it does not; undefined: it archives nothing. */
export async function archiveFailingSince(session: Session): Promise<Date | null | undefined> {
  const [row] = await session.rows<ArchiveRow>(
    `select current_setting('archive_mode') as mode, last_archived_time as "archivedAt", last_failed_time as "failedAt",
       stats_reset as "resetAt" from pg_stat_archiver`,
  )
  return row === undefined ? undefined : archiveFailure(row)
}

export type ArchiveRow = {
  readonly mode: string
  readonly archivedAt: Date | null
  readonly failedAt: Date | null
  readonly resetAt: Date | null
}

// What counts the times may have begun anew meanwhile: then nothing is known from before that.
export function archiveFailure({ mode, archivedAt, failedAt, resetAt }: ArchiveRow) {
  if (mode === 'off') return undefined
  if (failedAt === null || (archivedAt !== null && archivedAt >= failedAt)) return null
  return archivedAt ?? resetAt ?? failedAt
}
