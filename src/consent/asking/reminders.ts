import { later } from '../../base/platform/clock.ts'
import type { Database } from '../../base/platform/database.ts'
import { transact } from '../../base/platform/database.ts'
import { remindOfQuestion, whoAwaitsReminders } from '../../people/notifications/index.ts'
import { peopleWithEndingQuestions } from './store.ts'

const batch = 500
const maxBatches = 200
const soonSeconds = 3 * 24 * 3600

/**
 * Reminds the people who want it of questions that are over in three days at most: once for all questions of these days, even where several
 * processes run this at the same time. People beyond the batches are reminded the next day.
 * @returns how many were reminded
 */
export async function remindOfQuestions(db: Database, now: Date): Promise<number> {
  const [since, soon] = [later(now, -soonSeconds), later(now, soonSeconds)]
  let reminded = 0
  let after: string | undefined
  for (let n = 0; n < maxBatches; n++) {
    const people = await whoAwaitsReminders(db, { after, limit: batch })
    for (const personId of await peopleWithEndingQuestions(db, people, { now, soon }))
      if (await transact(db, (tx) => remindOfQuestion(tx, personId, since, now))) reminded += 1
    if (people.length < batch) break
    after = people.at(-1)
  }
  return reminded
}
