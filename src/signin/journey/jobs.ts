import { z } from 'zod'
import { lockAccount } from '../../people/accounts/index.ts'
import { holderOfCode } from '../factors/index.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import type { Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { Jobs } from '../../base/jobs/jobs.ts'
import { notify, wasNotified } from '../../people/notifications/index.ts'
import type { Owner } from './failed-signins.ts'
import { attemptsJob } from './failed-signins.ts'

const job = z.union([
  z.strictObject({ personId: z.uuid() }),
  z.strictObject({ codeIndex: z.string().max(64) }),
])
const quietSeconds = 24 * 3600

// The database uses the same name where it ends a session to make room for another (`put_session`).
const limitJob = 'signin.session-limit'
const limited = z.strictObject({ personId: z.uuid() })

/** Tells a person, once a day at most, that somebody used up the tries of her access, or signed in once too often. */
export function signinJobs({ db, clock }: Pick<Foundation, 'db' | 'clock'>): Jobs {
  return {
    [attemptsJob]: (payload) =>
      transact(db, async (tx) => {
        const personId = await personOf(tx, job.parse(payload))
        if (personId !== undefined) await tellOnce(tx, personId, 'access.attempts', clock())
      }),
    [limitJob]: (payload) =>
      transact(db, (tx) =>
        tellOnce(tx, limited.parse(payload).personId, 'access.session-limit', clock()),
      ),
  }
}

async function tellOnce(
  tx: Transaction,
  personId: string,
  kind: 'access.attempts' | 'access.session-limit',
  now: Date,
): Promise<void> {
  // Locks the account's row: of two limits reached at once, the person is told of one. Most often there is no such account.
  if (!(await lockAccount(tx, personId))) return
  if (await wasNotified(tx, personId, kind, secondsAfter(now, -quietSeconds))) return
  await notify(tx, personId, kind, now)
}

async function personOf(tx: Transaction, owner: Owner): Promise<string | undefined> {
  return 'personId' in owner ? owner.personId : holderOfCode(tx, owner.codeIndex)
}
