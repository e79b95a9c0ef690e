import { createHash } from 'node:crypto'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { sealedTable } from '../../base/sealing/sealed-table.ts'
import { canonical } from '../../ledger/chain/index.ts'
import type { MonthlyCount, ServedMinutes, StoredMonth } from './rows.ts'
import { cellOf } from './rows.ts'

// One seal for all counts of a month: whoever changes, adds or removes a row is found by their hash.

export const monthTable = sealedTable('counted_month', {
  seal: ['counted month', 1],
  covers: ['month', 'counted_at', 'cells', 'sha256', 'minutes', 'served'],
  inventory: {
    whose: 'nobody',
    kept: 'ever',
    change: 'events',
    why: { fr: 'qu’un mois a été compté', en: 'that a month was counted' },
    columns: { technical: 'month counted_at cells sha256 minutes served seal' },
  },
})

/** A month as it is stored, with its seal. */
export function sealedMonth(
  seals: RowSeals,
  month: string,
  counts: readonly MonthlyCount[],
  { countedAt, served }: { readonly countedAt: Date; readonly served: ServedMinutes | undefined },
): StoredMonth {
  const { minutes = null, served: those = null } = served ?? {}
  const sha256 = hashOf(counts)
  const row = { month, countedAt, cells: counts.length, sha256, minutes, served: those }
  return { ...row, seal: seals.seal(monthTable, row) }
}

/** Whether these are the counts that this broker stored with the month. */
export function isGenuine(
  seals: RowSeals,
  { seal, ...row }: StoredMonth,
  counts: readonly MonthlyCount[],
): boolean {
  if (!seals.holds(monthTable, row, seal)) return false
  return row.cells === counts.length && row.sha256.equals(hashOf(counts))
}

function hashOf(counts: readonly MonthlyCount[]): Buffer {
  return createHash('sha256')
    .update(canonical(counts.toSorted(byCell)))
    .digest()
}

/** The order of counts in a hash, and of those that are given to others. */
export function byCell(one: MonthlyCount, other: MonthlyCount): number {
  return cellOf(one) < cellOf(other) ? -1 : 1
}
