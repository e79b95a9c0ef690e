import type { Database, Transaction } from '../../base/platform/database.ts'
import { bytea } from '../../base/platform/row-names.ts'
import type { RowSeals } from '../../base/platform/row-seal.ts'
import type { ListedWays, WaysOf } from '../../people/accounts/index.ts'
import { addWays, dropWays, isListed, wayAside, wayOf } from '../../people/accounts/index.ts'
import type { AsideOf, Stepped, TotpRow } from './seal.ts'
import { asideSeal, holdsAside, holdsTotp, wayByFactor } from './seal.ts'
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
  { until, now }: { readonly until: Date; readonly now: Date },
): Promise<void> {
  const inUse = await findFactor(tx, seals, kind, personId)
  if (inUse === undefined || inUse.isUntrusted || added.includes(inUse.factorId)) return
  const { factorId, suspendedAt } = inUse
  const aside = { personId, factorId, kind, standsUntil: until }
  const replacing = [wayOf(kind, factorId)]
  // A suspended factor opens nothing there either.
  if (suspendedAt === null)
    await addWays(tx, seals, personId, { add: [wayAside(factorId, until)], replacing }, now)
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
  const standing: (Aside & ListedWays & { readonly seal: Buffer | null })[] = await tx(
    'factorsSetAside',
  )
    .leftJoin('waysListed', 'waysListed.personId', 'factorsSetAside.personId')
    .select('factorsSetAside.personId', 'factorId', 'kind', 'standsUntil', 'seal')
    .select('ways', 'waysSeal')
    .where('factorsSetAside.personId', personId)
    .limit(mostAside)
  for (const row of standing) {
    const { factorId, standsUntil } = row
    const way = wayAside(factorId, standsUntil)
    if (!seals.holds(asideSeal, row, row.seal) || !isListed(seals, personId, row, way)) continue
    const longer = { ...row, standsUntil: until }
    const seal = seals.seal(asideSeal, longer)
    await addWays(tx, seals, personId, { add: [wayAside(factorId, until)], replacing: [way] }, now)
    await aside().where({ factorId }).update({ standsUntil: until, seal })
  }
}

/**
 * Undoes a recovery: the factors that it set aside are in use again, whole, in place of the factors that it made. A row that is not as
 * this broker wrote it bears no seal that fits, there as here.
 */
export async function putBack(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  now: Date,
): Promise<void> {
  for (const kind of ['password', 'totp'] as const) {
    const { rows } = await tx.raw<{ rows: Kept[] }>(
      `delete from factors_set_aside a using (
         select f.factor_id, w.ways, w.ways_seal from factors_set_aside f left join ways_listed w using (person_id)
         where person_id = ? and f.kind = ?) b
       where a.factor_id = b.factor_id
       returning a.person_id, a.factor_id, a.kind, a.stands_until, a.seal, a.content, b.ways, b.ways_seal`,
      [personId, kind],
    )
    for (const row of rows)
      if (seals.holds(asideSeal, row, row.seal)) await restore(tx, seals, row, now)
  }
  await dropSetAside(tx, seals, personId)
}

type Kept = Aside &
  ListedWays & {
    readonly seal: Buffer | null
    readonly content: Readonly<Record<string, unknown>>
  }

// A row that was not listed, because it was suspended, or because somebody put it here, is not listed there either.
async function restore(tx: Transaction, seals: RowSeals, row: Kept, now: Date): Promise<void> {
  const { personId, factorId, kind, standsUntil } = row
  const table = tables[kind]
  const restored = await tx.raw<{ rows: object[] }>(
    `insert into ${table} select r.* from jsonb_populate_record(null::${table}, ?::jsonb) r on conflict do nothing returning 1`,
    [JSON.stringify(row.content)],
  )
  const isHers = isListed(seals, personId, row, wayAside(factorId, standsUntil))
  if (restored.rows.length === 1 && isHers)
    await addWays(tx, seals, personId, { add: [wayOf(kind, factorId)] }, now)
}

/** Confirms a recovery: the factors that it set aside open nothing any more. */
export async function dropSetAside(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
): Promise<void> {
  await dropWays(tx, seals, personId, ['aside'])
  await tx('factorsSetAside').where({ personId }).delete()
}

/** The factors of these people that a recovery has set aside. */
export const waysAside: WaysOf = async (tx, seals, people) => {
  const rows: Kept[] = await tx('factorsSetAside').whereIn('personId', [...people])
  return rows
    .filter((row) => seals.holds(asideSeal, row, row.seal) && row.content['suspended_at'] === null)
    .map(({ personId, factorId, standsUntil }) => ({
      personId,
      way: wayAside(factorId, standsUntil),
    }))
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
  const { rows } = await tx.raw<{ rows: (TotpRow & AsideOf & ListedWays)[] }>(
    `select standing.*, w.ways, w.ways_seal from (
       select t.*, null::timestamptz as stands_until, null::bytea as aside_seal from totp_factors t where person_id = :personId
       union all
       select t.*, a.stands_until, a.seal from factors_set_aside a, lateral jsonb_populate_record(null::totp_factors, a.content) t
       where a.person_id = :personId and a.kind = 'totp' and a.stands_until > :now and t.factor_id = a.factor_id
     ) standing left join ways_listed w on w.person_id = :personId where suspended_at is null`,
    { personId, now },
  )
  return rows.map((row) => {
    const isTrue = holdsTotp(seals, row) && holdsAside(seals, 'totp', row)
    const stands = isListed(seals, personId, row, wayByFactor('totp', row))
    return { ...row, isUntrusted: !isTrue || !stands || row.personId !== personId }
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
