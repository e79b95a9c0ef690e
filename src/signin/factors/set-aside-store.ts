import type { Database, Transaction } from '../../base/platform/database.ts'
import { findFactor } from './store.ts'
import type { SealedSecret } from './sealed.ts'
import { deleteBatch } from '../../base/platform/sweep.ts'

// A password or an application that a recovery replaced with another one (decision 0052). It still opens the access until the hold
// of the recovery is over, and is checked like one in use.

const tables = { password: 'passwords', totp: 'totp_factors' } as const
type Kind = keyof typeof tables

/**
 * Makes room for a new factor: the one in use is set aside until a moment. A factor that an earlier recovery added is not set aside,
 * only replaced.
 * @param added the factors of recoveries that are still held
 */
export async function makeWayFor(
  tx: Transaction,
  kind: Kind,
  { personId, added }: { readonly personId: string; readonly added: readonly string[] },
  until: Date,
): Promise<void> {
  const inUse = await findFactor(tx, kind, personId)
  if (inUse !== undefined && !added.includes(inUse.factorId))
    await setAside(tx, kind, personId, until)
}

async function setAside(tx: Transaction, kind: Kind, personId: string, until: Date): Promise<void> {
  await tx.raw(
    `with gone as (delete from ${tables[kind]} where person_id = ? returning *)
     insert into factors_set_aside (factor_id, person_id, kind, content, stands_until)
     select factor_id, person_id, ?, to_jsonb(gone), ? from gone`,
    [personId, kind, until],
  )
}

/** Keeps the factors that still stand for the hold of another recovery; it does not revive those whose hold is over. */
export async function lengthenSetAside(
  tx: Transaction,
  personId: string,
  until: Date,
  now: Date,
): Promise<void> {
  const aside = () => tx('factorsSetAside').where({ personId })
  await aside().where('standsUntil', '<=', now).delete()
  await aside().update({ standsUntil: until })
}

/** Undoes a recovery: the factors that it set aside are in use again, whole, in place of the factors that it made. */
export async function putBack(tx: Transaction, personId: string): Promise<void> {
  for (const [kind, table] of Object.entries(tables)) {
    await tx.raw(
      `with back as (delete from factors_set_aside where person_id = ? and kind = ? returning content)
       insert into ${table} select r.* from back, lateral jsonb_populate_record(null::${table}, content) r
       on conflict do nothing`,
      [personId, kind],
    )
  }
}

/** Confirms a recovery: the factors that it set aside open nothing any more. */
export async function dropSetAside(tx: Transaction, personId: string): Promise<void> {
  await tx('factorsSetAside').where({ personId }).delete()
}

/** The applications whose codes open the access now: the one in use, and one that a recovery has put aside. */
export async function standingTotps(
  tx: Transaction,
  personId: string,
  now: Date,
): Promise<(SealedSecret & { readonly isAside: boolean })[]> {
  const { rows } = await tx.raw<{ rows: (SealedSecret & { readonly isAside: boolean })[] }>(
    `with standing as (
       select t.*, false as is_aside from totp_factors t where person_id = :personId
       union all
       select t.*, true from factors_set_aside a, lateral jsonb_populate_record(null::totp_factors, a.content) t
       where a.person_id = :personId and a.kind = 'totp' and a.stands_until > :now
     )
     select person_id, factor_id, sealed, wrapped_key, kek_id, sealed_year, is_aside
     from standing where suspended_at is null`,
    { personId, now },
  )
  return rows
}

/** @returns false when a code of this step, or of a later one, was taken before */
export async function noteStepOfSetAside(
  tx: Transaction,
  factorId: string,
  step: number,
  now: Date,
): Promise<boolean> {
  const { rowCount } = await tx.raw<{ rowCount: number }>(
    `update factors_set_aside
     set content = content || jsonb_build_object('last_step', ?::bigint, 'last_used_at', ?::timestamptz)
     where factor_id = ? and stands_until > ? and (content->>'last_step')::bigint < ?
       and content->>'suspended_at' is null`,
    [step, now, factorId, now, step],
  )
  return rowCount === 1
}

export function sweepSetAside(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'factors_set_aside', 'stands_until', before)
}
