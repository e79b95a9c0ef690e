import type { Database } from '../../base/database/database.ts'
import { proofText } from '../../base/tlog/log-proof.ts'
import type { Session } from '../../base/database/db-session.ts'
import { readingSession } from '../../base/database/db-session.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { timeOfId } from '../../base/values/ids.ts'
import { hashRanges, inclusionRanges } from '../../base/tlog/merkle.ts'
import { nodesFromTiles } from '../../base/tlog/tiles.ts'
import { mergeDelaySeconds } from '../chain/index.ts'
import { tilesFromRows } from './rows-source.ts'
import type { PersonPlace } from './audit-store.ts'
import { personPlaces } from './audit-store.ts'
import { placeFault } from './audit.ts'
import { lastCheckpoint, placeOfEvent } from './store.ts'

/** A proof that the event's person may take; `waiting`: no signed tree holds the event yet. */
export type EventProof = { readonly proof: string } | 'waiting' | undefined

/** @param eventId a uuid @returns undefined where it is no event of this person */
export async function proofOf(
  db: Database,
  personId: string,
  eventId: string,
): Promise<EventProof> {
  const session = readingSession(db)
  const event = await placeOfEvent(session, personId, eventId)
  if (event === undefined) return undefined
  const { logId, leafIndex } = event
  if (logId === null || leafIndex === null) return 'waiting'
  const proof = await proofAt(session, logId, leafIndex)
  return proof === undefined ? 'waiting' : { proof }
}

/** How long an event waits whose proof is not there yet: longer than the minute that was promised? */
export function howItWaits(eventId: string, now: Date): 'waiting' | 'late' {
  return isOverdue(timeOfId(eventId), now) ? 'late' : 'waiting'
}

/** Whether an event of this instant should be in a signed tree by now. */
export function isOverdue(recordedAt: Date, now: Date): boolean {
  return secondsAfter(recordedAt, mergeDelaySeconds) < now
}

/**
 * A proof of the entry at this index, of whichever person: it is no secret, since anybody can compute it from the tiles.
 * @param size of the signed tree; by default the newest. @returns undefined where no such tree holds the entry
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

/** in: in a signed tree, after the event before; waiting: in none yet; wrong: another entry stands there, out of order, or in no log. */
export type EventPlacement = 'in' | 'waiting' | 'wrong'

/** Where a person's entries stand, by their numbers, and when the newest tree that holds any of them was signed. */
export async function placesOf(
  db: Database,
  personId: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<{
  readonly places: ReadonlyMap<number, EventPlacement>
  readonly signedAt: Date | undefined
}> {
  const session = readingSession(db)
  const rows = await personPlaces(session, personId, Math.max(0, after - 1), limit + 1)
  const logs = [...new Set(rows.flatMap(({ place }) => place?.logId ?? []))]
  const signed = new Map(
    await Promise.all(logs.map(async (id) => [id, await lastCheckpoint(session, id)] as const)),
  )
  let last: PersonPlace['place'] = null
  const places = new Map<number, EventPlacement>()
  for (const row of rows) {
    const { place, personSeq } = row
    const isIn = place !== null && place.leafIndex < (signed.get(place.logId)?.treeSize ?? 0)
    const isWrong = placeFault(row, last ?? undefined) !== undefined
    places.set(personSeq, isWrong ? 'wrong' : isIn ? 'in' : 'waiting')
    last = place ?? last
  }
  const times = [...signed.values()].flatMap((tree) => tree?.signedAt.getTime() ?? [])
  return { places, signedAt: times.length === 0 ? undefined : new Date(Math.max(...times)) }
}
