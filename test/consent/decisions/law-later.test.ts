import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLog } from '../../../src/base/logging/log.ts'
import { readId } from '../../../src/base/values/ids.ts'
import type { Vault } from '../../../src/ledger/chain/index.ts'
import { readDelayedEvents, readTimeline, verifyTimeline } from '../../../src/ledger/chain/index.ts'
import { sealUnsealed } from '../../../src/consent/record/index.ts'
import { foldParts } from '../../../src/house/folds.ts'
import { openRegister, uncheckedRegister } from '../../../src/registry/index.ts'
import {
  disclosuresJobs,
  noteUnconfirmed,
  notifyNewSendings,
} from '../../../src/consent/disclosures/index.ts'
import type { SendingsNotified } from '../../../src/people/notifications/preference-store.ts'
import { savePreference } from '../../../src/people/notifications/preference-store.ts'
import { transact } from '../../../src/base/database/database.ts'
import { whileNotTold } from '../../support/cannot-be-told.ts'
import { differencesOf } from '../../support/fold.ts'
import { schemaProblems } from '../../support/ledger-schema.ts'
import type { Known } from '../../support/law.ts'
import {
  investigated,
  investigatedCase,
  investigation,
  lawful,
  newKnown,
  vaultOf,
} from '../../support/law.ts'
import type { MovingStage } from '../../support/moving-stage.ts'
import { startMovingStage } from '../../support/moving-stage.ts'
import type { Decision, Json } from '../../support/sharing.ts'
import { decide, holderToken, reportOf, shareAsNewcomer } from '../../support/sharing.ts'
import { json } from '../../support/service.ts'
import { letTimeMove, pass } from '../../support/time.ts'
import { seeded } from '../../support/property.ts'
import { sealsOf } from '../../support/seals.ts'

// What a person sees later than it was done: nothing of it before, all of it afterwards, and never more of it than the law allows
// (I20; decision 0023).

const days = 90

let stage: MovingStage
let vault: Vault
let token: string

beforeAll(async () => {
  letTimeMove()
  stage = await startMovingStage()
  vault = await vaultOf(stage)
  await stage.apply(...investigation(days))
  token = await holderToken(stage, 'decide')
})
afterAll(() => stage.stop())

const ask = (request: Json): Promise<Decision> => decide(stage, token, request)

async function report(decision: Decision, change: Json = {}): Promise<void> {
  const reportToken = await holderToken(stage, 'report')
  const body = reportOf(decision, change)
  expect((await stage.revenue.api('/disclosures', reportToken, body)).status).toBe(201)
}

/** All that any page, API or export shows of what was decided about her. */
async function seenBy({ personId }: Known) {
  const { db } = stage
  const decisions: { reasonCode: string }[] = await db('decisionHistory')
    .where({ personId })
    .orderBy('evaluatedAt', 'desc')
  const timeline = await readTimeline(db, vault, personId, { after: 0, limit: 100 })
  const delayed = await readDelayedEvents(db, vault, personId, { after: undefined, limit: 100 })
  return {
    decisions: decisions.map(({ reasonCode }) => reasonCode),
    timeline: timeline.map(({ personSeq }) => personSeq),
    delayed: delayed.map(({ kind }) => kind),
  }
}

const nothing = { decisions: [], timeline: [], delayed: [] }

test('a delayed permit shows nowhere before its time, not even in a count; afterwards completely', async () => {
  const known = await newKnown(stage)
  const first = await ask(investigated(known.sub))
  expect(first.context).toMatchObject({
    reason_codes: ['LAW_PROVISION'],
    legal_basis: 'investigation_59',
  })
  await report(first)
  const unnamed = await ask(investigated(known.sub, { lawCase: undefined }))
  expect(unnamed.context['reason_codes']).toEqual(['CASE_MISSING'])
  const denied = await ask(
    investigated(known.sub, { categories: ['cat_revenu-net', 'cat_situation-familiale'] }),
  )
  expect(denied.context['reason_codes']).toEqual(['CATEGORY_NOT_COVERED'])
  expect(await seenBy(known)).toEqual(nothing)

  // What she sees at once is numbered as if nothing else had been.
  await ask(lawful(known.sub))
  const meanwhile = { decisions: ['LAW_AGREEMENT'], timeline: [1], delayed: [] }
  expect(await seenBy(known)).toEqual(meanwhile)
  expect(await verifyTimeline(stage.db, vault, known.personId)).toEqual({ holds: true, count: 1 })

  await pass(stage.db, { days: days - 1, hours: 23 })
  expect(await seenBy(known)).toEqual(meanwhile)
  await pass(stage.db, { hours: 2 })
  expect(await seenBy(known)).toEqual({
    decisions: ['LAW_AGREEMENT', 'CATEGORY_NOT_COVERED', 'CASE_MISSING', 'LAW_PROVISION'],
    timeline: [1],
    delayed: ['disclosure.authorised', 'disclosure.recorded'],
  })

  const shown = await readDelayedEvents(stage.db, vault, known.personId, {
    after: undefined,
    limit: 9,
  })
  for (const { payload } of shown) expect(schemaProblems(payload ?? {})).toEqual([])
  expect(shown[0]?.payload).toMatchObject({ case: investigatedCase })
  const [chain] = new Set(shown.map(({ chainId }) => chainId))
  expect(chain).toBe(readId('dec', String(first.context['decision_id'])))
  expect(await verifyTimeline(stage.db, vault, String(chain))).toEqual({ holds: true, count: 2 })
})

test('a report on a permit that she already sees is shown at once', async () => {
  token = await holderToken(stage, 'decide')
  const known = await newKnown(stage)
  const permitted = await ask(investigated(known.sub))
  await pass(stage.db, { days })
  await report(permitted)
  expect((await seenBy(known)).delayed).toEqual(['disclosure.authorised', 'disclosure.recorded'])
})

test('a delayed permit that is moved to another person is neither repeated nor reported on', async () => {
  token = await holderToken(stage, 'decide')
  const [known, other] = [await newKnown(stage), await newKnown(stage)]
  const asked = investigated(known.sub, { requestId: crypto.randomUUID() })
  const permit = await ask(asked)
  const decisionId = readId('dec', String(permit.context['decision_id']))
  await stage.db('decision').where({ decisionId }).update({ personId: other.personId })
  expect((await ask(asked)).context['reason_codes']).toEqual(['RECORD_UNTRUSTED'])
  const reportToken = await holderToken(stage, 'report')
  const said = await stage.revenue.api('/disclosures', reportToken, reportOf(permit))
  expect([said.status, json(said)['code']]).toEqual([409, 'decision.untrusted'])
})

test('a person who continues from her last page misses no permit that has become visible', async () => {
  token = await holderToken(stage, 'decide')
  const known = await newKnown(stage)
  await report(await ask(investigated(known.sub)))
  await pass(stage.db, { days: 45 })
  token = await holderToken(stage, 'decide')
  await ask(investigated(known.sub))
  await pass(stage.db, { days: 46 })
  const read = (after: Awaited<ReturnType<typeof readDelayedEvents>>[number] | undefined) =>
    readDelayedEvents(stage.db, vault, known.personId, { after: after?.shown, limit: 100 })
  const first = await read(undefined)
  expect(first).toHaveLength(2)
  expect(await read(first[0])).toHaveLength(1)
  await pass(stage.db, { days: 45 })
  expect(await read(first[1])).toHaveLength(1)
})

test('who wants to be told of sendings is told once of those that she sees, and of one that is delayed on its day', async () => {
  token = await holderToken(stage, 'decide')
  const [each, weekly, never] = [
    await newKnown(stage),
    await newKnown(stage),
    await newKnown(stage),
  ]
  const chooses = async ({ personId }: Known, sendings: SendingsNotified) => {
    const choice = { channel: 'none', language: 'fr', sendings, questionReminders: false } as const
    await transact(stage.db, (tx) => savePreference(tx, personId, choice, new Date()))
  }
  await chooses(each, 'each')
  await chooses(weekly, 'weekly')
  const told = ({ personId }: Known): Promise<string[]> =>
    stage.db('notification').where({ personId }).pluck('kind')
  /** Two workers at once. */
  const tell = async () => {
    const at = new Date()
    const both = await Promise.all(
      [1, 2].map(() => notifyNewSendings({ db: stage.db, log: openLog('silent') }, { now: at })),
    )
    return both.reduce((sum, { told: people }) => sum + people, 0)
  }
  for (const known of [each, weekly, never]) await report(await ask(lawful(known.sub)))
  await ask(investigated(each.sub, { lawCase: undefined })) // a refusal is no sending
  expect(await tell()).toBe(0) // its report may not be committed yet
  await pass(stage.db, { seconds: 61 })
  expect(await whileNotTold(stage.db, each.personId, tell)).toBe(0)
  expect(await tell()).toBe(1)
  expect(await tell()).toBe(0)

  token = await holderToken(stage, 'decide')
  await report(await ask(investigated(each.sub)))
  await pass(stage.db, { seconds: 61 })
  expect(await tell()).toBe(0)
  await pass(stage.db, { days: 7 })
  expect([await tell(), await told(weekly)]).toEqual([1, ['disclosure.new']])
  await pass(stage.db, { days: days - 8 })
  expect([await tell(), await told(each)]).toEqual([0, ['disclosure.new']])
  await pass(stage.db, { days: 1 })
  const jobs = disclosuresJobs({ ...stage, clock: () => new Date(), log: openLog('silent') })
  await jobs['sendings.tell']?.({}, { attempt: 1, maxAttempts: 3 })
  expect([await tell(), await told(each)]).toEqual([0, ['disclosure.new', 'disclosure.new']])

  // Who begins now is told of nothing that came before, and who ends is told no more.
  await chooses(never, 'each')
  await chooses(each, 'never')
  token = await holderToken(stage, 'decide')
  await report(await ask(investigated(each.sub)))
  await pass(stage.db, { days: days + 1 })
  expect([await tell(), await told(never), (await told(each)).length]).toEqual([0, [], 2])
})

test('a repeated request gets the same permit, which stays hidden', async () => {
  token = await holderToken(stage, 'decide')
  const known = await newKnown(stage)
  const request = investigated(known.sub)
  const [first, second] = [await ask(request), await ask(request)]
  expect(second.context['decision_id']).toBe(first.context['decision_id'])
  expect(await seenBy(known)).toEqual(nothing)
})

test('many delayed permits at once, on both processes, each have a chain of their own', async () => {
  const known = await newKnown(stage)
  const permits = await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      decide(stage, token, investigated(known.sub), stage.ports[i % 2]),
    ),
  )
  expect(permits.every(({ decision }) => decision)).toBe(true)
  expect(await seenBy(known)).toEqual(nothing)
})

// The database holds I20 by itself, whatever a program does: tried with any delay, any basis, with and without a consent.
test('the database refuses a delay of a consent, of a basis without delay, or beyond the longest', async () => {
  const known = await newKnown(stage)
  const { context } = await ask(investigated(known.sub))
  const decisionId = readId('dec', String(context['decision_id'])) ?? ''
  const bases = ['investigation_59', 'agreement_68_1', 'law_67', 'emergency_59', 'court_order']
  const seconds = 365 * 86_400
  const run = fc.asyncProperty(
    fc.constantFrom(...bases),
    fc.integer({ min: -10, max: 2 * seconds }),
    async (legalBasisId, delay) => {
      const [row] = await stage.db('decision').where({ decisionId })
      const visibleFrom = new Date(row.evaluatedAt.getTime() + delay * 1000)
      const isAllowed = legalBasisId === 'investigation_59' && delay > 0 && delay <= seconds
      const done = await stage.db
        .transaction(async (tx) => {
          await tx('decision').where({ decisionId }).update({ legalBasisId, visibleFrom })
          await tx.rollback()
        })
        .catch((error: unknown) => String(error).includes('decision_delay'))
      expect(done === true).toBe(!isAllowed)
    },
  )
  await fc.assert(run, seeded({ numRuns: 60 }))
  const byConsent = {
    consentId: decisionId,
    reasonCode: 'CONSENT_ACTIVE',
    legalBasisId: 'consent_53',
  }
  await expect(stage.db('decision').where({ decisionId }).update(byConsent)).rejects.toThrow(
    'decision_delay',
  )
})

test('the end of a chain of its own that has no seal is sealed as her events tell: no sharing lives by it', async () => {
  const { sub, consentId } = await shareAsNewcomer(stage)
  await ask(investigated(sub))
  const { personId } = await stage
    .db('consentCurrent')
    .where({ consentId: readId('con', consentId) ?? '' })
    .first<{ personId: string }>('personId')
  const { rows: ends } = await stage.db.raw<{ rows: object[] }>(
    `update person_head set seal = null where person_id in (select chain_id from delayed_chains where person_id = ?)
     returning person_id`,
    [personId],
  )
  expect(ends).toHaveLength(1)
  const found = () => differencesOf({ db: stage.db, vault }, personId)
  expect(await found()).toMatchObject([{ table: 'person_head', because: 'its seal does not hold' }])
  const parts = foldParts(await uncheckedRegister(stage.db))
  const sealed = await sealUnsealed(stage.db, { vault, parts, log: openLog('silent') })
  expect(sealed).toMatchObject({ found: 1 })
  expect(await found()).toEqual([])
})

test('a delayed permit without a report is marked as unconfirmed and stays hidden', async () => {
  token = await holderToken(stage, 'decide')
  const known = await newKnown(stage)
  const permitted = await ask(investigated(known.sub))
  await pass(stage.db, { hours: 25 })
  const live = await openRegister(stage.db, await sealsOf(stage.keysDir))
  const context = { db: stage.db, vault, live, log: openLog('silent') }
  while ((await noteUnconfirmed(context, new Date())) > 0);
  const chain = readId('dec', String(permitted.context['decision_id'])) ?? ''
  expect(await verifyTimeline(stage.db, vault, chain)).toEqual({ holds: true, count: 2 })
  expect(await seenBy(known)).toEqual(nothing)
})
