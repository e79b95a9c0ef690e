import type { Transaction } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { letStand, letWait, waitingWays, wayOf } from '../../people/accounts/index.ts'
import { asideTable } from './seal.ts'
import type { SetAsideFactor, SealedSetAsideFactor } from './set-aside-store.ts'
import { asideTables, dropSetAside, makeWayFor } from './set-aside-store.ts'
import { toldOfFactor } from './store.ts'

// Factors that were set aside come back into use.

/** Undoes a recovery: the factors that it set aside are in use again, in place of the factors that it made. */
export async function restoreFactors(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  now: Date,
): Promise<void> {
  const rows: SealedSetAsideFactor[] = await tx('factorsSetAside').where({ personId })
  const listed = await waitingWays(tx, seals, personId, now)
  for (const { factorId, kind } of rows) {
    const waits = listed.find(({ name }) => name === factorId)
    // A suspended one is not listed, and was set aside by a recovery too.
    if (waits === undefined || waits.because === 'recovered')
      await putFactorBack(tx, seals, { personId, factorId, kind }, now)
  }
  await dropSetAside(tx, seals, personId)
}

/**
 * A factor that was set aside is in use again, whole; nothing of its kind may be in use. A row that is not as this broker wrote it bears
 * no seal that fits, there as here. @returns false: it is gone, or was changed
 */
async function putFactorBack(
  tx: Transaction,
  seals: RowSeals,
  { personId, factorId, kind }: Pick<SetAsideFactor, 'personId' | 'factorId' | 'kind'>,
  now: Date,
): Promise<boolean> {
  const [row]: SealedSetAsideFactor[] = await tx('factorsSetAside')
    .where({ personId, factorId, kind })
    .delete()
    .returning('*')
  if (row === undefined || !seals.holds(asideTable, row, row.seal)) return false
  const table = asideTables[kind]
  const restored = await tx.raw<{ rows: object[] }>(
    `insert into ${table} select r.* from jsonb_populate_record(null::${table}, ?::jsonb) r on conflict do nothing returning ?`,
    [JSON.stringify(row.content), toldOfFactor(tx, kind, 'create')],
  )
  if (restored.rows.length === 0) return false
  // One that was not listed, because it was suspended, or because somebody put it here, is not listed there either.
  const waiting = await waitingWays(tx, seals, personId, now)
  const isHers = waiting.some(({ name }) => name === factorId)
  if (isHers) await letStand(tx, seals, personId, { kind, name: factorId }, now)
  return true
}

/** A factor that was set aside is in use again, and the one that is in use is set aside in its place. @returns as `putFactorBack` */
export async function swapBack(
  tx: Transaction,
  seals: RowSeals,
  {
    by,
    ...aside
  }: Pick<SetAsideFactor, 'personId' | 'factorId' | 'kind'> & { readonly by: readonly string[] },
  now: Date,
): Promise<boolean> {
  const { personId, factorId, kind } = aside
  const kept: object[] = await tx('factorsSetAside').select('factorId').where(aside)
  if (kept.length === 0) return false
  // First, so that as many wait as before.
  const waits = (await waitingWays(tx, seals, personId, now)).find(({ name }) => name === factorId)
  await letStand(tx, seals, personId, { kind, name: factorId }, now)
  await makeWayFor(tx, seals, kind, { personId, added: [], because: 'replaced', by }, now)
  await tx.raw(`delete from ${asideTables[kind]} where person_id = ? returning ?`, [
    personId,
    toldOfFactor(tx, kind, 'delete'),
  ])
  if (waits !== undefined) await letWait(tx, seals, personId, [wayOf(kind, factorId)], waits)
  return putFactorBack(tx, seals, aside, now)
}
