import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeId } from '../../../src/base/values/ids.ts'
import { verifyTimeline } from '../../../src/ledger/chain/index.ts'
import type { History } from '../../support/histories.ts'
import { chances } from '../../support/chances.ts'
import { liveThrough } from '../../support/histories.ts'
import { schemaProblems } from '../../support/ledger-schema.ts'
import { permitsAfter } from '../../support/pairs.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import { currentRows, newSharers, openLoad, wholeTimeline } from '../../support/sharing-load.ts'
import type { Json, Stage } from '../../support/sharing.ts'
import { holderToken, startStage } from '../../support/sharing.ts'
import { untyped } from '../../support/database.ts'

// After a history with a process that is killed again and again, what the outside saw and what the database
// holds are one story (I12, I13, I17). `npm run drill histories` makes it long.

const seed = Number(process.env['DRILL_SEED'] ?? 1)
const pairs = Number(process.env['DRILL_PAIRS'] ?? 60)
const people = Math.min(24, Math.max(6, Math.ceil(pairs / 400)))
const limitMs = 120_000 + 20 * pairs // All that a long history left is read again.
const killEvery = Math.min(Math.max(30, Math.floor(pairs / 20)), 250)

let stage: Stage
let load: Load
let sharers: readonly Sharer[]
let history: History

beforeAll(async () => {
  stage = await startStage()
  load = await openLoad(stage)
  sharers = await newSharers(load, people)
  const tokens = async () => ({
    decide: await holderToken(stage, 'decide'),
    report: await holderToken(stage, 'report'),
  })
  // A token lives five minutes: a long history takes new ones between its parts.
  const part = 500
  const all: History[] = []
  for (let done = 0; done < pairs; done += part) {
    const plan = { seed: seed + done, pairs: Math.min(part, pairs - done), killEvery }
    all.push(await liveThrough(load, sharers, await tokens(), plan))
  }
  history = {
    pairs: all.flatMap((one) => one.pairs),
    kills: all.reduce((sum, { kills }) => sum + kills, 0),
    permits: new Set(all.flatMap((one) => [...one.permits])),
    reported: new Set(all.flatMap((one) => [...one.reported])),
  }
}, 7_200_000)
afterAll(async () => {
  await load.close()
  await stage.stop()
})

test(`seed ${seed}: in ${pairs} pairs nothing is permitted to who asks after a stop or a pause was acknowledged`, () => {
  expect(history.pairs).toHaveLength(pairs)
  expect(history.kills).toBeGreaterThan(0)
  expect(history.permits.size).toBeGreaterThan(pairs / 4)
  expect(history.pairs.flatMap(permitsAfter)).toEqual([])
})

test(
  'every permit has one event, every report a permit, and every answer its row',
  async () => {
    const told = { authorised: new Set<unknown>(), reported: new Set<unknown>() }
    for (const { personId } of sharers) {
      const events = await wholeTimeline(load, personId)
      expect(events.flatMap(({ payload }) => schemaProblems(payload))).toEqual([])
      expect(await verifyTimeline(load.db, load.vault, personId)).toMatchObject({ holds: true })
      const idsOf = (kinds: readonly string[]) =>
        events
          .filter(({ kind }) => kinds.includes(kind))
          .map(({ payload }) => payload?.['decision_id'])
      const authorised = idsOf(['disclosure.authorised'])
      const reported = idsOf(['disclosure.recorded', 'disclosure.nil'])
      expect([authorised.length, reported.length]).toEqual([
        new Set(authorised).size,
        new Set(reported).size,
      ])
      expect(new Set(authorised)).toEqual(await permitsOf({ personId }))
      expect(new Set(reported)).toEqual(await disclosuresOf({ personId }))
      expect(reported.filter((id) => !authorised.includes(id))).toEqual([])
      for (const id of authorised) told.authorised.add(id)
      for (const id of reported) told.reported.add(id)
    }
    expect([...history.permits].filter((id) => !told.authorised.has(id))).toEqual([])
    expect([...history.reported].filter((id) => !told.reported.has(id))).toEqual([])
  },
  limitMs,
)

test(
  'the uses of each consent are the permits that were not given back, and within the limit',
  async () => {
    for (const { personId } of sharers) {
      const kept = await keptOf(personId)
      for (const row of await currentRows(load, personId)) {
        const { consentId, uses, windowUses, frequencyCount } = row
        const count = kept.get(consentId) ?? 0
        expect([consentId, uses, windowUses]).toEqual([consentId, count, count])
        expect(uses).toBeLessThanOrEqual(frequencyCount ?? uses)
      }
    }
  },
  limitMs,
)

test(
  'the person’s chain has no permit after a stop or during a pause',
  async () => {
    for (const { personId } of sharers) {
      const barred = new Set<unknown>()
      for (const { kind, payload = {} } of await wholeTimeline(load, personId)) {
        const consentId = payload['consent_id']
        if (kind === 'consent.revoked' || kind === 'consent.suspended') barred.add(consentId)
        if (kind === 'consent.resumed') barred.delete(consentId)
        if (kind === 'disclosure.authorised') expect(barred).not.toContain(consentId)
      }
    }
  },
  limitMs,
)

test('a seed gives the same choices again, another seed gives others', () => {
  expect(dealt(7)).toEqual(dealt(7))
  expect(dealt(7)).not.toEqual(dealt(8))
})

function dealt(by: number): number[] {
  return Array.from({ length: 50 }, chances(by))
}

// One question a person: she may have a thousand consents behind her.
async function keptOf(personId: string): Promise<ReadonlyMap<string, number>> {
  const rows: { consentId: string }[] = await untyped(load.db)('decision')
    .select('consentId')
    .where({ personId, outcome: 'permit' })
    .whereNotIn(
      'decisionId',
      untyped(load.db)('usesReturned').where('useReturned', true).select('decisionId'),
    )
  const byConsent = Map.groupBy(rows, ({ consentId }) => consentId)
  return new Map([...byConsent].map(([consentId, of]) => [consentId, of.length]))
}

async function permitsOf(of: Json): Promise<Set<string>> {
  const rows: { decisionId: string }[] = await load
    .db('decision')
    .where({ ...of, outcome: 'permit' })
  return new Set(rows.map(({ decisionId }) => writeId('dec', decisionId)))
}

async function disclosuresOf(of: Json): Promise<Set<string>> {
  const rows: { decisionId: string }[] = await load.db('disclosure').where(of)
  return new Set(rows.map(({ decisionId }) => writeId('dec', decisionId)))
}
