import type { Session } from '../../base/database/db-session.ts'
import { splitNote } from '../../base/tlog/note.ts'
import { originOf } from '../chain/index.ts'
import { lastOfDays } from './store.ts'

/** A signed tree of the log, the last one of a day. */
export type CheckpointOfDay = {
  /** In Québec. */
  readonly day: string
  readonly origin: string
  readonly size: number
  readonly root: Buffer
  readonly signedAt: Date
  /** Whose signatures it bears: the log itself first, then witnesses. */
  readonly names: readonly string[]
}

/** The last checkpoint of each day, of each log, from one day until before another. Reads every checkpoint. */
export async function checkpointsOfDays(
  session: Session,
  issuer: string,
  from: string,
  before: string,
): Promise<CheckpointOfDay[]> {
  const rows = await lastOfDays(session, from, before)
  return rows.map(({ day, year, shard, treeSize: size, root, signedAt, note }) => ({
    day,
    origin: originOf(issuer, year, shard),
    size,
    root,
    signedAt,
    names: [...new Set(splitNote(note).lines.map(({ name }) => name))],
  }))
}
