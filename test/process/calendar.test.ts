import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dayAfter, dayOf, noonOf } from '../../src/base/values/calendar.ts'
import { closeDays } from '../../src/consent/decisions/index.ts'
import { countMonths, monthlyCounts } from '../../src/consent/figures/index.ts'
import { dayClosings } from '../../src/house/folds.ts'
import { tellClosedDays } from '../../src/ledger/transparency-log/index.ts'
import { secondsAfter } from '../../src/base/values/clock.ts'
import { openSession, readingSession } from '../../src/base/database/db-session.ts'
import { calendarDays } from '../support/calendar-days.ts'
import { sequenceNow } from '../support/leases.ts'
import { lawful, longTerm, newKnown } from '../support/law.ts'
import { decide, evaluation, holderToken } from '../support/sharing.ts'
import type { MovingStage } from '../support/moving-stage.ts'
import { startMovingStage } from '../support/moving-stage.ts'
import type { Load } from '../support/sharing-load.ts'
import { openLoad } from '../support/sharing-load.ts'
import { letTimeMove, passUntil } from '../support/time.ts'
import { callTool } from '../support/tool.ts'

// The short choice of `npm run drill -- calendar`: one house lives through all the days that are no others, one after the other.

describe('each day is the next one', () => {
  test.each([
    ['1 January', '2026-12-01T12:00:00Z', '2027-01-01T17:00:00.000Z'],
    ['28 February', '2026-12-01T12:00:00Z', '2027-02-28T17:00:00.000Z'],
    ['29 February', '2026-12-01T12:00:00Z', '2028-02-29T17:00:00.000Z'],
    ['1 December', '2026-12-01T12:00:00Z', '2027-12-01T17:00:00.000Z'],
    ['31 December', '2026-12-01T12:00:00Z', '2026-12-31T17:00:00.000Z'],
    ['the night in which summer time begins', '2026-12-01T12:00:00Z', '2027-03-14T06:59:00.000Z'],
    ['the night in which summer time ends', '2026-12-01T12:00:00Z', '2027-11-07T05:59:00.000Z'],
    ['23:59 in Québec, of a month', '2026-12-01T12:00:00Z', '2027-01-01T04:59:00.000Z'],
    ['0:01 in Québec, of a month', '2026-12-31T12:00:00Z', '2027-02-01T05:01:00.000Z'],
    ['23:59 in UTC, of a month', '2026-12-01T12:00:00Z', '2026-12-31T23:59:00.000Z'],
    ['0:01 in UTC, of a month', '2026-12-01T12:00:00Z', '2027-01-01T00:01:00.000Z'],
    ['the last minute of a leap year', '2026-12-01T12:00:00Z', '2029-01-01T04:59:00.000Z'],
    ['the last minute of a leap year', '2028-12-31T12:00:00Z', '2029-01-01T04:59:00.000Z'],
  ])('%s after %s', (name, now, next) => {
    const day = calendarDays.find((one) => one.name === name)
    expect(day?.next(new Date(now)).toISOString()).toBe(next)
  })
})

// Between two leap days, at the end of a century too.
const mostYears = 9

let stage: MovingStage
let load: Load
beforeAll(async () => {
  letTimeMove()
  stage = await startMovingStage()
  await stage.apply({ of: 'agr_2026-014', set: { duration: longTerm } })
  load = await openLoad(stage)
})
afterAll(async () => {
  await load.close()
  await stage.stop()
})

const moments = calendarDays
  .map(({ name, next }) => ({ name, at: next(new Date()) }))
  .toSorted((one, other) => one.at.getTime() - other.at.getTime())
type Happened = { readonly personId: string; readonly permit: string; readonly deny: string }
const happened: Happened[] = []

/** A permit by law and a refusal about somebody, and the days in Québec on which they were. */
async function live(): Promise<void> {
  const token = await holderToken(stage, 'decide')
  const { personId, sub } = await newKnown(stage)
  const permit = await decide(stage, token, lawful(sub))
  const deny = await decide(stage, token, evaluation(sub, { purpose: 'pur_inconnue@1' }))
  expect([permit.decision, deny.decision]).toEqual([true, false])
  const { rows } = await load.db.raw<{ rows: { outcome: string; at: Date }[] }>(
    'select outcome, evaluated_at as at from decision where person_id = ?',
    [personId],
  )
  const days = new Map(rows.map(({ outcome, at }) => [outcome, dayOf(at)]))
  const [allowed = '', refused = ''] = ['permit', 'deny'].map((outcome) => days.get(outcome))
  happened.push({ personId, permit: allowed, deny: refused })
}

/** What a worker has done until now: a run closes 400 days, and counts a year of months. */
async function work(): Promise<void> {
  const { session, close } = await openSession(stage.databaseUrl)
  for (let year = 0; year < mostYears; year++) {
    await closeDays(load.db, load.vault, new Date(), load.log)
    await countMonths(load, session)
  }
  await tellClosedDays(load.db, dayClosings, new Date())
  await close()
}

test.each(moments)('decisions on both sides of: $name', async ({ at }) => {
  await passUntil(stage.db, at)
  await work()
  await live()
  await passUntil(stage.db, secondsAfter(at, 120))
  await live()
})

test('each night closed its day, each month has what happened in it in Québec, and the ledger holds', async () => {
  await passUntil(stage.db, noonOf(dayAfter(dayOf(new Date()), 'P40D')))
  await work()
  const { rows } = await load.db.raw<{ rows: { personId: string; day: string }[] }>(
    'select person_id, day::text as day from refused_day',
  )
  const closed = new Map(rows.map(({ personId, day }) => [personId, day]))
  expect(happened.map(({ personId }) => closed.get(personId))).toEqual(
    happened.map(({ deny }) => deny),
  )
  const months = await monthlyCounts(load.db, load.vault.seals, 12 * mostYears)
  const told = new Map(
    months.map(({ month, counts }) => [
      month.slice(0, 7),
      ['permitted', 'denied'].map((what) =>
        counts.filter(({ outcome }) => outcome === what).reduce((sum, { times }) => sum + times, 0),
      ),
    ]),
  )
  const kept = new Set(
    happened.flatMap(({ permit, deny }) => [permit, deny].map((day) => day.slice(0, 7))),
  )
  expect(kept.size).toBeGreaterThan(6)
  for (const month of kept)
    expect([month, told.get(month)]).toEqual([
      month,
      [
        happened.filter(({ permit }) => permit.startsWith(month)).length,
        happened.filter(({ deny }) => deny.startsWith(month)).length,
      ],
    ])
  await sequenceNow(readingSession(load.db))
  const verified = await callTool(['ledger', 'verify'], {
    DATABASE_URL: stage.databaseUrl,
    KEYS_DIR: stage.keysDir,
    ISSUER: stage.issuer,
    CLOCK_OFFSET: process.env['CLOCK_OFFSET'] ?? '',
  })
  expect(verified).toMatchObject({ code: 0, out: expect.stringMatching(/\nIt holds\.\n$/) })
})
