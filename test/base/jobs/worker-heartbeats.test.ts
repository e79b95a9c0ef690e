import { expect, test } from 'vitest'
import type { JobPool } from '../../../src/base/jobs/worker-heartbeats.ts'
import { startBeats } from '../../../src/base/jobs/worker-heartbeats.ts'
import { openLog } from '../../../src/base/logging/log.ts'

// Of a worker that the database never heard of, it is not known since when it is silent: after a kill its jobs would wait for longer.
test('each worker of a process gives its first sign of life when it begins, not at the next beat', async () => {
  const told: unknown[] = []
  const query = (_: string, [workers]: readonly [readonly string[], number]) => {
    told.push(workers)
    return Promise.resolve({ rows: [] })
  }
  const beats = startBeats({ query } as unknown as JobPool, openLog('silent'), {
    everyMs: 3_600_000,
    silentMs: 3_600_000,
  })
  beats.follow('jobs', 'one')
  beats.follow('mail', 'two')
  beats.follow('mail', 'three')
  await beats.stop()
  expect(told).toEqual([['one'], ['one', 'two'], ['one', 'three']])
})
