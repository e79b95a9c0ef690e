import type { Renewal } from '../base/sealing/row-renewal.ts'
import type { KeyedRows } from '../ledger/chain/index.ts'
import { makeVault, readOnlyMapping } from '../ledger/chain/index.ts'
import { rooms } from './rooms.ts'

/** All rows that name a key of purpose `data` or `seal`, as their rooms put them under the newest. */
export function renewalsOf(keys: KeyedRows['keys']): readonly Renewal[] {
  const vault = makeVault(keys, readOnlyMapping)
  return rooms.flatMap(({ renewals }) => renewals?.({ keys, vault }) ?? [])
}
