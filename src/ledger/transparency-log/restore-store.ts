import type { Database, Transaction } from '../../base/database/database.ts'
import type { Session } from '../../base/database/db-session.ts'
import type { Lease } from '../../base/jobs/lease.ts'
import { present } from '../../base/values/present.ts'
import { emptyRoot } from '../../base/tlog/merkle.ts'
import type { RestoreRow } from './restore.ts'

// SQL of restores: what was found, who let it go on, and the log that takes another one's place.

const maxRestores = 400
const columns = `restore_id as "restoreId", origin, year, shard, found_at as "foundAt", held::float8 as held, taken::float8 as taken,
  root, known_to as "knownTo", words, went_on_at as "wentOnAt", taken_up_at as "takenUpAt", seal`

/** All that was ever found, oldest first. */
export async function restoreRows(session: Session): Promise<RestoreRow[]> {
  return session.rows(
    `select ${columns} from log_restore order by found_at, origin limit ${maxRestores}`,
  )
}

/** Whether the database says of itself that nothing is permitted: the look of each second, which its own SQL keeps apart in statistics. */
export async function watchStanding(db: Database): Promise<boolean> {
  const { rows } = await db.raw<{ rows: { isRestored: boolean }[] }>(
    'select is_restored, true as watched from log_standing',
  )
  return rows[0]?.isRestored === true
}

/** The time of the database, in milliseconds. */
export async function restoreTime(session: Session): Promise<Date> {
  const [row] = await session.rows<{ at: Date }>(
    `select date_trunc('milliseconds', now() + clock_offset()) as at`,
  )
  return present(row, 'the time of the database').at
}

/** Notes what was found, unless another process has done so meanwhile. */
export async function insertRestore(db: Database, row: RestoreRow): Promise<void> {
  const words = JSON.stringify(row.words)
  await db.raw(
    `insert into log_restore (restore_id, origin, year, shard, found_at, held, taken, root, known_to, words, seal)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?) on conflict (origin) where went_on_at is null do nothing`,
    [
      row.restoreId,
      row.origin,
      row.year,
      row.shard,
      row.foundAt,
      row.held,
      row.taken,
      row.root,
      row.knownTo,
      words,
      row.seal,
    ],
  )
}

/** Writes an open row anew: what was found, and whose words count. */
export async function updateRestore(db: Database | Transaction, row: RestoreRow): Promise<void> {
  await db.raw(
    `update log_restore set year = ?, shard = ?, found_at = ?, held = ?, taken = ?, root = ?, known_to = ?, words = ?::jsonb,
       went_on_at = ?, seal = ? where restore_id = ? and went_on_at is null`,
    [
      row.year,
      row.shard,
      row.foundAt,
      row.held,
      row.taken,
      row.root,
      row.knownTo,
      JSON.stringify(row.words),
      row.wentOnAt,
      row.seal,
      row.restoreId,
    ],
  )
}

/** What waits for the operators' words, locked. */
export async function openRestores(tx: Transaction): Promise<RestoreRow[]> {
  const { rows } = await tx.raw<{ rows: RestoreRow[] }>(
    `select ${columns} from log_restore where went_on_at is null order by origin limit ${maxRestores} for update`,
  )
  return rows
}

export type ResumedLog = {
  readonly year: number
  readonly shard: number
  readonly queue: number
  /** The number of the log that begins; null: another one is open. */
  readonly next: number | null
  /** The newest signed tree that the database has of the log which is closed. */
  readonly size: number
  readonly root: Buffer
  readonly frontier: Buffer
}

export async function takeUpLog(session: Session, lease: Lease, taken: ResumedLog): Promise<void> {
  await session.rows('select take_up_log($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)', [
    lease.duty,
    lease.number,
    taken.year,
    taken.shard,
    taken.queue,
    taken.next,
    taken.size,
    taken.root,
    taken.frontier,
    emptyRoot,
  ])
}
