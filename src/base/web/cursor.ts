import { timingSafeEqual } from 'node:crypto'
import { fromBase64url } from '../values/base64.ts'
import { formToken } from './forms.ts'
import type { Keys } from '../keys/keys.ts'
import { Problem } from '../values/refusal.ts'

type Signing = Pick<Keys, 'cookie'>

/** One page of a list. */
export type PageOfList<Place> = {
  /** The place of the last row of the page before; undefined: the list begins here. */
  readonly after: Place | undefined
  /** How many rows to read: one more than the page holds tells whether there is a next one. */
  readonly rows: number
  /** The rows that the page shows, and the cursor of the next one; null: it is the last. */
  cut<Row>(
    rows: readonly Row[],
    placeOf: (row: Row) => Place,
  ): { readonly shown: readonly Row[]; readonly next: string | null }
}

/**
 * Opens a page of a list. Its cursor is signed for one list of one reader: an edited one is refused before it reaches a query.
 * @param list the list and its reader. @throws Problem request.malformed for a cursor that was not written for this list
 */
export function openPage<Place extends string | Readonly<Record<string, string>>>(
  keys: Signing,
  list: string,
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
): PageOfList<Place> {
  return {
    after: cursor === undefined ? undefined : (JSON.parse(placeIn(keys, list, cursor)) as Place), // written below
    rows: limit + 1,
    cut(rows, placeOf) {
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      return {
        shown,
        next: last === undefined ? null : writeCursor(keys, list, JSON.stringify(placeOf(last))),
      }
    },
  }
}

function writeCursor(keys: Signing, list: string, place: string): string {
  const text = Buffer.from(place).toString('base64url')
  return `${text}.${formToken(keys, `page:${list}:${place}`)}`
}

function placeIn(keys: Signing, list: string, cursor: string): string {
  const place = fromBase64url(cursor.split('.', 1)[0] ?? '')?.toString() ?? ''
  const [given, expected] = [Buffer.from(cursor), Buffer.from(writeCursor(keys, list, place))]
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw new Problem('request.malformed', 400, 'cursor: not one of this list')
  return place
}
