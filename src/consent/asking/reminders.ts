import { secondsAfter } from '../../base/values/clock.ts'
import type { Database } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { isolateEach } from '../../base/jobs/isolate-each.ts'
import type { Log } from '../../base/logging/log.ts'
import { remindOfQuestion, whoAwaitsReminders } from '../../people/notifications/index.ts'
import type { LiveRegister } from '../../registry/index.ts'
import { isAskable } from './ask.ts'
import { openRequests, peopleWithEndingQuestions } from './store.ts'

const batch = 500
const maxBatches = 40
const soonSeconds = 3 * 24 * 3600
const unreminded = 'a person could not be reminded of a question'

type Reminding = {
  readonly db: Database
  readonly log: Log
  readonly live: Pick<LiveRegister, 'current'>
}

export type QuestionsReminded = {
  readonly reminded: number
  /** The last person who was looked at; undefined: all were. */
  readonly next: string | undefined
}

/**
 * Reminds the people who want it of questions that are over in three days at most, from one of them on: once for all questions of these
 * days, even where several processes run this at the same time. One for whom it fails holds up no other. A question that she cannot answer
 * now, under a brake say, is no reason to call her.
 */
export async function remindOfQuestions(
  { db, log, live }: Reminding,
  now: Date,
  from?: string,
): Promise<QuestionsReminded> {
  const [since, soon] = [secondsAfter(now, -soonSeconds), secondsAfter(now, soonSeconds)]
  let reminded = 0
  let after = from
  for (let n = 0; n < maxBatches; n++) {
    const people = await whoAwaitsReminders(db, { after, limit: batch })
    const ending = await peopleWithEndingQuestions(db, people, { now, soon })
    const run = await isolateEach(ending, log, unreminded, (personId) =>
      transact(db, async (tx) => {
        const [open, register] = [await openRequests(tx, personId, now), live.current()]
        const isDue = open.some((one) => one.expiresAt <= soon && isAskable(one, register, now))
        return isDue && remindOfQuestion(tx, personId, since, now)
      }),
    )
    reminded += run.done
    if (people.length < batch) return { reminded, next: undefined }
    after = people.at(-1)
  }
  return { reminded, next: after }
}
