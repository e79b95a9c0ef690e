import { room } from '../../base/web/room.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { KeyedRows, Vault } from '../../ledger/chain/index.ts'
import { mandatesTeller } from './fold.ts'
import { mandateRenewals, mandateSeals } from './sealed-sides.ts'
import { forgetMandates } from './store.ts'
import { heldTable, mandateTable } from './tables.ts'

type Parts = { readonly foundation: Foundation; readonly vault: Vault }

export const mandatesRoom = room({
  name: 'mandates',
  tables: [mandateTable, heldTable],
  tells: { rows: 'rows_of_mandates', strays: 'strays_of_mandates', teller: mandatesTeller },
  forgets: { sharings: [forgetMandates] },
  renewals: ({ keys }: KeyedRows) => mandateRenewals(mandateSeals(keys)),
  times: { 'mandates.close': '37 6 * * *' },
  async jobs({ foundation: { db, clock }, vault }: Parts) {
    const { closingJobs } = await import('./jobs.ts')
    return closingJobs(db, vault, clock)
  },
})
