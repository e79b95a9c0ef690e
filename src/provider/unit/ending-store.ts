import { secondsAfter } from '../../base/values/clock.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import type { EndedSessions, EndReason } from '../../base/ports/sessions-port.ts'
import type { SessionEnding } from '../../base/web/ended-session.ts'
import { toldSeconds } from '../../base/web/ended-session.ts'

// The SQL of sessions that were ended from elsewhere, for the browsers that still have their cookies.

/** Keeps which sessions end. Before `end_sessions`, and under the account's lock as it. */
export async function noteEndings(
  tx: Transaction,
  accountId: string,
  { but, only, madeBy, because }: EndedSessions & { readonly because: EndReason },
  now: Date,
): Promise<void> {
  await tx.raw('select note_session_endings(?, ?, ?, ?::uuid[], ?, ?, ?)', [
    accountId,
    but ?? null,
    only ?? null,
    madeBy === undefined ? null : [...madeBy],
    because,
    now,
    secondsAfter(now, toldSeconds),
  ])
}

/** How a session ended. @param id the row id of its cookie, as hex */
export async function findEnding(
  db: Database,
  id: string,
  now: Date,
): Promise<SessionEnding | undefined> {
  const row: { because: string; endedAt: Date } | undefined = await db('sessionEnding')
    .select('because', 'endedAt')
    .where({ id: Buffer.from(id, 'hex') })
    .where('expiresAt', '>', now)
    .first()
  return row && { because: row.because as EndReason, at: row.endedAt } // the table has no others
}
