import type { Database, Transaction } from '../../base/database/database.ts'
import { deleteBatch } from '../../base/database/sweep.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { ListedWays } from '../accounts/index.ts'
import type { DeskSessionRow } from './tables.ts'
import { deskSessionTable } from './tables.ts'

// SQL of sessions at a desk.

/** A session with what else must hold for it: how his access stands, and which keys of his do. */
export type SessionRead = {
  readonly row: DeskSessionRow
  readonly standing: Readonly<Record<string, unknown>>
  readonly listed: ListedWays
  readonly at: Date
}

type Stored = DeskSessionRow &
  ListedWays & {
    readonly seal: Buffer | null
    readonly standing: SessionRead['standing']
    readonly at: Date
  }

/** Undefined: there is none that this broker wrote. One statement. */
export async function readDeskSession(
  db: Database,
  seals: RowSeals,
  sessionSha256: Buffer,
): Promise<SessionRead | undefined> {
  const { rows } = await db.raw<{ rows: Stored[] }>(
    `select ${deskSessionTable.selected}, t.seal, to_jsonb(s) as standing, w.ways, w.ways_seal as "waysSeal", now() + clock_offset() as at
     from desk_session t join standings_told s on s.person_id = t.officer_id left join ways_listed w on w.person_id = t.officer_id
     where t.session_sha256 = ?`,
    [sessionSha256],
  )
  const [found] = rows
  if (found === undefined) return undefined
  const { seal, standing, ways, waysSeal, at, ...row } = found
  if (!seals.holds(deskSessionTable, row, seal)) return undefined
  return { row, standing, listed: { ways, waysSeal }, at }
}

/** The session of an officer: an older one of his is over. */
export async function putDeskSession(
  tx: Transaction,
  seals: RowSeals,
  row: DeskSessionRow,
): Promise<void> {
  await tx('deskSession')
    .insert({ ...row, seal: seals.seal(deskSessionTable, row) })
    .onConflict('officerId')
    .merge()
}

/** Notes that it is used; one that was replaced or ended meanwhile stays so. */
export async function touchDeskSession(
  db: Database,
  seals: RowSeals,
  row: DeskSessionRow,
): Promise<void> {
  const { sessionSha256, seenAt } = row
  await db('deskSession')
    .where({ sessionSha256 })
    .where('seenAt', '<', seenAt)
    .update({ seenAt, seal: seals.seal(deskSessionTable, row) })
}

export async function deleteDeskSession(db: Database, sessionSha256: Buffer): Promise<void> {
  await db('deskSession').where({ sessionSha256 }).delete()
}

export function sweepDeskSessions(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'desk_session', 'seen_at', before)
}

export async function forgetDeskSession(tx: Transaction, officerId: string): Promise<void> {
  await tx('deskSession').where({ officerId }).delete()
}
