import { secondsAfter } from '../../base/values/clock.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { bytea } from '../../base/database/column-names.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { ListedWays, WaysOf } from '../../people/accounts/index.ts'
import {
  dropWays,
  allWaitingWays,
  holdSeconds,
  isOver,
  letWait,
  wayListing,
  maxWaitingWays,
  opensNow,
  waitingWays,
  wayOf,
  wayWaiting,
} from '../../people/accounts/index.ts'
import type { SetAsideMark, TotpStep, TotpRow } from './seal.ts'
import { asideTable, holdsAside, holdsTotp } from './seal.ts'
import { findFactor, toldOfFactor } from './store.ts'
import { deleteBatch } from '../../base/database/sweep.ts'

// A password or an application that was replaced with another one: by a recovery (decision 0052), or in « Mon accès » (decision 0177). It
// still opens the access until its wait is over, as the list of ways in says, and is checked like one in use.

export const asideTables = { password: 'passwords', totp: 'totp_factors' } as const
type Kind = keyof typeof asideTables

type Replacing = {
  readonly personId: string
  /** The factors of recoveries that are still held: these are replaced at once. */
  readonly added: readonly string[]
  readonly because: 'recovered' | 'replaced'
  /** The ways in that made the session which replaces it. */
  readonly by: readonly string[]
}

/**
 * Makes room for a new factor: the one in use is set aside until its wait is over. One that waits already goes on waiting as before.
 * @throws Refusal way.too-many-waiting (409)
 */
export async function makeWayFor(
  tx: Transaction,
  seals: RowSeals,
  kind: Kind,
  { personId, added, because, by }: Replacing,
  now: Date,
): Promise<void> {
  const inUse = await findFactor(tx, seals, kind, personId)
  if (inUse === undefined || inUse.isUntrusted || added.includes(inUse.factorId)) return
  const { factorId, suspendedAt, waits } = inUse
  if (waits !== undefined && isOver(waits, now)) return
  const waiting = await waitingWays(tx, seals, personId, now)
  if (waiting.filter((one) => one.kind === kind).length >= maxWaitingWays)
    throw new Refusal('way.too-many-waiting', 409, { nextHref: '/acces' })
  // A suspended factor opens nothing there either.
  if (suspendedAt === null && waits === undefined)
    await letWait(tx, seals, personId, [wayOf(kind, factorId)], { since: now, because, by })
  const standsUntil =
    waits === undefined ? secondsAfter(now, holdSeconds) : (waits.until ?? openEnd)
  const aside = { personId, factorId, kind, standsUntil }
  await setAside(tx, aside, seals.seal(asideTable, aside))
}

/** What is disputed has no end that is known: the list of ways in says when it ends. */
const openEnd = new Date('9999-01-01T00:00:00Z')

export type SetAsideFactor = {
  readonly personId: string
  readonly factorId: string
  readonly kind: Kind
  readonly standsUntil: Date
}

async function setAside(
  tx: Transaction,
  { personId, factorId, kind, standsUntil }: SetAsideFactor,
  seal: Buffer,
): Promise<void> {
  await tx.raw(
    `with gone as (delete from ${asideTables[kind]} where person_id = ? and factor_id = ? returning *)
     insert into factors_set_aside (factor_id, person_id, kind, content, stands_until, seal)
     select factor_id, person_id, ?, to_jsonb(gone), ?, ? from gone
     returning ?`,
    [personId, factorId, kind, standsUntil, seal, toldOfFactor(tx, kind, 'delete')],
  )
}

/** Lets the factors that recoveries set aside wait for the hold of another one; it does not revive those whose wait is over. */
export async function lengthenSetAside(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  now: Date,
): Promise<void> {
  for (const { kind, name, because, by } of await waitingWays(tx, seals, personId, now)) {
    if (because !== 'recovered' || (kind !== 'password' && kind !== 'totp')) continue
    await letWait(tx, seals, personId, [wayOf(kind, name)], { since: now, because, by })
  }
  await followWaits(tx, seals, personId)
}

/** A factor that was set aside waits until then: its row follows the list of ways in. */
async function putEnd(tx: Transaction, seals: RowSeals, aside: SetAsideFactor): Promise<void> {
  const { personId, factorId, standsUntil } = aside
  const seal = seals.seal(asideTable, aside)
  await tx('factorsSetAside').where({ personId, factorId }).update({ standsUntil, seal })
}

/** The rows of factors that were set aside stay as long as the list of ways in says. After each change of what it says. */
export async function followWaits(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
): Promise<void> {
  const listed = await allWaitingWays(tx, seals, personId)
  const rows: SealedSetAsideFactor[] = await tx('factorsSetAside').where({ personId })
  for (const row of rows) {
    const waits = listed.find(({ name }) => name === row.factorId)
    const standsUntil = waits?.until ?? openEnd
    if (waits === undefined || +row.standsUntil === +standsUntil) continue
    if (seals.holds(asideTable, row, row.seal)) await putEnd(tx, seals, { ...row, standsUntil })
  }
}

/** Factors that were set aside, by their ids. */
export async function deleteSetAside(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  factorIds: readonly string[],
): Promise<void> {
  const rows: { factorId: string; kind: string }[] = await tx('factorsSetAside')
    .where({ personId })
    .whereIn('factorId', [...factorIds])
    .delete()
    .returning(['factorId', 'kind'])
  const gone = rows.map(({ factorId, kind }) => wayOf(kind as Kind, factorId)) // the table has no others
  await dropWays(tx, seals, personId, gone)
}

export type SealedSetAsideFactor = SetAsideFactor & {
  readonly seal: Buffer | null
  readonly content: Readonly<Record<string, unknown>>
}

/** Confirms a recovery: the factors that it set aside open nothing any more. What she replaced herself goes on waiting. */
export async function dropSetAside(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
): Promise<void> {
  const listed = await allWaitingWays(tx, seals, personId)
  const rows: SetAsideFactor[] = await tx('factorsSetAside')
    .select('personId', 'factorId', 'kind', 'standsUntil')
    .where({ personId })
  const gone = rows.filter(({ factorId }) => {
    const waits = listed.find(({ name }) => name === factorId)
    return waits === undefined || waits.because === 'recovered'
  })
  const ids = gone.map(({ factorId }) => factorId)
  await deleteSetAside(tx, seals, personId, ids)
}

/** The factors of these people that were set aside. */
export const waysSetAside: WaysOf = async (tx, seals, people) => {
  const rows: SealedSetAsideFactor[] = await tx('factorsSetAside').whereIn('personId', [...people])
  return rows
    .filter((row) => seals.holds(asideTable, row, row.seal) && row.content['suspended_at'] === null)
    .map(({ personId, factorId, kind, standsUntil }) => {
      const since = secondsAfter(standsUntil, -holdSeconds)
      const way = wayWaiting(wayOf(kind, factorId), { since, because: 'recovered', by: [] })
      return { personId, way }
    })
}

/** An application whose codes open the access now. */
export type StandingTotp = TotpRow &
  SetAsideMark & {
    /** Its row, or the one that sets it aside, is not as this broker wrote it, or is another person's. */
    readonly isUntrusted: boolean
  }

/** The application in use, and one that a recovery has put aside. */
export async function standingTotps(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  now: Date,
): Promise<StandingTotp[]> {
  const { rows } = await tx.raw<{ rows: (TotpRow & SetAsideMark & ListedWays)[] }>(
    `select standing.*, w.ways, w.ways_seal from (
       select t.*, null::timestamptz as stands_until, null::bytea as aside_seal from totp_factors t where person_id = :personId
       union all
       select t.*, a.stands_until, a.seal from factors_set_aside a, lateral jsonb_populate_record(null::totp_factors, a.content) t
       where a.person_id = :personId and a.kind = 'totp' and a.stands_until > :now and t.factor_id = a.factor_id
     ) standing left join ways_listed w on w.person_id = :personId where suspended_at is null`,
    { personId, now },
  )
  return rows.flatMap((row) => {
    const listed = wayListing(seals, personId, row, wayOf('totp', row.factorId))
    // A factor that was taken away is left out once its wait is over.
    if (listed !== undefined && !opensNow(listed, now)) return []
    const isTrue = holdsTotp(seals, row) && holdsAside(seals, 'totp', row)
    return [{ ...row, isUntrusted: !isTrue || listed === undefined || row.personId !== personId }]
  })
}

/** @returns false as `noteStep` */
export async function noteStepOfSetAside(
  tx: Transaction,
  { factorId, lastStep, before, seal }: TotpStep,
  now: Date,
): Promise<boolean> {
  const { rowCount } = await tx.raw<{ rowCount: number }>(
    `update factors_set_aside
     set content = content || jsonb_build_object('last_step', :step::bigint, 'last_used_at', :now::timestamptz, 'seal', :seal::bytea)
     where factor_id = :factorId and stands_until > :now and (content->>'last_step')::bigint < :step
       and content->>'seal' = :before and content->>'suspended_at' is null`,
    { step: lastStep, now, seal, factorId, before: before && bytea(before) },
  )
  return rowCount === 1
}

export function sweepSetAside(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'factors_set_aside', 'stands_until', before)
}
