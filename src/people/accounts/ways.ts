import type { RowSeals } from '../../base/platform/row-seal.ts'
import { sealedRow } from '../../base/platform/row-seal.ts'

// Each row of a way in bears a seal, and so does an older row of it. So the ways that stand are listed beside their person, under one
// seal, which each deed that adds or takes away a way makes anew: a row that is put back is not listed, and opens nothing.

export const listSeal = sealedRow('ways in', 1, { personId: 'uuid', ways: 'texts' })

/** How long an older factor may undo a recovery. */
export const holdSeconds = 72 * 3600

/** What opens an access, or holds it, or where its person is written to. */
export type WayKind =
  | 'key'
  | 'password'
  | 'totp'
  | 'identity'
  | 'aside'
  | 'codes'
  | 'counter-code'
  | 'contact'
  | 'hold'
  | 'block'

/** The name of a way in a list. Whatever must not be put back is a part of it. */
export type Way = `${WayKind} ${string}`

/** The list as it is read beside a row of a way in; null where there is none. */
export type ListedWays = {
  readonly ways: readonly string[] | null
  readonly waysSeal: Buffer | null
}

export function wayOf(kind: Exclude<WayKind, 'hold' | 'aside'>, name: string | Date): Way {
  return `${kind} ${name instanceof Date ? name.toISOString() : name}`
}

/** A factor that a recovery has set aside stands until then. */
export function wayAside(factorId: string, until: Date): Way {
  return `aside ${factorId} ${until.toISOString()}`
}

/** With how many factors the recovery has added: an older row of the same hold knew fewer. */
export function wayHeld({
  until,
  added,
}: {
  readonly until: Date
  readonly added: readonly string[]
}): Way {
  return `hold ${until.toISOString()} ${added.length}`
}

/** Until when the access is held, as the list says it. */
export function heldUntil(ways: readonly string[]): Date | undefined {
  const until = ways.find((way) => isAmong(way, ['hold']))?.split(' ')[1]
  return until === undefined ? undefined : new Date(until)
}

/** Whether a way is one of these, or of one of these kinds. */
export function isAmong(way: string, these: readonly (Way | WayKind)[]): boolean {
  return these.some((one) => way === one || way.startsWith(`${one} `))
}

export function sealOfWays(seals: RowSeals, personId: string, ways: readonly string[]): Buffer {
  return seals.seal(listSeal, { personId, ways })
}

/** The ways of a list; undefined: it is not as this broker wrote it, and none of them stands. */
export function trustedWays(
  seals: RowSeals,
  personId: string,
  { ways, waysSeal }: ListedWays,
): readonly string[] | undefined {
  return ways !== null && seals.holds(listSeal, { personId, ways }, waysSeal) ? ways : undefined
}

/** Whether the list of this person names a way. */
export function isListed(seals: RowSeals, personId: string, listed: ListedWays, way: Way): boolean {
  return trustedWays(seals, personId, listed)?.includes(way) === true
}
