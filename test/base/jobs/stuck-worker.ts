import { openLog } from '../../../src/base/logging/log.ts'
import { noMeter } from '../../../src/base/logging/meter.ts'
import { startWorker } from '../../../src/base/jobs/jobs.ts'

// A process whose worker takes a job and never ends it.

const [, , url = ''] = process.argv
const pace = { everyMs: 100, silentMs: 700, pollMs: 50, restartMs: 200 }
await startWorker(
  url,
  {
    jobs: {
      some: () =>
        new Promise(() => {
          process.stdout.write('taken\n')
        }),
    },
  },
  { log: openLog('silent'), meter: noMeter },
  pace,
)
