import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeDays } from '../../../src/consent/decisions/index.ts'
import { revokeConsent } from '../../../src/consent/record/index.ts'
import { transact } from '../../../src/base/database/database.ts'
import { openLog } from '../../../src/base/logging/log.ts'
import { Refusal } from '../../../src/base/values/refusal.ts'
import type { TimelineEvent } from '../../../src/ledger/chain/index.ts'
import { readTimeline, verifyTimeline } from '../../../src/ledger/chain/index.ts'
import { differencesOf } from '../../support/fold.ts'
import { schemaProblems } from '../../support/ledger-schema.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import { at, newSharers, openLoad } from '../../support/sharing-load.ts'
import type { Stage } from '../../support/sharing.ts'
import { startStage } from '../../support/sharing.ts'
import { letTimeMove } from '../../support/time.ts'
import type { Command, Model, Real } from './life-model.ts'
import { commands, newTokens, oneOfEach, smallLimits } from './life-model.ts'
import { acr, registerOf } from './living.ts'
import { expectRecordsHold } from './record-invariants.ts'
import { seeded } from '../../support/property.ts'

// A consent lives any life that a person, a holder and time can give it, beside a small model that says what must come of it:
// state, uses, permit or deny; and her ledger alone tells every column of every row (I1, I2, I4, I12, I17, I18).
// Of every record that is left, I3, I5, I6, I7 and I8 hold.

// `npm run drill -- lives` tries many more.
const runs = Number(process.env['DRILL_RUNS'] ?? 20)
const limitMs = 100_000 + 2_000 * runs
const people = 4

let stage: Stage
let load: Load
let sharers: Sharer[]
const tokens = { decide: '', report: '' }
const told = new Map<string, TimelineEvent[]>()

beforeAll(async () => {
  letTimeMove()
  stage = await startStage(smallLimits)
  load = await openLoad(stage)
  sharers = await newSharers(load, people)
  await newTokens(stage, tokens)
}, 180_000)

afterAll(async () => {
  await load.close()
  await stage.stop()
})

test(
  `a life with every deed and ${runs} random lives of a consent agree with the model and with the ledger`,
  { timeout: limitMs },
  async () => {
    let turn = 0
    const live = async (list: Iterable<Command>) => {
      const sharer = at(sharers, turn++ % people)
      await forget(sharer)
      const model: Model = { records: [], permits: [], arrangements: 0 }
      const real: Real = { stage, load, tokens, sharer, ids: [], permits: [] }
      await fc.asyncModelRun(() => ({ model, real }), list)
      await expectTold(sharer)
    }

    await live(oneOfEach)
    await fc.assert(fc.asyncProperty(commands, live), seeded({ numRuns: runs }))

    for (const { personId } of sharers)
      expect(await verifyTimeline(load.db, load.vault, personId)).toMatchObject({ holds: true })
    const looked = await expectRecordsHold(load, told, await registerOf(load))
    expect(looked).toBeGreaterThan(runs)
    const { rows } = await load.db.raw<{ rows: { kind: string }[] }>(
      'select distinct kind from ledger_event',
    )
    expect(rows.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining([
        'consent.suspended',
        'consent.resumed',
        'consent.confirmed',
        'consent.expired',
        'disclosure.recorded',
        'disclosure.nil',
      ]),
    )
    expect(stage.output()).not.toContain('a request failed')
  },
)

test('a record never changes, whoever tries (I3)', async () => {
  const change = load.db('consentRecord').update({ express: true })
  await expect(change).rejects.toThrow('a consent record never changes')
  await expect(load.db.raw('truncate consent_record cascade')).rejects.toThrow('never changes')
})

// The next life begins with nothing that lives.
async function forget({ personId }: Sharer): Promise<void> {
  const rows: { consentId: string }[] = await load
    .db('consentCurrent')
    .where({ personId })
    .whereIn('state', ['active', 'suspended'])
  for (const { consentId } of rows)
    await transact(load.db, (tx) =>
      revokeConsent(tx, load.notary, { personId, consentId, acr }),
    ).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error
    })
}

/**
 * What her ledger alone tells is what stands in her rows, column by column: of all that she ever allowed, over all lives. The days
 * that are over are closed, as each night.
 * Her events are read once.
 */
async function expectTold({ personId }: Sharer): Promise<void> {
  await closeDays(load.db, load.vault, new Date(), openLog('silent'))
  const known = told.get(personId) ?? []
  told.set(personId, known)
  const news = await timelineAfter(personId, known.at(-1)?.personSeq ?? 0)
  for (const { payload } of news) expect(schemaProblems(payload)).toEqual([])
  known.push(...news)
  expect(await differencesOf(load, personId)).toEqual([])
}

async function timelineAfter(personId: string, from: number): Promise<TimelineEvent[]> {
  const events: TimelineEvent[] = []
  for (let last = from; ;) {
    const page = await readTimeline(load.db, load.vault, personId, { after: last, limit: 200 })
    events.push(...page)
    last = page.at(-1)?.personSeq ?? last
    if (page.length < 200) return events
  }
}
