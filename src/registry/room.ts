import { room } from '../base/web/room.ts'
import type { KeyedRows } from '../ledger/chain/index.ts'
import { registerRenewal } from './changes/seal.ts'
import { registryTables } from './objects/tables.ts'

export const registryRoom = room({
  name: 'registry',
  tables: [...registryTables],
  renewals: ({ vault }: KeyedRows) => [registerRenewal(vault.seals)],
})
