import { room } from '../../base/web/room.ts'
import { chainRenewals } from './renewal-store.ts'
import type { KeyedRows } from './vault.ts'
import { headTable } from './head.ts'
import { chainTables } from './tables.ts'

export const chainRoom = room({
  name: 'chain',
  tables: [...chainTables, headTable],
  renewals: ({ vault }: KeyedRows) => chainRenewals(vault),
})
