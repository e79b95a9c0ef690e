import type { Database } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import type { Jobs } from '../../base/jobs/jobs.ts'
import type { Clock } from '../../base/values/clock.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { isOver } from './may-act.ts'
import { endOffice } from './offices.ts'
import { officersToClose, readOffices } from './store.ts'

// A mandate is over at its instant, whoever looks. Its end is written in the night, so that what is over no longer lives by a chain.

const mostAtOnce = 200
const mostRounds = 100
const house = { type: 'broker' } as const

/** Writes the end of offices that are over. */
export function closingJobs(db: Database, vault: Vault, clock: Clock): Jobs {
  return {
    async 'mandates.close'() {
      const now = clock()
      for (let round = 0; round < mostRounds; round++) {
        const officers = await officersToClose(db, now, mostAtOnce)
        if (officers.length === 0) return
        for (const officerId of officers) await closeOffices(db, vault, officerId, now)
      }
    },
  }
}

async function closeOffices(
  db: Database,
  vault: Vault,
  officerId: string,
  now: Date,
): Promise<void> {
  const { offices } = await readOffices(db, officerId)
  for (const { mandate } of offices.filter((office) => isOver(office.mandate, now)))
    await transact(db, (tx) =>
      endOffice(tx, { vault }, { officerId, mandateId: mandate.mandateId }, 'over', house),
    )
}
