import type { Renewal } from '../base/sealing/row-renewal.ts'
import { sealRenewal } from '../base/sealing/row-renewal.ts'
import type { KeyedRows } from '../ledger/chain/index.ts'
import { makeVault, readOnlyMapping } from '../ledger/chain/index.ts'
import { rooms } from './rooms.ts'
import { sealedTables } from './sealed-tables.ts'

/** All rows that name a key of purpose `data` or `seal`, as they are put under the newest: seals by the values of their tables. */
export function renewalsOf(keys: KeyedRows['keys']): readonly Renewal[] {
  const vault = makeVault(keys, readOnlyMapping)
  return [
    ...rooms.flatMap(({ renewals }) => renewals?.({ keys, vault }) ?? []),
    ...sealedTables.map((table) => sealRenewal(table, vault.seals)),
  ]
}
