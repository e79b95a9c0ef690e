import { startDuty } from '../base/jobs/duty.ts'
import type { Work, Worker } from '../base/jobs/jobs.ts'
import { startWorker } from '../base/jobs/jobs.ts'
import { present } from '../base/values/present.ts'
import type { Foundation } from '../base/web/foundation.ts'
import type { DecisionContext } from '../consent/decisions/index.ts'
import { sealingJob } from '../consent/record/index.ts'
import { headerSeals, makePushDuty } from '../consent/signals/index.ts'
import { nightlyFoldDuty } from '../ledger/fold/index.ts'
import type { Feed } from '../ledger/heads/index.ts'
import { startLog } from '../ledger/transparency-log/index.ts'
import { announceRegister } from '../registry/index.ts'
import { partsNow } from './folds.ts'

/** Starts the work of a process that is open; where it cannot be started nothing of it goes on, so that it can be tried again. */
export async function startWork(
  foundation: Foundation,
  databaseUrl: string,
  work: Work,
  context: DecisionContext,
  feed: Feed,
): Promise<Worker> {
  // Register versions that are older than the log get their leaves too.
  await announceRegister(foundation.db, foundation.clock())
  const log = await startLog({ ...foundation, feed }, databaseUrl, context.vault)
  const walking = { ...foundation, vault: context.vault, partsNow: () => partsNow(context) }
  const fold = startDuty(databaseUrl, nightlyFoldDuty(walking), foundation.log)
  const signals = startSignals(foundation, databaseUrl, context)
  const stopDuties = () => Promise.all([log.stop(), fold.stop(), signals.stop()])
  try {
    // Seals rows that a version without seals wrote, or whose key of seals is lost. Until then they permit nothing.
    await present(work.jobs[sealingJob], sealingJob)({}, { attempt: 1, maxAttempts: 1 })
    const worker = await startWorker(databaseUrl, work, foundation)
    return {
      isAlive: () => worker.isAlive(),
      async stop() {
        await Promise.all([worker.stop(), stopDuties()])
      },
    }
  } catch (error) {
    await stopDuties()
    throw error
  }
}

/** Sends the streams of bodies what waits for them. */
function startSignals(
  { db, clock, config, keys, signer, log }: Foundation,
  databaseUrl: string,
  { vault, live, pairwise }: DecisionContext,
): { stop(): Promise<void> } {
  // Without a key there is no stream.
  if (keys.signals.length === 0) return { stop: () => Promise.resolve() }
  const { issuer, outboundAllow } = config
  const telling = { issuer, keys, signer, pairwise, headers: headerSeals(keys), outboundAllow }
  const { duty, idle } = makePushDuty({ ...telling, db, vault, live, clock, log })
  const started = startDuty(databaseUrl, duty, log)
  return {
    async stop() {
      await started.stop()
      await idle()
    },
  }
}
