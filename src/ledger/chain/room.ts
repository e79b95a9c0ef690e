import { room } from '../../base/web/room.ts'
import { chainRenewals } from './renewal-store.ts'
import type { KeyedRows } from './vault.ts'

export const chainRoom = room({
  name: 'chain',
  renewals: ({ vault }: KeyedRows) => chainRenewals(vault),
})
