import { z } from 'zod'
import type { Clock } from '../../base/values/clock.ts'
import { transact } from '../../base/database/database.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { Jobs } from '../../base/jobs/jobs.ts'
import { enqueue } from '../../base/jobs/jobs.ts'
import { registerEpoch } from '../record/index.ts'
import { notifyNewSendings } from './new-sendings.ts'
import type { DisclosureContext } from './report-rules.ts'
import { permitJobName, noteOne, noteUnconfirmed } from './unconfirmed-job.ts'

const name = 'sendings.tell'
const job = z.object({ after: z.uuid().optional() })
const maxAttempts = 3

/** Tells people of new sendings; a walk that is long goes on in another job. */
export function disclosuresJobs({
  db,
  clock,
  log,
}: Pick<Foundation, 'db' | 'clock' | 'log'>): Jobs {
  return {
    [name]: async (payload) => {
      const { after } = await notifyNewSendings(
        { db, log },
        { ...job.parse(payload), now: clock() },
      )
      if (after === undefined) return
      await transact(db, (tx) => enqueue(tx, { name, payload: { after }, maxAttempts }))
    },
  }
}

const unreported = z.object({
  decisionId: z.uuid(),
  personId: z.uuid(),
  visibleFrom: z.coerce.date().nullable(),
})
const mostRounds = 50

/** Notes permits without a report, batch by batch until nothing is left, up to a limit: the next run goes on. One that failed is alone. */
export function unconfirmedJobs(context: DisclosureContext, clock: Clock): Jobs {
  return {
    'reports.unconfirmed': async () => {
      for (let n = 0; n < mostRounds && (await noteUnconfirmed(context, clock())) > 0; n++);
    },
    [permitJobName]: async (payload) => {
      const register = await context.live.at(await registerEpoch(context.db))
      await noteOne(context, register, unreported.parse(payload))
    },
  }
}
