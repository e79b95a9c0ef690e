import { openLog } from '../../../src/base/platform/log.ts'
import { noMeter } from '../../../src/base/platform/meter.ts'
import { startWorker } from '../../../src/base/platform/jobs.ts'

// A process whose worker takes a job and never ends it.

const [, , url = ''] = process.argv
const pace = { everyMs: 100, silentMs: 700, pollMs: 50, restartMs: 200 }
await startWorker(
  url,
  {
    some: () =>
      new Promise(() => {
        process.stdout.write('taken\n')
      }),
  },
  {},
  { log: openLog('silent'), meter: noMeter },
  pace,
)
