import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeTimeCheck } from '../../../src/consent/decisions/time-check.ts'
import type { Shared, Stage } from '../../support/sharing.ts'
import {
  decide,
  evaluation,
  holderToken,
  shareAsNewcomer,
  startStage,
} from '../../support/sharing.ts'
import { json } from '../../support/service.ts'

// Whoever may replace a function of the database moves its clock. What is permitted by another time than this moment is not permitted.

const second = 1000
const noon = Date.UTC(2027, 2, 1, 12)

test.each<[string, number, boolean]>([
  ['as it is', 0, true],
  ['nine seconds ahead', 9 * second, true],
  ['nine seconds behind', -9 * second, true],
  ['eleven seconds ahead', 11 * second, false],
  ['eleven seconds behind', -11 * second, false],
  ['310 days behind', -310 * 86_400 * second, false],
])('a time of the database that is %s', (_, apart, isNow) => {
  const timeCheck = makeTimeCheck({ cosignedMs: () => undefined, ownMs: () => noon })
  expect(timeCheck()(new Date(noon + apart))).toBe(isNow)
})

test('a reading that took long is of a moment in it', () => {
  let own = noon
  const isNow = makeTimeCheck({
    cosignedMs: () => undefined,
    ownMs: () => own,
    steadyMs: () => own,
  })()
  own += 60 * second
  expect(isNow(new Date(noon + second))).toBe(true)
})

test('where both clocks go back together, the steady one says so', () => {
  let [own, steady] = [noon, 0]
  const timeCheck = makeTimeCheck({
    cosignedMs: () => undefined,
    ownMs: () => own,
    steadyMs: () => steady,
  })
  expect(timeCheck()(new Date(own))).toBe(true)
  steady += 5 * second
  own -= 60 * second
  expect(timeCheck()(new Date(own))).toBe(false)
  // The moment from which it went on counts, and not the one that was refused.
  own += 65 * second
  expect(timeCheck()(new Date(own))).toBe(true)
})

test('a time before a cosignature that was heard of is none of now', () => {
  const judged = [59, 61].map((ahead) => {
    const cosignedMs = () => noon + ahead * second
    return makeTimeCheck({ cosignedMs, ownMs: () => noon })()(new Date(noon))
  })
  expect(judged).toEqual([true, false])
})

let stage: Stage
let shared: Shared

beforeAll(async () => {
  stage = await startStage()
  shared = await shareAsNewcomer(stage)
})
afterAll(() => stage.stop())

test('a clock of the database that somebody puts back permits nothing, and once it is right again it does', async () => {
  const token = await holderToken(stage, 'decide')
  const permits = async () => (await decide(stage, token, evaluation(shared.sub))).decision
  const isActive = async () =>
    json(await stage.revenue.introspect(shared.accessToken))['active'] === true
  const { rows } = await stage.db.raw<{ rows: { code: string }[] }>(
    "select pg_get_functiondef('clock_offset'::regproc) as code",
  )
  expect(await permits()).toBe(true)
  const before = stage.output().length
  for (const apart of ['30 seconds', '-310 days', '320 days', '-30 seconds']) {
    await stage.db.raw(
      `create or replace function clock_offset() returns interval language sql stable as $$ select interval '${apart}' $$`,
    )
    // Before a decision finds the other code, or the next look does: the time alone says it.
    expect([apart, await isActive()]).toEqual([apart, false])
    const decided = await decide(stage, token, evaluation(shared.sub))
    await stage.db.raw(rows[0]?.code ?? '')
    expect([apart, decided.decision]).toEqual([apart, false])
    expect(JSON.stringify(decided.context)).toContain('RECORD_UNTRUSTED')
  }
  expect(await permits()).toBe(true)
  expect(await isActive()).toBe(true)
  // The log names the clock, and no row: none was changed.
  const said = stage.output().slice(before)
  expect(said.match(/the time of the database is not this moment/g)).toHaveLength(4)
  expect(said).not.toContain('a row of a person is not as this broker wrote it')
})
