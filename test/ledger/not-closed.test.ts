import { afterAll, beforeAll, expect, test } from 'vitest'
import { dayBefore, dayOf, endOfDay } from '../../src/base/values/calendar.ts'
import { secondsAfter } from '../../src/base/values/clock.ts'
import { closeDays } from '../../src/consent/decisions/index.ts'

import { openSession, readingSession } from '../../src/base/database/db-session.ts'

import { closeInquiries } from '../../src/consent/disclosures/index.ts'
import { dayClosings } from '../../src/house/folds.ts'
import { tellClosedDays } from '../../src/ledger/transparency-log/index.ts'
import { countMonths } from '../../src/consent/figures/index.ts'
import { makeMeter } from '../../src/base/logging/meter.ts'
import { tellGauges } from '../../src/house/gauges.ts'
import { publishMonths } from '../../src/pages/open-data/index.ts'
import { differencesOf } from '../support/fold.ts'
import { sequenceNow } from '../support/leases.ts'
import type { MovingStage } from '../support/moving-stage.ts'
import { startMovingStage } from '../support/moving-stage.ts'
import { decide, evaluation, holderToken } from '../support/sharing.ts'
import type { Load, Sharer } from '../support/sharing-load.ts'
import { newSharers, openLoad, portOf, stopAt } from '../support/sharing-load.ts'
import { letTimeMoveFrom, nextNoonOf, pass, passUntil } from '../support/time.ts'
import { seriesIn } from '../support/series.ts'
import { callTool } from '../support/tool.ts'

// No worker works from the evening of the 29th of December on. What nobody closed is not closed yet, and differs from nothing.

let stage: MovingStage
let load: Load
let sharers: Sharer[]
beforeAll(async () => {
  letTimeMoveFrom(nextNoonOf('12-29'))
  stage = await startMovingStage()
  load = await openLoad(stage)
  sharers = await newSharers(load, 3)
  await live()
  await nextDay()
  await close()
})
afterAll(async () => {
  await load.close()
  await stage.stop()
})

/** A permit and a refusal about each, as long as she shares. */
async function live(): Promise<void> {
  const token = await holderToken(stage, 'decide')
  for (const { sub } of sharers) {
    await decide(stage, token, evaluation(sub))
    await decide(stage, token, evaluation(sub, { purpose: 'pur_inconnue@1' }))
  }
}

/** One hour after midnight in Québec: a worker would have closed the day. */
const nextDay = () => passUntil(stage.db, secondsAfter(endOfDay(dayOf(new Date())), 3600))
async function close(): Promise<void> {
  const { db, vault, live, log } = load
  await closeDays(db, vault, new Date(), log)
  await closeInquiries({ db, vault, live, log }, new Date())
  await tellClosedDays(db, dayClosings, new Date())
}

async function verify(...more: readonly string[]) {
  await sequenceNow(readingSession(load.db))
  return callTool(['ledger', 'verify', ...more], {
    DATABASE_URL: stage.databaseUrl,
    KEYS_DIR: stage.keysDir,
    ISSUER: stage.issuer,
    CLOCK_OFFSET: process.env['CLOCK_OFFSET'] ?? '',
  })
}

/** « Rien ne manque », of somebody whose session is fresh. */
async function ownPage(): Promise<string> {
  const [sharer] = await newSharers(load, 1)
  return (await sharer?.browser.get('/acces/rien-ne-manque'))?.body ?? ''
}

test('a worker that is away for a night is not late', async () => {
  await live()
  await nextDay()
  await stopAt(sharers[0] as Sharer, sharers[0]?.consentId ?? '', portOf(stage, 0))
  await live()
  expect(await verify()).toMatchObject({ code: 0, out: expect.stringMatching(/\nIt holds\.\n$/) })
})

test('days that no worker closed over New Year are not closed yet, and differ from nothing', async () => {
  await nextDay()
  await live()
  await nextDay()
  const days = [dayBefore(dayOf(new Date()), 'P3D'), dayBefore(dayOf(new Date()), 'P2D')]
  expect(days[0]?.slice(5)).toBe('12-30')
  expect(await verify()).toMatchObject({
    code: 3,
    out: expect.stringContaining('events of 3 people'),
    // What else is closed day by day may be late too.
    err: expect.stringContaining(`Not closed yet, refusals: ${days.join(', ')}.\n`),
  })
  const told = await verify('--json')
  expect(told.code).toBe(3)
  expect(JSON.parse(told.out)).toMatchObject({
    holds: false,
    findings: [],
    differences: 0,
    notClosed: expect.arrayContaining([
      { closing: 'refusals', days },
      { closing: 'log', days },
    ]),
  })
})

test('she reads that refusals are not recorded yet, and not that anything is wrong', async () => {
  const page = await ownPage()
  expect(page).toContain('<h1>Une inscription se fait attendre</h1>')
  expect(page).toMatch(
    /Les refus faits depuis le 30\u00a0décembre \d{4} ne sont pas encore tous inscrits/,
  )
  expect(page).not.toContain('Quelque chose ne va pas')
})

test('the metric counts them for each process that is asked', async () => {
  expect(await metric()).toBe(2)
})

/** How many days the metric says, as any process tells it that is asked for the first time. */
async function metric(): Promise<number | undefined> {
  const meter = makeMeter()
  const { db, log, live } = load
  tellGauges({
    meter,
    db,
    log,
    clock: () => new Date(),
    heads: { lateMs: () => 0 },
    restored: {
      isRestored: () => false,
      isInDoubt: () => false,
      cosignedMs: () => undefined,
      compareSoon: () => {},
      stop: () => Promise.resolve(),
    },
    code: { isUntrusted: () => false },
    clockWatch: { trouble: () => undefined },
    live,
  })
  return seriesIn(await meter.text()).get('accord_days_not_closed{closing="refusals"}')
}

test.each([
  [
    'is deleted of a day that is closed',
    `delete from decision where decision_id = (select decision_id from decision where outcome = 'deny' order by decision_id limit 1)`,
    'refusals are missing',
  ],
  [
    'is invented on a day that is closed, and the mark of closed days is set back',
    `update refused_mark set day = null;
     insert into decision select (jsonb_populate_record(d, jsonb_build_object('decision_id', gen_random_uuid(),
       'evaluated_at', d.evaluated_at - interval '1 day', 'last_at', d.evaluated_at - interval '1 day'))).*
     from decision d where outcome = 'deny' order by d.decision_id limit 1`,
    'no event tells of it',
  ],
  [
    'is invented about somebody who had none, on a day of which the log tells, and the mark is set back',
    `update refused_mark set day = null;
     insert into decision select (jsonb_populate_record(d, jsonb_build_object('decision_id', gen_random_uuid(),
       'person_id', (select person_id from accounts a where not exists (select from refused_day r where r.person_id = a.person_id) limit 1),
       'evaluated_at', d.evaluated_at - interval '1 day', 'last_at', d.evaluated_at - interval '1 day'))).*
     from decision d where outcome = 'deny' order by d.decision_id limit 1`,
    'no event tells of it',
  ],
  [
    'is in no event, and the mark says that its day is closed',
    `update refused_mark set day = day + 30`,
    'no event tells of it',
  ],
])('meanwhile a refusal %s: it does not hold', async (_, statement, because) => {
  const undone = new Error('undone')
  const changed = load.db.transaction(async (tx) => {
    await tx.raw('set local session_replication_role = replica')
    await tx.raw(statement)
    const found = await differencesOf({ db: tx, vault: load.vault })
    expect(new Set(found.map((one) => one.because))).toEqual(new Set([because]))
    throw undone
  })
  await expect(changed).rejects.toBe(undone)
})

test('a worker that wakes closes all of them, counts the old year and publishes it, and all holds', async () => {
  await close()
  expect(await metric()).toBe(0)
  expect(await verify()).toMatchObject({ code: 0 })
  await pass(stage.db, { days: 20 })
  // Nobody has worked for three weeks, and nothing happened: the days are not closed.
  expect(await verify()).toMatchObject({
    code: 3,
    err: expect.stringMatching(
      /^Days since \S+ are not closed \(19 days\): [^]*^Not closed yet, refusals: \S+ to \S+ \(19 days\)\.\n[^]*Nothing/m,
    ),
  })
  await close()
  const { session, close: end } = await openSession(stage.databaseUrl)
  const { db, vault, log, live } = load
  const months = await countMonths(load, session)
  expect(months.at(-1)).toMatch(/-12-01$/)
  const register = live.current()
  const published = { db, seals: vault.seals, issuer: stage.issuer, register, log }
  expect(await publishMonths(published, session, new Date())).toBeGreaterThan(0)
  await end()
  const after = await verify('--json')
  expect(JSON.parse(after.out)).toMatchObject({ holds: true, findings: [], notClosed: [] })
  // What was done before midnight in UTC and after it is in the logs of two years.
  expect(JSON.parse(after.out).says.join('\n')).toMatch(/\/(\d{4})\/p0: [\s\S]*\/(\d{4})\/p0: /)
  expect(await ownPage()).not.toContain('ne sont pas encore tous inscrits')
})
