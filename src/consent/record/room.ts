import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import type { FoldParts } from '../../ledger/fold/index.ts'
import { recordTeller } from './fold.ts'
import { forgetReminders } from './reminder-store.ts'
import { forgetConnections } from './connection-store.ts'
import { consentTable, recordTables } from './tables.ts'

type Parts = {
  readonly foundation: Foundation
  readonly vault: Vault
  readonly foldNow: () => Promise<FoldParts>
}

export const recordRoom = room({
  name: 'record',
  tables: [consentTable, ...recordTables],
  tells: { rows: 'rows_of_record', teller: recordTeller },
  forgets: { messages: [forgetReminders], sharings: [forgetConnections] },
  times: {
    'consent.expire': '22 * * * *',
    // Midnight in Québec is at a full hour in UTC: the run of half past closes the day, and those until four go on with it.
    'consent.seal': '42 * * * *',
    // 13:41 UTC is morning in Québec.
    'consent.remind': '41 13 * * *',
  },
  async jobs({ foundation: { db, log, clock }, vault, foldNow }: Parts) {
    const { expiryJobs, reminderJobs, sealingJobs } = await import('./jobs.ts')
    return {
      ...expiryJobs({ db, vault, log }),
      ...reminderJobs({ db, log }, clock),
      ...sealingJobs({ db, vault, log }, foldNow),
    }
  },
})
