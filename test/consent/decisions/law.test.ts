import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readId, writeId } from '../../../src/base/values/ids.ts'
import type { Vault } from '../../../src/ledger/chain/index.ts'
import { readTimeline, verifyTimeline } from '../../../src/ledger/chain/index.ts'
import { schemaProblems } from '../../support/ledger-schema.ts'
import type { Known } from '../../support/law.ts'
import { lawful, newKnown, vaultOf } from '../../support/law.ts'
import type { MovingStage } from '../../support/moving-stage.ts'
import { counts, startMovingStage } from '../../support/moving-stage.ts'
import { json } from '../../support/service.ts'
import type { Decision, Json } from '../../support/sharing.ts'
import { decide, holderToken, reportOf } from '../../support/sharing.ts'
import { letTimeMove, pass } from '../../support/time.ts'
import { setStanding } from '../../support/resealed-access.ts'

// What the law allows, through the same door (I11, I13, I14, I17).

const written = ['decision', 'ledgerEvent', 'consentCurrent', 'decisionKey']

let stage: MovingStage
let vault: Vault
let token: string

beforeAll(async () => {
  letTimeMove()
  stage = await startMovingStage()
  vault = await vaultOf(stage)
  token = await holderToken(stage, 'decide')
})
afterAll(() => stage.stop())

const ask = (request: Json, port?: number): Promise<Decision> => decide(stage, token, request, port)

function because({ decision, context }: Decision): unknown[] {
  return [decision, ...(context['reason_codes'] as unknown[])]
}

async function report(decision: Decision, change: Json = {}) {
  const reportToken = await holderToken(stage, 'report')
  return stage.revenue.api('/disclosures', reportToken, reportOf(decision, change))
}

describe('a permit by law', () => {
  test('names its legal basis, and no consent', async () => {
    const { sub } = await newKnown(stage)
    const { decision, context } = await ask(lawful(sub))
    expect(decision).toBe(true)
    expect(context).toMatchObject({
      reason_codes: ['LAW_AGREEMENT'],
      legal_basis: 'agreement_68_1',
      agreement: 'agr_2026-014@2',
      permitted_categories: ['cat_revenu-net'],
      uses_left: 0,
    })
    expect(context).not.toHaveProperty('consent_id')
  })

  test('can be the first event of a person, and is one event (I13)', async () => {
    const { personId, sub } = await newKnown(stage)
    const { context } = await ask(lawful(sub))

    const events = await readTimeline(stage.db, vault, personId, { after: 0, limit: 10 })
    expect(events.map(({ kind, personSeq }) => [kind, personSeq])).toEqual([
      ['disclosure.authorised', 1],
    ])
    expect(schemaProblems(events[0]?.payload ?? {})).toEqual([])
    expect(events[0]?.payload).toMatchObject({
      decision_id: context['decision_id'],
      consent_id: null,
      legal_basis: 'agreement_68_1',
      recipient: 'org_logement-abordable',
    })
    expect(await verifyTimeline(stage.db, vault, personId)).toEqual({ holds: true, count: 1 })
  })

  test('is given although the operator suspended the access', async () => {
    const { personId, sub } = await newKnown(stage)
    await setStanding(stage, personId, { suspendedAt: new Date() })
    expect((await ask(lawful(sub))).decision).toBe(true)
  })

  test('is given once for a repeated request, on both processes (I14)', async () => {
    const { sub } = await newKnown(stage)
    const request = lawful(sub)
    const [first, second] = await Promise.all(stage.ports.map((port) => ask(request, port)))
    const third = await ask(request)
    const ids = [first, second, third].map((item) => item?.context['decision_id'])
    expect(new Set(ids).size).toBe(1)
    expect(third.context['uses_left']).toBe(0)
  })

  test('is reported like any other, and its use is given back if nothing was sent', async () => {
    const { personId, sub } = await newKnown(stage)
    const permitted = await ask(lawful(sub))
    expect(because(await ask(lawful(sub)))).toEqual([false, 'FREQUENCY_EXCEEDED'])

    const reported = await report(permitted, { status: 'nil', categories: [] })
    expect(reported.status).toBe(201)
    const again = await ask(lawful(sub))
    expect(because(again)).toEqual([true, 'LAW_AGREEMENT'])
    const said = { occurred_at: new Date().toISOString() }
    expect((await report(again, said)).status).toBe(201)
    expect((await report(again, said)).status).toBe(200)

    const events = await readTimeline(stage.db, vault, personId, { after: 0, limit: 10 })
    expect(events.map(({ kind }) => kind)).toEqual([
      'disclosure.authorised',
      'disclosure.nil',
      'disclosure.authorised',
      'disclosure.recorded',
    ])
    for (const { payload } of events) expect(schemaProblems(payload ?? {})).toEqual([])
    expect(await verifyTimeline(stage.db, vault, personId)).toEqual({ holds: true, count: 4 })
  })

  test('of a yearly limit of one is given back once a year; a second time is an anomaly', async () => {
    const { personId, sub } = await newKnown(stage)
    const nothing = { status: 'nil', categories: [] }
    await report(await ask(lawful(sub)), nothing)
    const second = await ask(lawful(sub))
    expect((await report(second, nothing)).status).toBe(201)
    expect(because(await ask(lawful(sub)))).toEqual([false, 'FREQUENCY_EXCEEDED'])
    const about = readId('dec', String(second.context['decision_id']))
    expect(await stage.db('disclosureAnomaly').where({ about })).toMatchObject([
      { kind: 'nil_too_often', settledAt: null },
    ])
    const events = await readTimeline(stage.db, vault, personId, { after: 0, limit: 10 })
    expect(events.map(({ payload }) => payload?.['use_returned'])).toEqual([
      undefined,
      true,
      undefined,
      false,
    ])
    await pass(stage.db, { days: 366 })
    token = await holderToken(stage, 'decide')
    expect(because(await ask(lawful(sub)))).toEqual([true, 'LAW_AGREEMENT'])
  })

  test('is given back as often as its limit allows, even with reports at once', async () => {
    const set = { frequency_limit: { count: 3, per: 'P1Y' } }
    const purposes = ['pur_trois-fois@1']
    await stage.apply(
      { of: 'pur_verification-loyer', as: 'pur_trois-fois', set },
      { of: 'agr_2026-014', as: 'agr_2026-091', set: { purposes } },
    )
    const { sub } = await newKnown(stage)
    const nothing = { status: 'nil', categories: [] }
    const one = () => ask(lawful(sub, { purpose: 'pur_trois-fois@1' }))
    const first = [await one(), await one(), await one()]
    for (const permit of first.slice(1)) await report(permit, nothing)
    const open = [first[0], await one(), await one()].flatMap((permit) => permit ?? [])
    expect(open.map(({ decision }) => decision)).toEqual([true, true, true])

    await Promise.all(open.map((permit) => report(permit, nothing)))

    // Two came back before; of these three one.
    expect([(await one()).decision, (await one()).decision]).toEqual([true, false])
  })

  test('is given again in the next year', async () => {
    const { sub } = await newKnown(stage)
    expect((await ask(lawful(sub))).decision).toBe(true)
    await pass(stage.db, { days: 364 })
    token = await holderToken(stage, 'decide')
    expect(because(await ask(lawful(sub)))).toEqual([false, 'FREQUENCY_EXCEEDED'])
    await pass(stage.db, { days: 2 })
    token = await holderToken(stage, 'decide')
    expect(because(await ask(lawful(sub)))).toEqual([true, 'LAW_AGREEMENT'])
  })

  test('is given as often as the limit allows to requests at once on both processes', async () => {
    const { personId, sub } = await newKnown(stage)
    const asked = Array.from({ length: 12 }, (_, i) => ask(lawful(sub), stage.ports[i % 2]))
    const permits = (await Promise.all(asked)).filter(({ decision }) => decision)
    expect(permits).toHaveLength(1)
    expect(await verifyTimeline(stage.db, vault, personId)).toEqual({ holds: true, count: 1 })
  })
})

describe('nothing is permitted', () => {
  test('about an unknown person, and nothing is recorded', async () => {
    const before = await counts(stage, written)
    expect(because(await ask(lawful('AAAAAAAAAAAAAAAAAAAAAA')))).toEqual([false, 'PERSON_UNKNOWN'])
    expect(await counts(stage, written)).toEqual(before)
  })

  test('about a person who has closed her access', async () => {
    const { personId, sub } = await newKnown(stage)
    const closed = { closedAt: new Date(), eraseAt: new Date(Date.now() + 86_400_000) }
    await setStanding(stage, personId, closed)
    expect(because(await ask(lawful(sub)))).toEqual([false, 'PERSON_UNKNOWN'])
  })

  test('about a deceased person, and the deny is recorded', async () => {
    const { personId, sub } = await newKnown(stage)
    await setStanding(stage, personId, { status: 'deceased' })
    const denied = await ask(lawful(sub))
    expect(because(denied)).toEqual([false, 'PERSON_DECEASED'])
    expect(denied.context['decision_id']).toMatch(/^dec_/)
  })

  test('to another recipient, or for more categories than the agreement has', async () => {
    const { sub } = await newKnown(stage)
    const recipient = 'org_transport-adapte'
    expect(because(await ask(lawful(sub, { recipient })))).toEqual([false, 'NO_CONSENT'])
    const categories = ['cat_revenu-net', 'cat_situation-familiale']
    const more = await ask(lawful(sub, { categories }))
    expect(because(more)).toEqual([false, 'CATEGORY_NOT_COVERED'])
    expect(more.context).toMatchObject({ permitted_categories: ['cat_revenu-net'] })
    // Nobody is to be asked for what the law allows.
    expect(more.context).not.toHaveProperty('remedy')
  })
})

test('the database refuses a permit with neither consent nor law, or with both', async () => {
  const known = await newKnown(stage)
  const { context } = await ask(lawful(known.sub))
  const decisionId = readId('dec', String(context['decision_id']))
  const change = (columns: Json) => stage.db('decision').where({ decisionId }).update(columns)
  await expect(change({ legalBasisId: 'consent_53' })).rejects.toThrow('decision_rests_on_one')
  await expect(change({ consentId: known.personId })).rejects.toThrow('decision_rests_on_one')
  await expect(change({ reasonCode: 'CONSENT_ACTIVE' })).rejects.toThrow('decision_rests_on_one')
  await expect(change({ legalBasisId: null })).rejects.toThrow('decision_')
})

// The register is everyone's: this comes last.
test('after an agreement’s suspension is applied nothing is permitted under it', async () => {
  const people: Known[] = await Promise.all(Array.from({ length: 24 }, () => newKnown(stage)))
  const during = people.map(({ sub }, i) => ask(lawful(sub), stage.ports[i % 2]))
  await stage.apply({ of: 'agr_2026-014', set: { status: 'suspended' } })
  // On either process, though neither was told of it.
  const after = people.map(({ sub }, i) => ask(lawful(sub), stage.ports[(i + 1) % 2]))
  for (const decided of await Promise.all(after))
    expect(because(decided)).toEqual([false, 'AGREEMENT_NOT_IN_FORCE'])
  for (const decided of await Promise.all(during))
    expect([
      [true, 'LAW_AGREEMENT'],
      [false, 'AGREEMENT_NOT_IN_FORCE'],
    ]).toContainEqual(because(decided))
  for (const { personId } of people)
    expect(await verifyTimeline(stage.db, vault, personId)).toMatchObject({ holds: true })
  await stage.apply({ of: 'agr_2026-014', set: { status: 'in_force' } })
  expect(because(await ask(lawful((await newKnown(stage)).sub)))).toEqual([true, 'LAW_AGREEMENT'])
})

test('a report of the ledger names the disclosure by the permit', async () => {
  const { sub } = await newKnown(stage)
  const permitted = await ask(lawful(sub))
  const reported = json(await report(permitted))
  const id = readId('dec', String(permitted.context['decision_id'])) ?? ''
  expect(reported['disclosure_id']).toBe(writeId('dis', id))
})
