import * as jose from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readId, writeId } from '../../../src/base/values/ids.ts'
import { publicKeys, signStatement } from '../../../src/base/keys/jws.ts'
import type { Keys } from '../../../src/base/keys/keys.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import { signalMapping } from '../../../src/consent/signals/index.ts'
import { makeVault, readTimeline } from '../../../src/ledger/chain/index.ts'
import type { Answer } from '../../support/browser.ts'
import { issuer } from '../../support/broker.ts'
import { schemaProblems } from '../../support/ledger-schema.ts'
import { counts } from '../../support/moving-stage.ts'
import { json } from '../../support/service.ts'
import type { Decision, Json, Shared, Stage } from '../../support/sharing.ts'
import {
  decide,
  evaluation,
  holderToken,
  reportOf,
  shareAsNewcomer,
  startStage,
} from '../../support/sharing.ts'
import { saidIn } from '../../support/said.ts'
import { statementsBy } from '../../support/statements.ts'

// What a holder says that it did (I13). Reports sent many times at once stand in repeats.test.ts.

const written = ['decision', 'disclosure', 'ledgerEvent']
const both = ['cat_revenu-net', 'cat_situation-familiale']

let stage: Stage
let keys: Keys
let tokens: { readonly decide: string; readonly report: string }

beforeAll(async () => {
  stage = await startStage()
  keys = await openKeys(stage.keysDir)
  tokens = {
    decide: await holderToken(stage, 'decide'),
    report: await holderToken(stage, 'report'),
  }
})

afterAll(() => stage.stop())

type Permitted = { readonly shared: Shared; readonly permit: Decision }

async function permitted(categories = both): Promise<Permitted> {
  const shared = await shareAsNewcomer(stage, {}, ['cat_personnes-a-charge'])
  return { shared, permit: await permitFor(shared, categories) }
}

async function permitFor({ sub }: Shared, categories = both): Promise<Decision> {
  const permit = await decide(stage, tokens.decide, evaluation(sub, { categories }))
  expect(permit.decision).toBe(true)
  return permit
}

function send(body: Json, headers: Record<string, string> = {}): Promise<Answer> {
  return stage.revenue.api('/disclosures', tokens.report, body, { headers })
}

function minutesFrom(minutes: number): Date {
  return new Date(Date.now() + minutes * 60_000)
}

async function usesOf({ consentId }: Shared): Promise<Json | undefined> {
  const key = { consentId: readId('con', consentId) }
  return stage.db('consentCurrent').select('uses', 'windowUses').where(key).first<Json>()
}

test('a report is recorded, and acknowledged by a statement that anyone can check', async () => {
  const { permit } = await permitted()
  const occurredAt = new Date().toISOString()
  const answer = await send(reportOf(permit, { occurred_at: occurredAt, categories: [both[0]] }))

  expect(answer.status).toBe(201)
  const { ack, ...told } = json(answer)
  const { decision_id: decisionId } = permit.context
  const disclosureId = String(decisionId).replace('dec', 'dis')
  expect(told).toEqual({
    disclosure_id: disclosureId,
    decision_id: decisionId,
    status: 'recorded',
    recorded_at: expect.any(String),
    ledger: {
      origin: `accord.localhost/log/${new Date().getUTCFullYear()}/p0`,
      commitment: expect.stringMatching(/^[\w+/]{43}=$/),
      integrated_by: new Date(Date.parse(String(told['recorded_at'])) + 60_000).toISOString(),
    },
  })
  const { payload } = await jose.jwtVerify(String(ack), jose.createLocalJWKSet(publicKeys(keys)), {
    issuer,
    audience: 'org_agence-revenu',
    typ: 'disclosure-ack+jwt',
    algorithms: ['ES256'],
  })
  expect(payload).toEqual({
    iss: issuer,
    aud: 'org_agence-revenu',
    jti: disclosureId,
    iat: Math.floor(Date.parse(String(told['recorded_at'])) / 1000),
    decision_id: decisionId,
    status: 'recorded',
    categories: [both[0]],
    occurred_at: occurredAt,
    ...(told['ledger'] as Json),
  })
})

describe('the same report again', () => {
  test('gets the same answer, and records nothing', async () => {
    const { shared, permit } = await permitted()
    const body = reportOf(permit, {
      initiator: { type: 'system', label: { fr: 'Calcul', en: 'Run' } },
    })
    const first = await send(body)
    const [before, uses] = [await counts(stage, written), await usesOf(shared)]
    // Another order of members, another zone: the same instant, the same report.
    const reordered = Object.fromEntries(Object.entries(body).toReversed())
    const zone = String(body['occurred_at']).replace('Z', '+00:00')
    for (const again of [
      body,
      reordered,
      { ...body, occurred_at: zone },
      { ...body, bulk: false },
    ]) {
      const answer = await send(again)
      expect([answer.status, saidIn(json(answer))]).toEqual([200, saidIn(json(first))])
    }
    expect([await counts(stage, written), await usesOf(shared)]).toEqual([before, uses])
  })

  test.each<[string, Json]>([
    ['another time', { occurred_at: minutesFrom(1).toISOString() }],
    ['fewer categories', { categories: [both[0]] }],
    ['nothing sent after all', { status: 'nil', categories: [] }],
    ['another count', { record_count: 2 }],
    ['another group', { query_group_id: 'dossier-1' }],
  ])('with %s is refused as another report', async (_, change) => {
    const { permit } = await permitted()
    expect((await send(reportOf(permit))).status).toBe(201)
    await expectRefused(reportOf(permit, change), 422, 'report.differs')
  })
})

async function expectRefused(body: Json, status: number, code: string): Promise<void> {
  const before = await counts(stage, written)
  const answer = await send(body)
  expect([answer.status, json(answer)['code']]).toEqual([status, code])
  expect(answer.headers['content-type']).toBe('application/problem+json')
  expect(await counts(stage, written)).toEqual(before)
}

describe('a report is refused and nothing is written', () => {
  // All of them about one permit, which none of them uses.
  let shared: Shared
  let permit: Decision
  beforeAll(async () => {
    ;({ shared, permit } = await permitted())
  })

  test.each<[string, Json, string]>([
    [
      'of more than was permitted',
      { categories: [...both, 'cat_personnes-a-charge'] },
      'categories',
    ],
    ['of what is unknown', { categories: [both[0], 'cat_inconnue'] }, 'categories'],
    ['of nothing, as something', { categories: [] }, 'categories'],
    ['of something, as nothing', { status: 'nil' }, 'categories'],
    ['of last year', { occurred_at: '2025-11-24T12:00:00Z' }, 'time'],
    ['of the next century', { occurred_at: '2126-11-24T12:00:00Z' }, 'time'],
  ])('%s', async (_, change, problem) => {
    const uses = await usesOf(shared)
    await expectRefused(reportOf(permit, change), 422, `report.${problem}`)
    expect(await usesOf(shared)).toEqual(uses)
  })

  test.each([-6, 6])('from a clock that is %i minutes off', async (minutes) => {
    const occurred_at = minutesFrom(minutes).toISOString()
    await expectRefused(reportOf(permit, { occurred_at }), 422, 'report.time')
  })

  test.each<[string, (permit: Decision) => Promise<string> | string]>([
    ['another house’s', async ({ context }) => signedBy(await strangeKeys(), context)],
    [
      'an altered one',
      ({ context }) =>
        String(context['decision_token']).replace(/\.[^.]*\./, (m) => m.replace('e', 'f')),
    ],
    [
      'one without signature',
      ({ context }) => String(context['decision_token']).replace(/[^.]*$/, ''),
    ],
    [
      'one about a deny',
      async ({ context }) => signedBy(keys, { ...context, decision_id: await denied() }),
    ],
    [
      'one about nothing',
      ({ context }) =>
        signedBy(keys, { ...context, decision_id: writeId('dec', crypto.randomUUID()) }),
    ],
    [
      'one about a consent',
      ({ context }) => signedBy(keys, { ...context, decision_id: context['consent_id'] }),
    ],
    [
      'one that names no decision',
      ({ context }) => signedBy(keys, { ...context, decision_id: undefined }),
    ],
    [
      'an acknowledgement',
      ({ context }) => signStatement(statementsBy(keys), 'disclosure-ack+jwt', claimsOf(context)),
    ],
    ['words', () => 'decision'],
  ])('with an invalid decision: %s', async (_, tokenOf) => {
    const decision_token = await tokenOf(permit)
    await expectRefused(reportOf(permit, { decision_token }), 422, 'decision-token.invalid')
  })

  test('from another organisation than the holder', async () => {
    const before = await counts(stage, written)
    const own = json(await stage.aid.clientCredentials(`${issuer}/disclosures`, 'report'))
    const answer = await stage.aid.api(
      '/disclosures',
      String(own['access_token']),
      reportOf(permit),
    )
    expect([answer.status, json(answer)['code']]).toEqual([403, 'report.not-holder'])
    expect(await counts(stage, written)).toEqual(before)
  })
})

test.each([-4, 4])('a report from a clock %i minutes off is accepted', async (minutes) => {
  const { permit } = await permitted()
  const body = reportOf(permit, { occurred_at: minutesFrom(minutes).toISOString() })
  expect((await send(body)).status).toBe(201)
})

test('a category named twice counts once', async () => {
  const { shared, permit } = await permitted()
  const twice = [both[0], both[0]]
  expect((await send(reportOf(permit, { categories: twice }))).status).toBe(201)
  const key = { consentId: readId('con', shared.consentId) }
  const row = await stage.db('consentCurrent').where(key).first<{ personId: string }>()
  const page = { after: 0, limit: 100 }
  const events = await readTimeline(stage.db, makeVault(keys, signalMapping), row.personId, page)
  expect(events.at(-1)?.payload).toMatchObject({ categories_actual: [both[0]] })
  expect(events.flatMap(({ payload }) => schemaProblems(payload))).toEqual([])
})

type Context = Decision['context']

function claimsOf({ decision_id: jti }: Context): Json {
  return { iss: issuer, aud: 'org_agence-revenu', ...(jti === undefined ? {} : { jti }) }
}

function signedBy(signer: Keys, context: Context): Promise<string> {
  return signStatement(statementsBy(signer), 'decision+jwt', claimsOf(context))
}

async function strangeKeys(): Promise<Keys> {
  const pair = await jose.generateKeyPair('ES256', { extractable: true })
  const kid = keys.decision[0]?.kid ?? ''
  return { ...keys, decision: [{ ...(await jose.exportJWK(pair.privateKey)), kid }] }
}

async function denied(): Promise<unknown> {
  const { sub } = await shareAsNewcomer(stage)
  const asked = evaluation(sub, { categories: ['cat_personnes-a-charge'] })
  return (await decide(stage, tokens.decide, asked)).context['decision_id']
}
