import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dayBefore, dayOf } from '../../../src/base/values/calendar.ts'
import type { Database } from '../../../src/base/database/database.ts'
import { openDatabase } from '../../../src/base/database/database.ts'
import { newPersonId } from '../../../src/base/values/ids.ts'
import { openLog } from '../../../src/base/logging/log.ts'
import { makeInquiryCounter, writeMs } from '../../../src/consent/disclosures/inquiry-count.ts'
import type { SharingInquiry } from '../../../src/consent/disclosures/rows.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase, patience } from '../../support/database.ts'
import { until } from '../../support/fault-process.ts'
import type { CountingProcess } from '../../support/inquiry-process.ts'

// Counts of introspections, by several processes over one database: what one that is killed had not written is lost, and nothing is
// counted twice (I58).

const program = join(import.meta.dirname, '../../support/inquiry-process.ts')
const times = 100

let database: FreshDatabase
let db: Database

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase(database.url, patience)
})
afterAll(async () => {
  await db.destroy()
  await database.drop()
})

const log = openLog('silent')

function sharing(change: Partial<SharingInquiry> = {}): SharingInquiry {
  const of = { holder: 1, recipient: 2, dataset: 3, purpose: 4, agreement: 5, consentId: null }
  return { personId: newPersonId(), day: dayOf(new Date()), ...of, ...change }
}

async function countedOf({ personId }: SharingInquiry): Promise<number> {
  const rows: { introspected: number }[] = await db('inquiryTally')
    .select('introspected')
    .where({ personId })
  return rows.reduce((sum, { introspected }) => sum + introspected, 0)
}

/** @param paceMs how long it waits before it writes */
function start(sharings: readonly SharingInquiry[], paceMs: number): ChildProcess {
  const given: CountingProcess = { url: database.url, sharings, times, paceMs }
  return fork(program, [JSON.stringify(given)], { stdio: 'inherit' })
}

test('of four processes one is killed before it writes and one while it does: never more than the truth, and less by those two alone', async () => {
  const sharings = Array.from({ length: 10 }, () => sharing())
  // In the other order: they wait for each other, and in no circle.
  const whole = [start(sharings, 5), start(sharings.toReversed(), 5)]
  const [silent, busy] = [start(sharings, writeMs), start(sharings, 1)]
  const all = [...whole, silent, busy]
  const exits = all.map((one) => once(one, 'exit'))
  try {
    await Promise.all([...whole, silent].map((one) => once(one, 'message')))
    silent.kill('SIGKILL')
    await until('the busy one has written something', async () =>
      (await Promise.all(sharings.map(countedOf))).some((count) => count > 0),
    )
    busy.kill('SIGKILL')
    for (const one of whole) one.send('end')
    await Promise.all(exits)
  } finally {
    for (const one of all) one.kill('SIGKILL')
  }
  for (const count of await Promise.all(sharings.map(countedOf))) {
    expect(count).toBeGreaterThanOrEqual(2 * times)
    expect(count).toBeLessThanOrEqual(3 * times)
  }
})

test('a count waits ten seconds at most, and is written without anybody who asks', async () => {
  expect(writeMs).toBe(10_000)
  const one = sharing()
  const counter = makeInquiryCounter({ db, log }, 1)
  counter.count(one)
  await until('it is written', async () => (await countedOf(one)) === 1)
  counter.count(one)
  await until('the next one is, too', async () => (await countedOf(one)) === 2)
  await counter.stop()
  expect(await countedOf(one)).toBe(2)
})

test('a writing that failed is not done again: it may have been done', async () => {
  const gone = openDatabase(database.url, patience)
  await gone.destroy()
  const one = sharing()
  const counter = makeInquiryCounter({ db: gone, log })
  counter.count(one)
  await counter.stop()
  await counter.stop()
  expect(await countedOf(one)).toBe(0)
})

test('a count of a day that is long over is not taken any more', async () => {
  const [older, today] = [sharing({ day: dayBefore(dayOf(new Date()), 'P2D') }), sharing()]
  const counter = makeInquiryCounter({ db, log })
  for (const one of [older, today]) counter.count(one)
  await counter.stop()
  expect(await Promise.all([older, today].map(countedOf))).toEqual([0, 1])
})
