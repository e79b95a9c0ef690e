import type { Database } from '../foundation/database.ts'
import { proofText } from '../foundation/checkpoint.ts'
import type { Session } from '../foundation/duty.ts'
import { readingSession } from '../foundation/duty.ts'
import { hashRanges, inclusionRanges } from '../foundation/merkle.ts'
import { nodesFromTiles } from '../foundation/tiles.ts'
import { tilesFromRows } from './rows-source.ts'
import { lastCheckpoint, placeOfEvent } from './store.ts'

/** A proof as its person may take it; `waiting`: no signed tree holds the event yet, for a minute at most. */
export type ProofOf = { readonly proof: string } | 'waiting' | undefined

/** @param eventId a uuid @returns undefined where it is no event of this person */
export async function proofOf(db: Database, personId: string, eventId: string): Promise<ProofOf> {
  const session = readingSession(db)
  const event = await placeOfEvent(session, personId, eventId)
  if (event === undefined) return undefined
  const { logId, leafIndex } = event
  if (logId === null || leafIndex === null) return 'waiting'
  const proof = await proofAt(session, logId, leafIndex)
  return proof === undefined ? 'waiting' : { proof }
}

/**
 * A proof of the entry at this index, whosever it is: anybody can make it of the tiles.
 * @param size of the signed tree; else the newest. @returns undefined where no such tree holds it
 */
export async function proofAt(
  session: Session,
  logId: number,
  leafIndex: number,
  size?: number,
): Promise<string | undefined> {
  const checkpoint = await lastCheckpoint(session, logId, size)
  if (checkpoint === undefined || leafIndex >= checkpoint.treeSize) return undefined
  const read = nodesFromTiles(checkpoint.treeSize, tilesFromRows(session, logId))
  const path = await hashRanges(inclusionRanges(leafIndex, checkpoint.treeSize), read)
  return proofText({ index: leafIndex, path, checkpoint: checkpoint.note })
}
