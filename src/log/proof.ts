import type { Database } from '../foundation/database.ts'
import { proofText } from '../foundation/checkpoint.ts'
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
  const checkpoint = await lastCheckpoint(session, logId)
  if (checkpoint === undefined || leafIndex >= checkpoint.treeSize) return 'waiting'
  const read = nodesFromTiles(checkpoint.treeSize, tilesFromRows(session, logId))
  const path = await hashRanges(inclusionRanges(leafIndex, checkpoint.treeSize), read)
  return { proof: proofText({ index: leafIndex, path, checkpoint: checkpoint.note }) }
}
