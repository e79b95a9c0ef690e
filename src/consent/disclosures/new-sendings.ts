import { secondsAfter } from '../../base/values/clock.ts'
import type { Database } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { isolateEach } from '../../base/jobs/isolate-each.ts'
import type { Log } from '../../base/logging/log.ts'
import { tellOfSendings, whoAwaitsSendings } from '../../people/notifications/index.ts'
import { peopleWithNews } from './new-sendings-store.ts'

const batch = 500
const maxBatches = 40
// A report is written at an instant of its own, and committed later. Within this time every report is committed or refused.
const settledSeconds = 60
const untold = 'a person could not be told of new sendings'

type Telling = { readonly db: Database; readonly log: Log }

export type NotifiedSendings = {
  readonly told: number
  /** The last person who was looked at; undefined: all were. */
  readonly after: string | undefined
}

/**
 * Tells the people who want it that there are new sendings, from one of them on. Each is told once, even where several processes run this
 * at the same time, and a walk that was cut off tells the others when it runs again. One for whom it fails holds up no other.
 */
export async function notifyNewSendings(
  { db, log }: Telling,
  { after, now }: { readonly after?: string | undefined; readonly now: Date },
): Promise<NotifiedSendings> {
  const until = secondsAfter(now, -settledSeconds)
  let told = 0
  let last = after
  for (let n = 0; n < maxBatches; n++) {
    const { people, next } = await whoAwaitsSendings(db, { after: last, limit: batch }, until)
    const withNews = await peopleWithNews(db, people, until)
    const unaware = people.filter(({ personId }) => withNews.has(personId))
    const run = await isolateEach(unaware, log, untold, (person) =>
      transact(db, (tx) => tellOfSendings(tx, person, until, now)),
    )
    told += run.done
    if (next === undefined) return { told, after: undefined }
    last = next
  }
  return { told, after: last }
}
