import { room } from '../base/web/room.ts'
import type { KeyedRows } from '../ledger/chain/index.ts'
import { registerRenewal } from './changes/seal.ts'

export const registryRoom = room({
  name: 'registry',
  renewals: ({ vault }: KeyedRows) => [registerRenewal(vault.seals)],
})
