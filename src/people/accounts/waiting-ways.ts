import type { Database, Transaction } from '../../base/database/database.ts'
import { present } from '../../base/values/present.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { WaitingWay, Waits, Way, WayKind } from './ways.ts'
import { isAmong, isOver, trustedWays, parseWaitingWays, wayWaiting } from './ways.ts'
import { addWays, listedWays } from './ways-store.ts'

// Whoever has one way in could shut its owner out in a second, by taking the others away. So nothing is taken away at once: it waits, for
// 72 hours it opens what it opened, and what it opens is held. That a way waits, until when and why, is said by the list of ways in.

/** So many sets of codes, passwords, applications or addresses of one person wait at most, of each kind. */
export const maxWaitingWays = 5

/** The ways of a person that wait, also those that are over and not yet taken away. A list that somebody changed names none. */
export async function allWaitingWays(
  db: Database | Transaction,
  seals: RowSeals,
  personId: string,
): Promise<readonly WaitingWay[]> {
  return parseWaitingWays(trustedWays(seals, personId, await listedWays(db, personId)) ?? [])
}

/** The names of her ways of one kind, those that wait too. */
export async function waysOfKind(
  db: Database | Transaction,
  seals: RowSeals,
  personId: string,
  kind: WayKind,
): Promise<readonly string[]> {
  const ways = trustedWays(seals, personId, await listedWays(db, personId)) ?? []
  return ways
    .filter((way) => isAmong(way, [kind]))
    .map((way) => present(way.split(' ')[1], 'a name'))
}

/** The ways of a person that wait now. */
export async function waitingWays(
  db: Database | Transaction,
  seals: RowSeals,
  personId: string,
  now: Date,
): Promise<readonly WaitingWay[]> {
  return (await allWaitingWays(db, seals, personId)).filter((one) => !isOver(one, now))
}

/** Lets ways that are listed wait, in place of a wait that they had. Under the account's lock. */
export async function letWait(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  ways: readonly Way[],
  waits: Omit<Waits, 'until'>,
): Promise<void> {
  const listed = trustedWays(seals, personId, await listedWays(tx, personId)) ?? []
  const these = ways.filter((way) => listed.some((one) => isAmong(one, [way])))
  if (these.length === 0) return
  const add = these.map((way) => wayWaiting(way, waits))
  await addWays(tx, seals, personId, { add, replacing: these }, waits.since)
}

/** A way that waited stands again. */
export async function letStand(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  { kind, name }: Pick<WaitingWay, 'kind' | 'name'>,
  now: Date,
): Promise<void> {
  const way: Way = `${kind} ${name}`
  await addWays(tx, seals, personId, { add: [way], replacing: [way] }, now)
}
