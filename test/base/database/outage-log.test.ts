import { expect, test } from 'vitest'
import { countOutages } from '../../../src/base/database/outage-log.ts'
import type { LogFields } from '../../../src/base/logging/log.ts'
import { openLog } from '../../../src/base/logging/log.ts'
import { Unavailable } from '../../../src/base/values/refusal.ts'

const away = new Unavailable(new Error('gone'))

function said(write: (error: (fields: LogFields) => void, wait: (ms: number) => void) => void) {
  const lines: string[] = []
  let at = 0
  const log = countOutages(openLog('warn', { write: (line) => lines.push(line) }), () => at)
  write(
    (fields) => log.error(fields, 'broken off'),
    (ms) => (at += ms),
  )
  return lines
    .map((line) => JSON.parse(line) as { level: number; count?: number })
    .map(({ level, count }) => [level, count])
}

test('an outage is one line of level 50 a minute, which counts those before it', () => {
  const lines = said((error, wait) => {
    for (let n = 0; n < 3; n++) error({ job: 'a', error: away })
    wait(59_999)
    error({ job: 'b', error: away })
    wait(1)
    error({ job: 'c', error: away })
    wait(60_000)
    error({ job: 'd', error: away })
  })
  expect(lines).toEqual([
    [50, undefined],
    [40, undefined],
    [40, undefined],
    [40, undefined],
    [50, 3],
    [50, undefined],
  ])
})

test('what is no outage is said each time, also within one', () => {
  const lines = said((error) => {
    error({ error: away })
    error({ error: new TypeError('a fault of ours') })
    error({ code: 'CLOCK_SKEW' })
  })
  expect(lines).toEqual([
    [50, undefined],
    [50, undefined],
    [50, undefined],
  ])
})
