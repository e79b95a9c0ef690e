import { room } from '../../base/web/room.ts'
import type { KeyedRows } from '../../ledger/chain/index.ts'
import { identityRenewals, identitySeals } from './seal.ts'
import { forgetVouched } from './store.ts'

export const identityRoom = room({
  name: 'identity',
  forgets: { factors: [forgetVouched] },
  renewals: ({ keys }: KeyedRows) => identityRenewals(identitySeals(keys)),
})
