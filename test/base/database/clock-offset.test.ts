import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exchange } from '../../support/browser.ts'
import { operatorEnv } from '../../support/operator.ts'
import { issuer } from '../../support/broker.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'
import { launch } from '../../support/fault-process.ts'
import { startDemo } from '../../support/house.ts'
import { housePatience } from '../../support/patience.ts'
import type { Shared, Stage } from '../../support/sharing.ts'
import {
  ask,
  decide,
  evaluation,
  holderToken,
  shareAsNewcomer,
  startStage,
} from '../../support/sharing.ts'
import { letTimeMove, pass, passUntil } from '../../support/time.ts'
import { callTool } from '../../support/tool.ts'
import { moveClock, openClock, readClockOffset } from '../../../src/base/database/clock-offset.ts'
import { readDuration, moveDateAhead, writeDuration } from '../../../src/base/values/clock.ts'
import { openDatabase } from '../../../src/base/database/database.ts'
import { exitStatuses, OperatorError } from '../../../src/base/values/operator-error.ts'

// The clock of the house is moved while it runs: in every process, in the database, in the library (decision 0027).

const hourMs = 3_600_000

describe('a house whose clock moves', () => {
  let stage: Stage
  let shared: Shared

  beforeAll(async () => {
    letTimeMove()
    stage = await startStage()
    shared = await shareAsNewcomer(stage)
  })

  afterAll(() => stage.stop())

  /** What each process says that the time is: its security.txt is good for half a year. */
  async function expiries(): Promise<number[]> {
    const answers = stage.ports.map((port) =>
      exchange(port, new URL('/.well-known/security.txt', issuer), {
        method: 'GET',
        body: undefined,
        headers: { host: new URL(issuer).host },
      }),
    )
    return (await Promise.all(answers)).map(({ body }) => {
      const [, day = ''] = /^Expires: (.+)$/m.exec(body) ?? []
      return Date.parse(day)
    })
  }

  test('moves in all its processes, and in its database, with the next request', async () => {
    const before = await expiries()
    await pass(stage.db, { hours: 100 })
    const after = await expiries()
    for (const [i, at] of after.entries()) {
      expect(at - (before[i] ?? 0)).toBeGreaterThanOrEqual(100 * hourMs)
      expect(at - (before[i] ?? 0)).toBeLessThan(101 * hourMs)
    }
    const { rows } = await stage.db.raw<{ rows: { at: Date }[] }>(
      'select now() + clock_offset() as at',
    )
    expect(Math.abs((rows[0]?.at.getTime() ?? 0) - Date.now())).toBeLessThan(60_000)
  })

  test('ends sessions, tokens and codes, and accepts only assertions and proofs of its own time', async () => {
    const { browser, accessToken } = await shareAsNewcomer(stage)
    const own = await holderToken(stage, 'decide')
    const stale = await stage.aid.assertion()
    expect((await browser.get('/mes-partages')).status).toBe(200)
    await pass(stage.db, { hours: 2 })
    expect((await browser.get('/mes-partages')).status).toBe(403)
    expect((await stage.revenue.introspect(accessToken)).body).toBe('{"active":false}')
    const asked = await stage.revenue.api('/access/v1/evaluation', own, evaluation(shared.sub))
    expect(asked.status).toBe(401)
    expect((await stage.aid.push({}, { assertion: stale })).status).toBe(401)
    const fresh = await shareAsNewcomer(stage)
    expect((await stage.revenue.introspect(fresh.accessToken)).body).toMatch(/^{"active":true/)
  })

  test('dates decisions and events by its clock, and ends a consent after its last day', async () => {
    await pass(stage.db, { days: 20 })
    const granted = await shareAsNewcomer(stage)
    const permit = await decide(stage, await holderToken(stage, 'decide'), evaluation(granted.sub))
    const at = Date.parse(String(permit.context['evaluated_at']))
    expect(permit.decision).toBe(true)
    expect(Math.abs(at - Date.now())).toBeLessThan(60_000)

    const end = new Date(String(granted.detail['valid_until']))
    await pass(stage.db, { seconds: Math.floor((end.getTime() - Date.now()) / 1000) - 20 })
    const token = await holderToken(stage, 'decide')
    expect((await decide(stage, token, evaluation(granted.sub))).decision).toBe(true)
    await passUntil(stage.db, end)
    for (const port of stage.ports) {
      const after = await decide(stage, token, evaluation(granted.sub), port)
      expect([after.decision, after.context['reason_codes']]).toEqual([false, ['CONSENT_EXPIRED']])
    }
  })

  test('never goes back', async () => {
    await expect(moveClock(stage.db, 1000)).rejects.toThrow('the clock never goes back')
    expect((await ask(stage, shared.browser)).page.status).toBe(200)
  })
})

describe('at the start', () => {
  let database: FreshDatabase
  let db: ReturnType<typeof openDatabase>

  beforeAll(async () => {
    database = await freshDatabase()
    db = openDatabase(database.url, housePatience)
  })

  afterAll(async () => {
    await db.destroy()
    await database.drop()
  })

  test('a process reads the clock’s offset again only where it may be moved', async () => {
    for (const mode of ['production', 'staging', 'demonstration'] as const)
      expect(await openClock(db, { mode, clockOffsetMs: undefined })).toBeUndefined()
    expect(await openClock(db, { mode: 'production', clockOffsetMs: 0 })).toBeUndefined()
    expect(await openClock(db, { mode: 'demonstration', clockOffsetMs: 0 })).toBeTypeOf('function')
  })

  test('production refuses a database whose clock was moved, and other modes need a setting for it', async () => {
    await openClock(db, { mode: 'staging', clockOffsetMs: 36 * hourMs })
    for (const clockOffsetMs of [undefined, 0])
      await expect(openClock(db, { mode: 'production', clockOffsetMs })).rejects.toThrow(
        /^The clock of this database was moved P1DT12H ahead.*production/,
      )
    const unknowing = openClock(db, { mode: 'staging', clockOffsetMs: undefined })
    await expect(unknowing).rejects.toThrow(OperatorError)
    await expect(unknowing).rejects.toThrow('start with CLOCK_OFFSET=P1DT12H')
    expect(await openClock(db, { mode: 'staging', clockOffsetMs: 0 })).toBeTypeOf('function')
  })

  test('a command moves no clock, whatever it calls itself, and follows one that was moved', async () => {
    const before = await readClockOffset(db)
    const further = {
      DATABASE_URL: database.url,
      KEYS_DIR: '/nowhere',
      CLOCK_OFFSET: 'P30D',
    }
    const staging = {
      NODE_ENV: 'staging',
      ISSUER: 'https://accord.example.test',
      TRUSTED_PROXIES: '1',
      ...operatorEnv,
    }
    // Without a mode it would be a demonstration, for who types the command.
    for (const env of [{ ...staging, ...further }, further])
      expect(await callTool(['matching', 'stops'], env)).toMatchObject({
        code: 1,
        err: expect.stringContaining('which a command does not move'),
      })
    expect(await readClockOffset(db)).toBe(before)
  })

  test('the process explains it in one sentence, and ends', async () => {
    const one = launch(['--import', './src/guard.js', 'src/main.ts', 'serve'], {
      env: {
        NODE_ENV: 'production',
        ISSUER: 'https://accord.example.test',
        DATABASE_URL: database.url,
        KEYS_DIR: '/nowhere',
        LEDGER_DIR: '/nowhere',
        TRUSTED_PROXIES: '1',
        ...operatorEnv,
        CLOCK_OFFSET: 'P3D',
      },
    })
    expect(await one.gone()).toBe(exitStatuses.settings)
    expect(one.complaint()).toBe(
      'The configuration cannot be used:\n  - CLOCK_OFFSET must be zero in production: time moves for tests and demonstrations only\n',
    )
  })
})

test('if two answers overtake each other, the larger offset counts', () => {
  moveDateAhead(20_000)
  moveDateAhead(400 * 24 * hourMs)
  const ahead = Date.now()
  moveDateAhead(10_000)
  expect(Date.now()).toBeGreaterThanOrEqual(ahead)
  expect(new Date().getTime() - Date.now()).toBeLessThan(1000)
  expect([new Date(0).getTime(), Date.parse('1970-01-01T00:00:00Z')]).toEqual([0, 0])
  expect(new Date()).toBeInstanceOf(Date)
})

test('the demonstration lives some days ahead: its applications and the broker agree on the time', async () => {
  const demo = await startDemo({ env: { CLOCK_OFFSET: 'P3DT1H' } })
  try {
    expect(demo.output()).toContain('P3DT1H')
    // Student Aid pushes a request, signed at its time, which the broker takes; then the broker shows its page.
    const sent = await fetch(`${demo.studentAid}/sign-in`, { redirect: 'manual' })
    expect([sent.status, sent.headers.get('location')]).toEqual([
      303,
      expect.stringMatching(`^${demo.issuer}/auth\\?.*request_uri=`),
    ])
  } finally {
    await demo.stop()
  }
})

test.each([
  ['P3D', 259_200_000],
  ['PT36H', 129_600_000],
  ['P1DT2H3M4S', 93_784_000],
  ['P0D', 0],
])('the duration %s is converted to milliseconds', (text, ms) => {
  expect(readDuration(text)).toBe(ms)
})

test('a duration is written in the form that is read, and anything else is refused', () => {
  for (const text of ['P3D', 'P1DT12H', 'PT1S'])
    expect(writeDuration(readDuration(text) ?? -1)).toBe(text)
  for (const text of [
    '',
    'P',
    'PT',
    'P3DT',
    '3D',
    '-P3D',
    'P-3D',
    'P1M',
    'P1Y',
    'P99999D',
    'P1,5D',
  ])
    expect(readDuration(text)).toBeUndefined()
})
