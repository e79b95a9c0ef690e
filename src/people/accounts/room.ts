import { sweepBefore } from '../../base/jobs/sweep-jobs.ts'
import { retention } from '../../base/values/retention.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { Forget } from '../../base/web/room.ts'
import { room } from '../../base/web/room.ts'
import type { KeyedRows, Vault } from '../../ledger/chain/index.ts'
import { contactTable, holdTable } from './contact-seal.ts'
import { sweepContacts, waysToContact } from './contact-store.ts'
import { contactSeals } from './contacts.ts'
import { deviceTable } from './device-store.ts'
import { accessTeller } from './fold.ts'
import { sweepHolds, waysHeld } from './hold-store.ts'
import { makeNicknames } from './nickname.ts'
import { accountsRenewals } from './renewal-store.ts'
import { sweepActivity } from './store.ts'
import { accountsTables } from './tables.ts'
import { accountTable } from './person-standing.ts'
import { waysTable } from './ways.ts'

type Parts = {
  readonly foundation: Foundation
  readonly vault: Vault
  /** What goes of a person whose access is erased now, of all rooms. */
  readonly forgetsAt: (now: Date) => readonly Forget[]
}

export const accountsRoom = room({
  name: 'accounts',
  tables: [...accountsTables, accountTable, deviceTable, contactTable, holdTable, waysTable],
  tells: { rows: 'rows_of_accounts', teller: accessTeller },
  renewals: ({ keys }: KeyedRows) => accountsRenewals(contactSeals(keys), makeNicknames(keys)),
  ways: [waysToContact, waysHeld],
  times: { 'accounts.erase': '52 * * * *' },
  async jobs({ foundation: { db, log, clock }, vault, forgetsAt }: Parts) {
    const { erasureJobs } = await import('./jobs.ts')
    return erasureJobs({ db, log, vault }, clock, forgetsAt)
  },
  sweeps: async ({ foundation: { db, clock, spans } }: Parts) => ({
    activity: () => sweepActivity(db, sweepBefore(clock, spans.now().activity)),
    holds: () => sweepHolds(db, sweepBefore(clock)),
    contacts: () => sweepContacts(db, sweepBefore(clock, retention.removed)),
  }),
})
