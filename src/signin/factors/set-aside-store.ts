import type { Database, Transaction } from '../../base/platform/database.ts'
import { bytea } from '../../base/platform/row-names.ts'
import type { RowSeals } from '../../base/platform/row-seal.ts'
import type { AsideOf, Stepped, TotpRow } from './seal.ts'
import { asideSeal, holdsAside, holdsTotp } from './seal.ts'
import { findFactor } from './store.ts'
import { deleteBatch } from '../../base/platform/sweep.ts'

// A password or an application that a recovery replaced with another one (decision 0052). It still opens the access until the hold
// of the recovery is over, and is checked like one in use.

// A recovery sets aside one of each kind at most, and another within its hold none beside them.
const mostAside = 20
const tables = { password: 'passwords', totp: 'totp_factors' } as const
type Kind = keyof typeof tables

/**
 * Makes room for a new factor: the one in use is set aside until a moment. A factor that an earlier recovery added is not set aside,
 * only replaced.
 * @param added the factors of recoveries that are still held
 */
export async function makeWayFor(
  tx: Transaction,
  seals: RowSeals,
  kind: Kind,
  { personId, added }: { readonly personId: string; readonly added: readonly string[] },
  until: Date,
): Promise<void> {
  const inUse = await findFactor(tx, seals, kind, personId)
  if (inUse === undefined || inUse.isUntrusted || added.includes(inUse.factorId)) return
  const aside = { personId, factorId: inUse.factorId, kind, standsUntil: until }
  await setAside(tx, aside, seals.seal(asideSeal, aside))
}

type Aside = {
  readonly personId: string
  readonly factorId: string
  readonly kind: Kind
  readonly standsUntil: Date
}

async function setAside(
  tx: Transaction,
  { personId, factorId, kind, standsUntil }: Aside,
  seal: Buffer,
): Promise<void> {
  await tx.raw(
    `with gone as (delete from ${tables[kind]} where person_id = ? and factor_id = ? returning *)
     insert into factors_set_aside (factor_id, person_id, kind, content, stands_until, seal)
     select factor_id, person_id, ?, to_jsonb(gone), ?, ? from gone`,
    [personId, factorId, kind, standsUntil, seal],
  )
}

/** Keeps the factors that still stand for the hold of another recovery; it does not revive those whose hold is over. */
export async function lengthenSetAside(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  until: Date,
  now: Date,
): Promise<void> {
  const aside = () => tx('factorsSetAside').where({ personId })
  await aside().where('standsUntil', '<=', now).delete()
  const standing: (Aside & { readonly seal: Buffer | null })[] = await aside()
    .select('personId', 'factorId', 'kind', 'standsUntil', 'seal')
    .limit(mostAside)
  for (const row of standing) {
    if (!seals.holds(asideSeal, row, row.seal)) continue
    const longer = { ...row, standsUntil: until }
    const seal = seals.seal(asideSeal, longer)
    await aside().where({ factorId: row.factorId }).update({ standsUntil: until, seal })
  }
}

/**
 * Undoes a recovery: the factors that it set aside are in use again, whole, in place of the factors that it made. A row that is not as
 * this broker wrote it bears no seal that fits, there as here.
 */
export async function putBack(tx: Transaction, seals: RowSeals, personId: string): Promise<void> {
  for (const [kind, table] of Object.entries(tables)) {
    const { rows } = await tx.raw<{ rows: (Aside & { readonly seal: Buffer | null })[] }>(
      `delete from factors_set_aside where person_id = ? and kind = ?
       returning person_id, factor_id, kind, stands_until, seal, content`,
      [personId, kind],
    )
    for (const row of rows) if (seals.holds(asideSeal, row, row.seal)) await restore(tx, table, row)
  }
}

async function restore(tx: Transaction, table: string, row: object): Promise<void> {
  const content = 'content' in row ? JSON.stringify(row.content) : '{}'
  await tx.raw(
    `insert into ${table} select r.* from jsonb_populate_record(null::${table}, ?::jsonb) r on conflict do nothing`,
    [content],
  )
}

/** Confirms a recovery: the factors that it set aside open nothing any more. */
export async function dropSetAside(tx: Transaction, personId: string): Promise<void> {
  await tx('factorsSetAside').where({ personId }).delete()
}

/** An application whose codes open the access now. */
export type StandingTotp = TotpRow &
  AsideOf & {
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
  const { rows } = await tx.raw<{ rows: (TotpRow & AsideOf)[] }>(
    `select * from (
       select t.*, null::timestamptz as stands_until, null::bytea as aside_seal from totp_factors t where person_id = :personId
       union all
       select t.*, a.stands_until, a.seal from factors_set_aside a, lateral jsonb_populate_record(null::totp_factors, a.content) t
       where a.person_id = :personId and a.kind = 'totp' and a.stands_until > :now and t.factor_id = a.factor_id
     ) standing where suspended_at is null`,
    { personId, now },
  )
  return rows.map((row) => {
    const isTrue = holdsTotp(seals, row) && holdsAside(seals, 'totp', row)
    return { ...row, isUntrusted: !isTrue || row.personId !== personId }
  })
}

/** @returns false as `noteStep` */
export async function noteStepOfSetAside(
  tx: Transaction,
  { factorId, lastStep, before, seal }: Stepped,
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
