import { timingSafeEqual } from 'node:crypto'
import { fromBase64url } from '../platform/base64.ts'
import { formToken } from './forms.ts'
import type { Keys } from '../platform/keys.ts'
import { Problem } from '../platform/refusal.ts'

/**
 * Writes the cursor of a list: where its next page begins. The cursor is signed for one list of one reader: an edited cursor is
 * refused before it reaches a query.
 */
export function writeCursor(keys: Keys, list: string, place: string): string {
  const text = Buffer.from(place).toString('base64url')
  return `${text}.${formToken(keys, `cursor:${list}:${place}`)}`
}

/** @throws Problem request.malformed for a cursor that was not written for this list */
export function readCursor(
  keys: Keys,
  list: string,
  cursor: string | undefined,
): string | undefined {
  if (cursor === undefined) return undefined
  const place = fromBase64url(cursor.split('.', 1)[0] ?? '')?.toString() ?? ''
  const [given, expected] = [Buffer.from(cursor), Buffer.from(writeCursor(keys, list, place))]
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw new Problem('request.malformed', 400, 'cursor: not one of this list')
  return place
}
