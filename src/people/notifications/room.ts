import { sweepBefore } from '../../base/jobs/sweep-jobs.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { Tries } from '../../base/web/limits/tries.ts'
import type { RequirePerson } from '../../base/web/person.ts'
import { room } from '../../base/web/room.ts'
import type { KeyedRows } from '../../ledger/chain/index.ts'
import { contactSeals } from '../accounts/index.ts'
import { makeCodes } from './codes.ts'
import type { OpensAccess } from './jobs.ts'
import { mailJob } from './notify.ts'
import { notificationsRenewals } from './renewal-store.ts'
import { forgetMessages, sweepNotifications } from './store.ts'
import { notificationsTables } from './tables.ts'

type Parts = {
  readonly foundation: Foundation
  readonly tries: Tries
  readonly person: RequirePerson
  readonly opensAccess: OpensAccess
}

export const notificationsRoom = room({
  name: 'notifications',
  tables: [...notificationsTables],
  forgets: { messages: [forgetMessages] },
  renewals: ({ keys }: KeyedRows) =>
    notificationsRenewals(contactSeals(keys), makeCodes(keys.data)),
  times: { 'notifications.probe': '*/5 * * * *' },
  async jobs({ foundation, opensAccess }: Parts) {
    const { openMailer } = await import('../../base/outbound/mailer.ts')
    const { openTexter } = await import('../../base/outbound/sms.ts')
    const { notificationsJobs } = await import('./jobs.ts')
    const carriers = {
      email: openMailer(foundation.config, foundation.log),
      sms: openTexter(foundation.config),
    }
    return notificationsJobs(foundation, carriers, opensAccess)
  },
  places: ({ foundation: { config } }: Parts) => ({ [mailJob]: config.mailLanes }),
  sweeps: async ({ foundation: { db, clock, spans } }: Parts) => ({
    notifications: () => sweepNotifications(db, sweepBefore(clock, spans.now().messages)),
  }),
  async routes({ foundation, person, tries }: Parts) {
    const { checkRoutes, notificationRoutes } = await import('./routes.ts')
    return {
      programs: [checkRoutes(foundation, tries)],
      pages: [notificationRoutes({ foundation, person, tries })],
    }
  },
})
