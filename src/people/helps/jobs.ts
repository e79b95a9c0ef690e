import type { Jobs } from '../../base/jobs/jobs.ts'
import { newUuid } from '../../base/values/ids.ts'
import type { Clock } from '../../base/values/clock.ts'
import { helpsOver } from '../mandates/index.ts'
import { settleHelp } from './end.ts'
import type { HelpVault } from './judge.ts'

// A help is over at its instant, whoever looks. Its end is written within the hour, so that her chain holds what was looked at.

const mostAtOnce = 200
const mostRounds = 100

export function closingJobs(parts: HelpVault, clock: Clock): Jobs {
  return {
    async 'helps.close'() {
      const now = clock()
      for (let round = 0; round < mostRounds; round++) {
        const people = await helpsOver(parts.db, now, mostAtOnce)
        if (people.length === 0) return
        const origin = { requestId: newUuid(now), network: undefined }
        for (const personId of people) await settleHelp(parts, { personId }, origin)
      }
    },
  }
}
