import { secondsAfter } from '../../src/base/values/clock.ts'
import type { Database } from '../../src/base/database/database.ts'
import { openKeys } from '../../src/base/keys/keys.ts'
import { openLog } from '../../src/base/logging/log.ts'
import { signalMapping } from '../../src/consent/signals/index.ts'
import { makeVault } from '../../src/ledger/chain/index.ts'
import { endWaits } from '../../src/pages/my-access/index.ts'
import { holdSeconds } from '../../src/people/accounts/index.ts'

/** Whatever was taken away and waits goes, as the job takes it away once its time is over. */
export async function endEveryWait(house: {
  readonly db: Database
  readonly keysDir: string
}): Promise<void> {
  const vault = makeVault(await openKeys(house.keysDir), signalMapping)
  const over = secondsAfter(new Date(), holdSeconds + 1)
  await endWaits(house.db, { vault, log: openLog('silent') }, over)
}
