import { z } from 'zod'
import { transact } from '../../base/platform/database.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { Jobs } from '../../base/platform/jobs.ts'
import { enqueue } from '../../base/platform/jobs.ts'
import { tellNews } from './news.ts'

const name = 'sendings.tell'
const job = z.object({ after: z.uuid().optional() })
const maxAttempts = 3

/** Tells people of new sendings; a walk that is long goes on in another job. */
export function disclosuresJobs({ db, clock }: Pick<Foundation, 'db' | 'clock'>): Jobs {
  return {
    [name]: async (payload) => {
      const { after } = await tellNews(db, { ...job.parse(payload), now: clock() })
      if (after === undefined) return
      await transact(db, (tx) => enqueue(tx, { name, payload: { after }, maxAttempts }))
    },
  }
}
