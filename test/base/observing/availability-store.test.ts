import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../../src/base/database/database.ts'
import { openDatabase } from '../../../src/base/database/database.ts'
import { readingSession } from '../../../src/base/database/db-session.ts'
import { openLog } from '../../../src/base/logging/log.ts'
import { Problem } from '../../../src/base/values/refusal.ts'
import {
  noteServed,
  servedMinutesBetween,
  sweepServed,
} from '../../../src/base/observing/availability-store.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'
import { until } from '../../support/fault-process.ts'
import { housePatience } from '../../support/patience.ts'

// In which minutes the house could be used: one process is enough, and a minute in which none could has no row.

let fresh: FreshDatabase
let db: Database
beforeAll(async () => {
  fresh = await freshDatabase()
  db = openDatabase(fresh.url, housePatience)
})
afterAll(async () => {
  await db.destroy()
  await fresh.drop()
})

const ready = { check: () => Promise.resolve() }
const serving = () => ({ db, log: openLog('silent'), readiness: ready })

function rows(): Promise<{ process: string; minute: Date }[]> {
  return db('servedMinute').select('process', 'minute')
}

test('a process notes its minute once, and none while it is not ready', async () => {
  let looks = 0
  const leaving = {
    check: () => {
      looks += 1
      return Promise.reject(new Problem('leaving', 503, 'this process stops'))
    },
  }
  const processes = [
    noteServed(serving(), 1),
    noteServed(serving(), 1),
    noteServed({ ...serving(), readiness: leaving }, 1),
  ]
  await until('two processes have noted', async () => (await rows()).length >= 2 && looks > 5)
  await Promise.all(processes.map(({ stop }) => stop()))
  const noted = await rows()
  const own = new Set(noted.map(({ process }) => process))
  expect(own.size).toBe(2)
  // A minute may have ended meanwhile.
  expect(noted.length).toBeLessThanOrEqual(4)
  expect(noted.every(({ minute }) => minute.getTime() % 60_000 === 0)).toBe(true)
})

const at = (minutes: number) => new Date(Date.UTC(2026, 10, 1) + minutes * 60_000)
const one = '00000000-0000-7000-8000-000000000001'
const other = '00000000-0000-7000-8000-000000000002'

test('a minute counts once, however many processes served, since the first one that was noted', async () => {
  await db('servedMinute').delete()
  const session = readingSession(db)
  expect(await servedMinutesBetween(session, at(0), at(60))).toBeUndefined()
  await db('servedMinute').insert([
    { minute: at(10), process: one },
    { minute: at(10), process: other },
    { minute: at(11), process: other },
    { minute: at(58), process: one },
    { minute: at(60), process: one },
  ])
  expect(await servedMinutesBetween(session, at(0), at(60))).toEqual({ minutes: 50, served: 3 })
  expect(await servedMinutesBetween(session, at(20), at(60))).toEqual({ minutes: 40, served: 1 })
  expect(await servedMinutesBetween(session, at(60), at(120))).toEqual({ minutes: 60, served: 1 })
  expect(await servedMinutesBetween(session, at(-60), at(10))).toBeUndefined()
  // A minute that is not over is not counted.
  expect(await servedMinutesBetween(session, at(0), at(10.9))).toBeUndefined()
  expect(await servedMinutesBetween(session, at(0), at(11.9))).toEqual({ minutes: 1, served: 1 })
  expect(await servedMinutesBetween(session, at(10.5), at(12.5))).toEqual({ minutes: 1, served: 1 })
  expect(await sweepServed(db, at(58))).toBe(3)
  expect(await servedMinutesBetween(session, at(0), at(60))).toEqual({ minutes: 2, served: 1 })
})
