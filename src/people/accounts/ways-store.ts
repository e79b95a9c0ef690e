import { secondsAfter } from '../../base/values/clock.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import type { FirstSeals } from '../../base/sealing/first-seals.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { ListedWays, Way, WayKind } from './ways.ts'
import { firstEnd, holdSeconds, isAmong, sealOfWays, trustedWays, wayHeld } from './ways.ts'

// The list of a person's ways in. Its row is written under the lock of her account, which comes before the locks of the ways themselves.

const batch = 500
const maxBatches = 10_000

type Change = {
  readonly add: readonly Way[]
  /** What the new ones replace. */
  readonly replacing?: readonly (Way | WayKind)[]
}

/**
 * Lists a new way. A list that somebody changed begins anew with this way alone: the others open nothing any more. Nobody knows whether
 * such an access was held, so it is held from now on.
 */
export async function addWays(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  { add, replacing = [] }: Change,
  now: Date,
): Promise<void> {
  const listed = await lockWays(tx, personId)
  if (listed === undefined) return
  const before = trustedWays(seals, personId, listed) ?? [heldAnew(now)]
  const kept = before.filter((way) => !isAmong(way, [...replacing, ...add]))
  await putWays(tx, seals, personId, [...kept, ...add])
}

function heldAnew(now: Date): Way {
  return wayHeld({ until: secondsAfter(now, holdSeconds), added: [] })
}

/** Takes ways off the list. A list that somebody changed gets no seal by that. */
export async function dropWays(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  gone: readonly (Way | WayKind)[],
): Promise<void> {
  const listed = await lockWays(tx, personId)
  const before = (listed && trustedWays(seals, personId, listed)) ?? []
  const left = before.filter((way) => !isAmong(way, gone))
  if (left.length < before.length) await putWays(tx, seals, personId, left)
}

/** Undefined: there is no such account. The list is read once the account is locked: by one statement it might be that of before. */
async function lockWays(tx: Transaction, personId: string): Promise<ListedWays | undefined> {
  const { rows: accounts } = await tx.raw<{ rows: object[] }>(
    'select 1 from accounts where person_id = ? for no key update',
    [personId],
  )
  if (accounts.length === 0) return undefined
  return listedWays(tx, personId)
}

export async function listedWays(
  db: Database | Transaction,
  personId: string,
): Promise<ListedWays> {
  const { rows } = await db.raw<{ rows: ListedWays[] }>(
    'select ways, ways_seal from ways_listed where person_id = ?',
    [personId],
  )
  return rows[0] ?? { ways: null, waysSeal: null }
}

export async function putWays(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  ways: readonly string[],
): Promise<void> {
  // When the job of ended ways looks: what opens is said by the list alone, which the seal covers.
  const endsAt = firstEnd(ways)
  const row = { personId, ways: [...ways], endsAt, seal: sealOfWays(seals, personId, ways) }
  await tx('waysIn').insert(row).onConflict('personId').merge()
}

/** Some people of whom a way in waited, and whose time is over: those who wait longest first. */
export async function peopleWithEnded(
  db: Database,
  now: Date,
  limit: number,
): Promise<readonly string[]> {
  const rows: { personId: string }[] = await db('waysIn')
    .select('personId')
    .where('endsAt', '<=', now)
    .orderBy('endsAt')
    .limit(limit)
  return rows.map(({ personId }) => personId)
}

/** The ways of these people by the rows of one room, each as this broker wrote it. */
export type WaysOf = (
  tx: Transaction,
  seals: RowSeals,
  people: readonly string[],
) => Promise<readonly WayOfPerson[]>

type WayOfPerson = { readonly personId: string; readonly way: Way }

/** Lists of before the lists, as `accord seals first` makes them: of rows whose own seals fit. They come after those seals. */
export function firstWays(rooms: readonly WaysOf[]): FirstSeals {
  return {
    table: 'ways_in',
    async sealAll(tx, seals) {
      let sealed = 0
      for (let n = 0; n < maxBatches; n++) {
        const { rows } = await tx.raw<{ rows: { personId: string }[] }>(
          `select a.person_id from accounts a left join ways_in w using (person_id) where w.seal is null limit ?`,
          [batch],
        )
        await listAll(
          tx,
          seals,
          rooms,
          rows.map(({ personId }) => personId),
        )
        sealed += rows.length
        if (rows.length < batch) break
      }
      return sealed
    },
  }
}

async function listAll(
  tx: Transaction,
  seals: RowSeals,
  rooms: readonly WaysOf[],
  people: readonly string[],
): Promise<void> {
  const found: WayOfPerson[] = []
  for (const room of rooms) found.push(...(await room(tx, seals, people)))
  for (const personId of people) {
    const hers = found.filter((one) => one.personId === personId).map(({ way }) => way)
    await putWays(tx, seals, personId, [...new Set(hers)])
  }
}
