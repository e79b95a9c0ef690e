import type { Database } from '../database/database.ts'
import { countsOfClock, writeCountsText, isReplaced, stampText } from './code-stamp.ts'

/** What was read beside the catalogue. */
export type CodeMarks = {
  readonly stamp: string
  /** In the order of `writeCountsText`. */
  readonly counts: readonly number[]
  /** When this PostgreSQL was started. */
  readonly started: string
  readonly at: Date
}

const marksText = /* sql */ `select /* looked at code */ ${stampText} as stamp, ${writeCountsText} as counts,
  pg_catalog.pg_postmaster_start_time()::pg_catalog.text as started, pg_catalog.now() + public.clock_offset() as at`

export async function readMarks(db: Pick<Database, 'raw'>): Promise<CodeMarks> {
  const { rows } = await db.raw<{
    rows: (Omit<CodeMarks, 'counts'> & { counts: readonly string[] })[]
  }>(marksText)
  const [row] = rows
  if (row === undefined) throw new TypeError('a database without marks')
  return { ...row, counts: row.counts.map(Number) }
}

/** In a sentence, what came and went between two looks; undefined where nothing did. */
export function changeBetween(
  before: CodeMarks | undefined,
  now: CodeMarks,
  isMovable: boolean,
): string | undefined {
  if (before === undefined) return undefined
  if (isReplaced(before.stamp, now.stamp, isMovable)) return 'something was replaced and put back'
  // Another PostgreSQL counts for itself.
  if (before.started !== now.started) return undefined
  const moves = now.counts
    .map((count, at) => count - (before.counts[at] ?? 0))
    .filter((_, at) => !isMovable || !countsOfClock.includes(at))
  if (moves.some((by) => by < 0)) return 'the counters of PostgreSQL went back'
  const sum = moves.reduce((all, by) => all + by, 0)
  return sum === 0 ? undefined : `${sum} definitions were written and are gone again`
}
