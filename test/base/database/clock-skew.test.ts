import { afterAll, beforeAll, expect, test } from 'vitest'
import { clockSkew, watchClock } from '../../../src/base/database/clock-skew.ts'
import type { ClockWatch } from '../../../src/base/database/clock-skew.ts'
import { moveClock } from '../../../src/base/database/clock-offset.ts'
import { machineNow, runWithMachine } from '../../../src/base/values/clock.ts'
import { openDatabase } from '../../../src/base/database/database.ts'
import type { Database } from '../../../src/base/database/database.ts'
import type { LogFields } from '../../../src/base/logging/log.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase, patience } from '../../support/database.ts'
import { until } from '../../support/fault-process.ts'

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

test.each([
  ['right', 0, undefined],
  ['nine seconds ahead', 9000, undefined],
  ['nine seconds behind', -9000, undefined],
  ['two minutes ahead', 120_000, '120 s ahead of'],
  ['two minutes behind', -120_000, '120 s behind'],
  ['half a minute behind', -30_000, '30 s behind'],
])('a clock that is %s', async (_, ms, trouble) => {
  const { watch, lines } = await watching(() => Date.now() + ms)
  await watch.stop()
  if (trouble === undefined) {
    expect({ said: watch.trouble(), lines }).toEqual({ said: undefined, lines: [] })
    return
  }
  expect(watch.trouble()).toContain(trouble)
  expect(lines).toEqual([`error ${watch.trouble()}`])
})

test('a clock that is set right while the process runs is seen, and said once', async () => {
  let ahead = 60_000
  const { watch, lines } = await watching(() => Date.now() + ahead)
  expect(watch.trouble()).toBeDefined()
  ahead = 0
  await until('it is right', () => watch.trouble() === undefined)
  ahead = -60_000
  await until('it is wrong', () => watch.trouble() !== undefined)
  ahead = -61_000
  await until('it is worse', () => watch.trouble()?.includes('61 s') === true)
  await watch.stop()
  expect(lines.map((line) => line.split(' ', 1)[0])).toEqual(['error', 'info', 'error'])
})

test('a clock of the database that somebody moved is wrong where none moves it', async () => {
  const own = await freshDatabase()
  const moved = openDatabase(own.url, patience)
  await moveClock(moved, 60_000)
  const [still, moving] = [
    await watching(machineNow, moved, false),
    await watching(machineNow, moved),
  ]
  await Promise.all([still.watch.stop(), moving.watch.stop()])
  await moved.destroy()
  await own.drop()
  runWithMachine()
  expect(still.watch.trouble()).toContain('60 s behind')
  expect(moving.watch.trouble()).toBeUndefined()
})

test('a slow answer is not taken for a wrong clock', async () => {
  // The question left long before it came back; the database answered in between.
  const times = [Date.now() - 60_000, Date.now() + 60_000]
  expect(await clockSkew(db, () => times.shift() ?? 0, true)).toBe(0)
})

test('while the database does not answer, what was seen stands', async () => {
  const own = await freshDatabase()
  const away = openDatabase(own.url, patience)
  const { watch } = await watching(() => Date.now() + 60_000, away)
  await away.destroy()
  await own.drop()
  const said = watch.trouble()
  let looks = 0
  await until('it looked again', () => (looks += 1) > 10)
  expect(watch.trouble()).toBe(said)
  await watch.stop()
})

async function watching(
  now: () => number,
  of: Database = db,
  isMovable = true,
): Promise<{ watch: ClockWatch; lines: string[] }> {
  const lines: string[] = []
  const write = (level: string) => (fields: LogFields) =>
    void lines.push(`${level} ${fields.why ?? ''}`)
  const log = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  }
  return { watch: await watchClock(of, log, { isMovable, everyMs: 20, ownClock: now }), lines }
}
