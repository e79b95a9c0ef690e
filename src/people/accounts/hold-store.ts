import type { Database, Transaction } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { bytesOfJson } from '../../base/database/column-names.ts'
import { deleteBatch } from '../../base/database/sweep.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { holdTable } from './contact-seal.ts'
import type { ListedWays, WaitingWay } from './ways.ts'
import { holdEndsAt, holdSeconds, trustedWays, parseWaitingWays, wayHeld } from './ways.ts'
import type { WaysOf } from './ways-store.ts'
import { addWays, dropWays } from './ways-store.ts'

export type Hold = {
  readonly since: Date
  readonly until: Date
  /** The factors that the recovery and its sessions have added. */
  readonly added: readonly string[]
  /** Its row is not as this broker wrote it, or is not there: the access is held, and everybody is of the recovery. */
  readonly isUntrusted: boolean
}

type HoldRow = Omit<Hold, 'isUntrusted'>
/** The row of a hold and the list of the ways, as they were read beside a person; null where there is none. */
export type HoldSeen = ListedWays & { readonly [Name in keyof HoldRow]: HoldRow[Name] | null } & {
  readonly seal: Buffer | null
}

/** The hold of an access, as the list of its ways says that there is one. */
export async function holdOf(
  db: Database | Transaction,
  seals: RowSeals,
  personId: string,
  now: Date,
): Promise<Hold | undefined> {
  const found = await readHold(db, personId)
  return found === undefined ? undefined : holdIn(seals, personId, found, now)
}

/** The row of a hold and the list of the ways of an access; undefined: there is no such access. */
export async function readHold(
  db: Database | Transaction,
  personId: string,
): Promise<HoldSeen | undefined> {
  return db('holdsSeen')
    .select('since', 'until', 'added', 'seal', 'ways', 'waysSeal')
    .where({ personId })
    .first()
}

/** What the list of ways in says of an access: its hold, and what waits, also what is over and not yet taken away. */
export type HeldAccess = {
  readonly hold: Hold | undefined
  readonly waiting: readonly WaitingWay[]
  readonly ways: readonly string[]
}

export async function holdAndWaiting(
  db: Database | Transaction,
  seals: RowSeals,
  personId: string,
  now: Date,
): Promise<HeldAccess> {
  const found = await readHold(db, personId)
  if (found === undefined) return { hold: undefined, waiting: [], ways: [] }
  const ways = trustedWays(seals, personId, found) ?? []
  return { hold: holdIn(seals, personId, found, now), waiting: parseWaitingWays(ways), ways }
}

/** The hold that these rows tell of. */
export function holdIn(
  seals: RowSeals,
  personId: string,
  found: HoldSeen,
  now: Date,
): Hold | undefined {
  const ways = trustedWays(seals, personId, found)
  // Without a list that is believed nobody knows whether there is a hold.
  const until = ways === undefined ? secondsAfter(now, holdSeconds) : holdEndsAt(ways)
  if (until === undefined || until <= now) return undefined
  return (ways && trueHold(seals, personId, found, ways)) ?? unknownHold(until)
}

type Json = Readonly<Record<string, unknown>>

/** A row of the view `holds_seen`, as JSON. */
export function holdFromJson(json: Json): HoldSeen {
  const text = (name: string) => json[name] as string | null // as PostgreSQL writes the column
  const at = (name: string) => instant(text(name))
  const bytes = (name: string) => bytesIn(text(name))
  return {
    since: at('since'),
    until: at('until'),
    added: json['added'] as HoldSeen['added'],
    seal: bytes('seal'),
    ways: json['ways'] as HoldSeen['ways'],
    waysSeal: bytes('ways_seal'),
  }
}

function instant(text: string | null): Date | null {
  return text === null ? null : new Date(text)
}

function bytesIn(text: string | null): Buffer | null {
  return text === null ? null : bytesOfJson(text)
}

function trueHold(
  seals: RowSeals,
  personId: string,
  { since, until, added, seal }: HoldSeen,
  ways: readonly string[],
): Hold | undefined {
  if (since === null || until === null || added === null) return undefined
  const hold = { since, until, added }
  const isTrue = seals.holds(holdTable, { personId, ...hold }, seal) && ways.includes(wayHeld(hold))
  return isTrue ? { ...hold, isUntrusted: false } : undefined
}

function unknownHold(until: Date): Hold {
  return { since: secondsAfter(until, -holdSeconds), until, added: [], isUntrusted: true }
}

/** Writes the hold of a recovery, in place of an earlier one. */
export async function putHold(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  { since, until, added }: HoldRow,
  now: Date,
): Promise<void> {
  const row = { personId, since, until, added: [...added] }
  await addWays(tx, seals, personId, { add: [wayHeld(row)], replacing: ['hold'] }, now)
  await tx('recoveryHolds')
    .insert({ ...row, seal: seals.seal(holdTable, row) })
    .onConflict('personId')
    .merge()
}

export async function deleteHold(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
): Promise<void> {
  await dropWays(tx, seals, personId, ['hold'])
  await tx('recoveryHolds').where({ personId }).delete()
}

export const waysHeld: WaysOf = async (tx, seals, people) => {
  const rows: (HoldRow & { readonly personId: string; readonly seal: Buffer | null })[] = await tx(
    'recoveryHolds',
  )
    .select('personId', 'since', 'until', 'added', 'seal')
    .whereIn('personId', [...people])
  return rows
    .filter((row) => seals.holds(holdTable, row, row.seal))
    .map((row) => ({ personId: row.personId, way: wayHeld(row) }))
}

export function sweepHolds(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'recovery_holds', 'until', before)
}
