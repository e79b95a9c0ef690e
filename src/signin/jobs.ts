import { z } from 'zod'
import { lockAccount } from '../accounts/index.ts'
import { personOfCode } from '../factors/index.ts'
import { later } from '../foundation/clock.ts'
import type { Transaction } from '../foundation/database.ts'
import { transact } from '../foundation/database.ts'
import type { Foundation } from '../foundation/foundation.ts'
import type { Jobs } from '../foundation/jobs.ts'
import { notify, wasTold } from '../notifications/index.ts'
import type { Owner } from './tries.ts'
import { attemptsJob } from './tries.ts'

const job = z.union([
  z.strictObject({ personId: z.uuid() }),
  z.strictObject({ codeIndex: z.string().max(64) }),
])
const quietSeconds = 24 * 3600

/** Tells a person, once a day at most, that somebody used up the tries of her access. */
export function signinJobs({ db, clock }: Pick<Foundation, 'db' | 'clock'>): Jobs {
  return {
    [attemptsJob]: (payload) =>
      transact(db, async (tx) => {
        const now = clock()
        const personId = await personOf(tx, job.parse(payload))
        // The account's row is the lock: of two limits reached at once one is told of. Most often there is no such account.
        if (personId === undefined || !(await lockAccount(tx, personId))) return
        if (await wasTold(tx, personId, 'access.attempts', later(now, -quietSeconds))) return
        await notify(tx, personId, 'access.attempts', now)
      }),
  }
}

async function personOf(tx: Transaction, owner: Owner): Promise<string | undefined> {
  return 'personId' in owner ? owner.personId : personOfCode(tx, owner.codeIndex)
}
