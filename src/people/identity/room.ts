import { room } from '../../base/web/room.ts'
import type { KeyedRows } from '../../ledger/chain/index.ts'
import { identityRenewals, identitySeals, vouchedTable } from './seal.ts'
import { forgetVouched } from './store.ts'

export const identityRoom = room({
  name: 'identity',
  tables: [vouchedTable],
  forgets: { factors: [forgetVouched] },
  renewals: ({ keys }: KeyedRows) => identityRenewals(identitySeals(keys)),
})
