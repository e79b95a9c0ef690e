import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readId } from '../../../src/base/values/ids.ts'
import { vaultOf } from '../../support/law.ts'
import { reseal } from '../../support/resealed.ts'
import { letTimeMove, pass } from '../../support/time.ts'
import { json } from '../../support/service.ts'
import type { Decision, Json, Shared, Stage } from '../../support/sharing.ts'
import {
  decide,
  evaluation,
  holderToken,
  reportOf,
  shareAsNewcomer,
  startStage,
  stop,
} from '../../support/sharing.ts'

// Reports that come late, after a stop, or of nothing (docs/design/domain.md#disclosures).

let stage: Stage
// Tokens last minutes: there are new ones whenever time has passed.
let tokens: { readonly decide: string; readonly report: string }

beforeAll(async () => {
  letTimeMove()
  stage = await startStage()
  await getTokens()
})

afterAll(() => stage.stop())

async function getTokens(): Promise<void> {
  const [decide, report] = [await holderToken(stage, 'decide'), await holderToken(stage, 'report')]
  tokens = { decide, report }
}

async function permitFor({ sub }: Shared): Promise<Decision> {
  const permit = await decide(stage, tokens.decide, evaluation(sub))
  expect(permit.decision).toBe(true)
  return permit
}

async function report(permit: Decision, change: Json = {}): Promise<Json> {
  const answer = await stage.revenue.api('/disclosures', tokens.report, reportOf(permit, change))
  expect(answer.status).toBe(201)
  return json(answer)
}

async function passMinutes(minutes: number): Promise<void> {
  await pass(stage.db, { seconds: minutes * 60 })
  await getTokens()
}

function minutesFrom(minutes: number): Date {
  return new Date(Date.now() + minutes * 60_000)
}

async function flagsOf({ context }: Decision): Promise<Json> {
  const decisionId = readId('dec', String(context['decision_id']))
  const row: Json | undefined = await stage.db('disclosure').where({ decisionId }).first()
  return { late: row?.['late'], inFlight: row?.['inFlight'], anomaly: row?.['anomaly'] }
}

async function usesOf({ consentId }: Shared): Promise<Json | undefined> {
  const key = { consentId: readId('con', consentId) }
  return stage.db('consentCurrent').select('uses', 'windowUses').where(key).first<Json>()
}

const none = { late: false, inFlight: false, anomaly: false }
const aDay = 24 * 60

describe('a report that was', () => {
  test('sent at once has no mark', async () => {
    const permit = await permitFor(await shareAsNewcomer(stage))
    await report(permit)
    expect(await flagsOf(permit)).toEqual(none)
  })

  test('decided before a stop and sent after it within the minute is marked as under way', async () => {
    const shared = await shareAsNewcomer(stage)
    const permit = await permitFor(shared)
    await stop(shared.browser, shared.consentId)
    await report(permit)
    expect(await flagsOf(permit)).toEqual({ ...none, inFlight: true })
  })

  test('sent before a stop and reported after it has no mark', async () => {
    const shared = await shareAsNewcomer(stage)
    const permit = await permitFor(shared)
    const occurredAt = new Date().toISOString()
    await stop(shared.browser, shared.consentId)
    await report(permit, { occurred_at: occurredAt })
    expect(await flagsOf(permit)).toEqual(none)
  })

  test.each([
    ['a minute short of a day ago', aDay - 1, false],
    ['a minute over a day ago', aDay + 1, true],
  ])('sent %s and reported now is marked as late or not: %i minutes', async (_, minutes, late) => {
    const permit = await permitFor(await shareAsNewcomer(stage))
    await passMinutes(minutes)
    await report(permit, { occurred_at: minutesFrom(-minutes).toISOString() })
    expect(await flagsOf(permit)).toEqual({ ...none, late })
  })

  test.each([
    ['within the minute and a clock that is off', 5, false],
    ['after both', 7, true],
  ])('sent %s is marked as an anomaly or not: %i minutes', async (_, minutes, anomaly) => {
    const permit = await permitFor(await shareAsNewcomer(stage))
    await passMinutes(minutes)
    await report(permit)
    expect(await flagsOf(permit)).toEqual({ ...none, anomaly })
  })

  test('sent long after a stop is an anomaly and not under way', async () => {
    const shared = await shareAsNewcomer(stage)
    const permit = await permitFor(shared)
    await stop(shared.browser, shared.consentId)
    await passMinutes(10)
    await report(permit)
    expect(await flagsOf(permit)).toEqual({ ...none, anomaly: true })
  })
})

describe('a report of nothing sent', () => {
  const nothing = { status: 'nil', categories: [], record_count: 0, result: 'not_found' }

  test('gives the use back', async () => {
    const shared = await shareAsNewcomer(stage)
    const permit = await permitFor(shared)
    await permitFor(shared)
    expect(await usesOf(shared)).toEqual({ uses: 2, windowUses: 2 })
    expect(await report(permit, nothing)).toMatchObject({ status: 'nil' })
    expect(await usesOf(shared)).toEqual({ uses: 1, windowUses: 1 })
    expect((await permitFor(shared)).context['uses_left']).toBe(2)
  })

  test('needs no list of categories', async () => {
    const permit = await permitFor(await shareAsNewcomer(stage))
    expect(await report(permit, { status: 'nil', categories: undefined })).toMatchObject({
      status: 'nil',
    })
  })

  test('has no mark after a stop or after its minute', async () => {
    const shared = await shareAsNewcomer(stage)
    const [stopped, old] = [await permitFor(shared), await permitFor(shared)]
    await stop(shared.browser, shared.consentId)
    await passMinutes(10)
    for (const permit of [stopped, old]) {
      await report(permit, nothing)
      expect(await flagsOf(permit)).toEqual(none)
    }
    expect(await usesOf(shared)).toEqual({ uses: 0, windowUses: 0 })
  })

  test('gives the use back only in the year in which it was counted', async () => {
    const shared = await shareAsNewcomer(stage)
    const permit = await permitFor(shared)
    // As if a new year of the consent had begun since, with one use of its own.
    const consentId = readId('con', shared.consentId)
    const windowStartedAt = minutesFrom(-1)
    await stage
      .db('consentCurrent')
      .where({ consentId })
      .update({ uses: 2, windowUses: 1, windowStartedAt })
    await reseal(stage.db, await vaultOf(stage), consentId)
    await report(permit, nothing)
    expect(await usesOf(shared)).toEqual({ uses: 1, windowUses: 1 })
  })

  test('makes place for another fourth use in the year', async () => {
    const shared = await shareAsNewcomer(stage)
    const permits = []
    for (let i = 0; i < 4; i++) permits.push(await permitFor(shared))
    const [first] = permits
    if (first === undefined) throw new Error('no permit')
    expect((await decide(stage, tokens.decide, evaluation(shared.sub))).decision).toBe(false)
    await report(first, nothing)
    expect((await permitFor(shared)).context['uses_left']).toBe(0)
  })
})

test('no process logged an error during these tests', () => {
  expect(stage.output()).toBe('')
})
