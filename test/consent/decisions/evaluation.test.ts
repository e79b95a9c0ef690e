import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import * as jose from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readClockOffset } from '../../../src/base/database/clock-offset.ts'
import { writeDuration } from '../../../src/base/values/clock.ts'
import { readId } from '../../../src/base/values/ids.ts'
import { send } from '../../support/fault-client.ts'
import type { Browser } from '../../support/browser.ts'
import { exchange } from '../../support/browser.ts'
import { issuer } from '../../support/broker.ts'
import type { MovingStage } from '../../support/moving-stage.ts'
import { counts, startMovingStage } from '../../support/moving-stage.ts'
import { receiptsOn } from '../../support/receipts.ts'
import type { SecondHolder } from '../../support/second-holder.ts'
import { startSecondHolder } from '../../support/second-holder.ts'
import { vaultOf } from '../../support/law.ts'
import { reseal } from '../../support/resealed.ts'
import { json } from '../../support/service.ts'
import type { Decision, Json, Shared } from '../../support/sharing.ts'
import { decide, evaluation, holderToken, shareAsNewcomer, stop } from '../../support/sharing.ts'
import { letTimeMove, pass, passUntil } from '../../support/time.ts'
import { callTool } from '../../support/tool.ts'

// May this be disclosed now? (AuthZEN Authorization API 1.0; I11, I14, I15)

const written = ['decision', 'ledgerEvent', 'consentCurrent']
const ajv = new Ajv2020({ strict: false })
const isRequest = ajv.compile(schema('evaluation-request'))
const isResponse = ajv.compile(schema('evaluation-response'))

let stage: MovingStage
let stranger: SecondHolder
let token: string

beforeAll(async () => {
  letTimeMove()
  stage = await startMovingStage()
  stranger = await startSecondHolder(stage)
  token = await holderToken(stage, 'decide')
})

afterAll(async () => {
  await stranger.stop()
  await stage.stop()
})

type Change = NonNullable<Parameters<typeof evaluation>[1]>

async function ask(sub: string, change: Change = {}): Promise<Decision> {
  const request = evaluation(sub, change)
  const decided = await decide(stage, token, request)
  expect(isRequest(request) && isResponse(decided)).toBe(true)
  return decided
}

function because({ decision, context }: Decision): unknown {
  return [decision, ...(context['reason_codes'] as unknown[])]
}

describe('a permit', () => {
  test('names the categories, the consent, the end, and the obligations', async () => {
    const shared = await shareAsNewcomer(stage)
    const { decision, context } = await ask(shared.sub, { agreement: 'agr_2026-001@1' })
    expect(decision).toBe(true)
    expect(context).toEqual({
      decision_id: expect.stringMatching(/^dec_/),
      evaluated_at: expect.any(String),
      valid_until: new Date(Date.parse(String(context['evaluated_at'])) + 60_000).toISOString(),
      reason_codes: ['CONSENT_ACTIVE'],
      legal_basis: 'consent_53',
      agreement: 'agr_2026-001@1',
      consent_id: shared.consentId,
      permitted_categories: ['cat_revenu-net'],
      uses_left: 3,
      decision_token: expect.any(String),
      ledger: {
        origin: `accord.localhost/log/${new Date().getUTCFullYear()}/p0`,
        commitment: expect.stringMatching(/^[\w+/]{43}=$/),
        integrated_by: new Date(Date.parse(String(context['evaluated_at'])) + 60_000).toISOString(),
      },
      obligations: [
        {
          id: 'report',
          type: 'custom',
          properties: {
            vendor: 'accord',
            action: 'report_disclosure',
            endpoint: `${issuer}/disclosures`,
            within_seconds: 86_400,
          },
        },
      ],
    })
  })

  test('comes with a signed statement of the same content that anyone can check', async () => {
    const shared = await shareAsNewcomer(stage)
    const { context } = await ask(shared.sub)
    const target = new URL('/keys', issuer)
    const headers = { host: target.host }
    const published = await exchange(stage.ports[0] ?? 0, target, {
      method: 'GET',
      headers,
      body: undefined,
    })
    expect(published.headers['content-type']).toBe('application/jwk-set+json')
    const keys = json(published) as unknown as jose.JSONWebKeySet // as /keys publishes
    const purposes = keys.keys.map(({ d, alg, ...key }) => [
      d,
      alg,
      'purpose' in key && key.purpose,
    ])
    expect(purposes).toEqual([
      [undefined, 'ES256', 'decision'],
      [undefined, 'Ed25519', 'receipt'],
    ])

    const { payload } = await jose.jwtVerify(
      String(context['decision_token']),
      jose.createLocalJWKSet(keys),
      { issuer, audience: 'org_agence-revenu', typ: 'decision+jwt', algorithms: ['ES256'] },
    )

    expect(payload).toEqual({
      iss: issuer,
      aud: 'org_agence-revenu',
      jti: context['decision_id'],
      decision_id: context['decision_id'],
      iat: Math.floor(Date.parse(String(context['evaluated_at'])) / 1000),
      exp: Math.floor(Date.parse(String(context['valid_until'])) / 1000),
      sub_id: { format: 'iss_sub', iss: issuer, sub: shared.sub },
      recipient: 'org_aide-etudes',
      dataset: 'dst_avis-cotisation@1',
      purpose: 'pur_calcul-aide@1',
      agreement: context['agreement'],
      consent_id: shared.consentId,
      categories: context['permitted_categories'],
      ...(context['ledger'] as Json),
    })
  })
})

describe('a deny', () => {
  test('gives only its reason, and only to the holder', async () => {
    const shared = await shareAsNewcomer(stage)
    await stop(shared.browser, shared.consentId)
    expect(await ask(shared.sub)).toEqual({
      decision: false,
      context: {
        decision_id: expect.stringMatching(/^dec_/),
        reason_codes: ['CONSENT_REVOKED'],
        permitted_categories: [],
        reason_admin: { en: expect.any(String) },
        reason_user: { fr: expect.any(String), en: expect.any(String) },
        remedy: { kind: 'ask_consent', par_hint: { purpose: 'pur_calcul-aide@1' } },
      },
    })
  })

  // What no clock of ours can make is written into their rows.
  test.each<[string, (shared: Shared) => Promise<void>]>([
    ['NO_CONSENT', (shared) => edit(shared, { validFrom: new Date(Date.now() + 60_000) })],
    ['CONSENT_SUSPENDED', (shared) => edit(shared, { state: 'suspended' })],
    ['USES_EXHAUSTED', (shared) => edit(shared, { maxUses: 1, uses: 1 })],
  ])('for a consent that is not in force: %s', async (reason, end) => {
    const shared = await shareAsNewcomer(stage)
    await end(shared)
    expect(because(await ask(shared.sub))).toEqual([false, reason])
  })

  test.each<[string, Change]>([
    ['CATEGORY_NOT_COVERED', { categories: ['cat_personnes-a-charge'] }],
    ['PURPOSE_UNKNOWN', { purpose: 'pur_inconnue@1' }],
    ['PURPOSE_UNKNOWN', { purpose: 'pur_calcul-aide@9' }],
    ['NO_CONSENT', { recipient: 'org_agence-revenu' }],
    ['NO_CONSENT', { recipient: 'org_inconnu' }],
    ['AGREEMENT_MISMATCH', { agreement: 'agr_2026-002' }],
  ])('gives %s for %j, and writes no event', async (reason, change) => {
    const shared = await shareAsNewcomer(stage)
    const before = await counts(stage, ['ledgerEvent'])
    expect(because(await ask(shared.sub, change))).toEqual([false, reason])
    expect(await counts(stage, ['ledgerEvent'])).toEqual(before)
  })

  test('gives PERIOD_MISSING or PERIOD_NOT_COVERED; the days of a permit are in its statement and on her pages', async () => {
    const [from, to] = ['2025-01-01', '2025-12-31']
    const shared = await shareAsNewcomer(stage, { lookback: { from, to } })
    expect(because(await ask(shared.sub))).toEqual([false, 'PERIOD_MISSING'])
    for (const period of [
      { from: '2024-12-31', to },
      { from, to: '2026-01-01' },
    ])
      expect(because(await ask(shared.sub, { period }))).toEqual([false, 'PERIOD_NOT_COVERED'])

    const period = { from: '2025-03-01', to }
    const permit = await ask(shared.sub, { period })
    expect(because(permit)).toEqual([true, 'CONSENT_ACTIVE'])
    expect(permit.context['period']).toEqual(period)
    const [, payload = ''] = String(permit.context['decision_token']).split('.')
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({ period })

    const path = `/mes-partages/${shared.consentId}`
    const page = (await shared.browser.get(path)).body
    expect(page).toMatch(/De quelle période[^]*du 1er\u00a0janvier 2025 au 31\u00a0décembre 2025/)
    expect(page).toContain('Période demandée\u00a0: du 1er\u00a0mars 2025 au 31\u00a0décembre 2025')
    expect(page).toContain('La demande ne disait pas de quelle période il s’agit.')
    const activity = (await shared.browser.get('/activite/impression')).body
    expect(activity).toContain(
      'De quelle période\u00a0: du 1er\u00a0mars 2025 au 31\u00a0décembre 2025.',
    )
    expect(activity).toContain('Revenu net et situation familiale, 2025')
    const [receipt = ''] = await receiptsOn(shared.browser, shared.consentId)
    expect((await shared.browser.get(receipt)).body).toMatch(
      /De quelle période[^]*du 1er\u00a0janvier 2025 au 31\u00a0décembre 2025/,
    )
  })

  test('gives FREQUENCY_EXCEEDED after the fourth use of the year', async () => {
    const shared = await shareAsNewcomer(stage)
    const left = []
    for (let i = 0; i < 4; i++) left.push((await ask(shared.sub)).context['uses_left'])
    expect(left).toEqual([3, 2, 1, 0])
    expect(because(await ask(shared.sub))).toEqual([false, 'FREQUENCY_EXCEEDED'])
  })

  test('names the categories that could be asked for alone', async () => {
    const shared = await shareAsNewcomer(stage)
    const categories = ['cat_revenu-net', 'cat_personnes-a-charge']
    const { context } = await ask(shared.sub, { categories })
    expect(context['permitted_categories']).toEqual(['cat_revenu-net'])
  })

  test('equal to one of the same day is counted in that one’s row', async () => {
    const shared = await shareAsNewcomer(stage)
    const ids = new Set<unknown>()
    for (const category of ['cat_personnes-a-charge', 'cat_personnes-a-charge', 'cat_revenu-net'])
      ids.add(
        (await ask(shared.sub, { agreement: 'agr_x', categories: [category] })).context[
          'decision_id'
        ],
      )
    expect(ids.size).toBe(1)
    const decisionId = readId('dec', String([...ids][0]))
    expect(await stage.db('decision').where({ decisionId })).toMatchObject([
      { outcome: 'deny', reasonCode: 'AGREEMENT_MISMATCH', times: 3, asked: String(0b101) },
    ])
  })
})

// More of it, at once and over two processes, stands in repeats.test.ts.
describe('the same request_id again', () => {
  const days = { from: '2025-01-01', to: '2025-12-31' }
  const whole: Change = { period: days, agreement: 'agr_2026-001' }
  const { period: _days, ...withoutPeriod } = whole

  test.each<[string, Change]>([
    ['another recipient', { ...whole, recipient: 'org_inconnu' }],
    ['another purpose', { ...whole, purpose: 'pur_inconnue' }],
    ['a longer period', { ...whole, period: { ...days, from: '1999-01-01' } }],
    ['no period', withoutPeriod],
    ['another agreement', { ...whole, agreement: 'agr_2026-002' }],
  ])('with %s is denied', async (_, change) => {
    const shared = await shareAsNewcomer(stage, { lookback: days })
    const requestId = crypto.randomUUID()
    expect((await ask(shared.sub, { ...whole, requestId })).decision).toBe(true)
    const before = await counts(stage, written)
    expect(because(await ask(shared.sub, { ...change, requestId }))).toEqual([
      false,
      'REQUEST_ID_REUSED',
    ])
    expect(await counts(stage, written)).toEqual(before)
  })

  test('is denied after the minute of its permit', async () => {
    const shared = await shareAsNewcomer(stage)
    const requestId = crypto.randomUUID()
    const { context } = await ask(shared.sub, { requestId })
    await passUntil(stage.db, new Date(String(context['valid_until'])))
    expect(because(await ask(shared.sub, { requestId }))).toEqual([false, 'REQUEST_ID_REUSED'])
  })
})

// The register is everyone's: these come last.
test('a permit ends with its consent if that ends within the minute, and the next question is denied', async () => {
  const shared = await shareAsNewcomer(stage)
  const end = new Date(String(shared.detail['valid_until']))
  await pass(stage.db, { seconds: Math.floor((end.getTime() - Date.now()) / 1000) - 30 })
  token = await holderToken(stage, 'decide')
  const { decision, context } = await ask(shared.sub)
  expect([decision, context['valid_until']]).toEqual([true, end.toISOString()])
  await passUntil(stage.db, end)
  expect(because(await ask(shared.sub))).toEqual([false, 'CONSENT_EXPIRED'])
})

test('one operator suspends an agreement at once, for a day and not again, in every process', async () => {
  const shared = await shareAsNewcomer(stage)
  const requestId = crypto.randomUUID()
  const asked = (change: Change = {}) =>
    Promise.all(
      stage.ports.map(async (port) =>
        because(await decide(stage, token, evaluation(shared.sub, change), port)),
      ),
    )
  expect(because(await ask(shared.sub, { requestId }))).toEqual([true, 'CONSENT_ACTIVE'])
  const { out } = await brake('begin', 'agreement', 'agr_2026-001', 'Anna  Roy')
  expect(out).toMatch(/^agreement agr_2026-001 is suspended now, until .*Z: then it ends by itself/)
  const denied = [false, 'SUSPENDED_AT_ONCE']
  expect(await asked()).toEqual([denied, denied])
  expect(await asked({ requestId })).toEqual([denied, denied])
  const until = new Date(/until (\S+Z)/.exec(out)?.[1] ?? '')
  // Everybody reads what is suspended until when, and no name that was typed.
  const name = expect.objectContaining({ en: 'Revenue Agency (demo) → Student Aid (demo)' })
  const told = { kind: 'agreement', id: 'agr_2026-001', name, until: until.toISOString(), by: [] }
  expect((await brakesTold()).brakes).toEqual([
    {
      ...told,
      since: new Date(until.getTime() - 24 * 3600 * 1000).toISOString(),
      confirmed: false,
    },
  ])
  // Anybody is shown it, and no version of the register says it.
  const [published] = (
    await stage.db.raw<{ rows: { document: string }[] }>(
      `select document from public_object where document like '%"register-brake"%'`,
    )
  ).rows
  expect(JSON.parse(published?.document ?? '')).toMatchObject({
    kind: 'register-brake',
    order: { deed: 'brake', about: 'agreement agr_2026-001' },
    signatures: [],
  })
  expect(published?.document).not.toContain('Anna')
  expect((await brake('begin', 'agreement', 'agr_2026-001', 'Benoît')).err).toContain(
    'agr_2026-001 is suspended already, until ',
  )
  for (const deed of ['confirm', 'release'])
    expect((await brake(deed, 'agreement', 'agr_2026-001', 'Benoît')).err).toContain(
      'The register has no two signers yet',
    )
  await pass(stage.db, { seconds: Math.floor((until.getTime() - Date.now()) / 1000) - 60 })
  token = await holderToken(stage, 'decide')
  expect(await asked()).toEqual([denied, denied])
  await passUntil(stage.db, until)
  token = await holderToken(stage, 'decide')
  const permitted = [true, 'CONSENT_ACTIVE']
  expect((await brakesTold()).brakes).toEqual([])
  expect(await asked()).toEqual([permitted, permitted])
  expect((await brake('begin', 'agreement', 'agr_2026-001', 'anna roy')).err).toContain(
    'anna roy suspended agr_2026-001 on ',
  )
  // Somebody else may.
  const other = await shareAsNewcomer(stage)
  const before = await activityOf(other.browser)
  await brake('begin', 'organisation', 'org_aide-etudes', 'Benoît')
  const bodyDenied = [false, 'SUSPENDED_AT_ONCE']
  expect(await asked()).toEqual([bodyDenied, bodyDenied])
  // Her activity keeps the names that it had.
  expect(await activityOf(other.browser)).toEqual(expect.arrayContaining(before))
  // To programs a service under a brake is as one that is unknown, its tokens too; whoever comes from it reads why.
  const begun = await brake('begin', 'service', 'agence-revenu', 'Benoît')
  expect(begun).toMatchObject({ code: 0 })
  const unknown = await stage.revenue.clientCredentials(`${issuer}/access`, 'decide')
  expect(unknown.status).toBe(401)
  expect(json(unknown)).toMatchObject({ error: 'invalid_client' })
  await expect.poll(() => titleFrom('agence-revenu')).toContain('Ce service est suspendu ou fermé')
  expect(await titleFrom('nobody')).toContain('Nous ne connaissons pas ce service')
  await pass(stage.db, { hours: 24, seconds: 1 })
  token = await holderToken(stage, 'decide')
  expect(because(await ask(shared.sub))).toEqual(permitted)
})

test.each([
  ['agr_2026-001', 'suspended', 'in_force', 'AGREEMENT_NOT_IN_FORCE'],
  ['org_aide-etudes', 'suspended', 'active', 'ORGANISATION_SUSPENDED'],
  ['pur_calcul-aide', 'retired', 'published', 'PURPOSE_RETIRED'],
])(
  'while %s is %s nothing is permitted, nor a repeated request',
  async (of, worse, better, reason) => {
    const shared = await shareAsNewcomer(stage)
    const requestId = crypto.randomUUID()
    await ask(shared.sub, { requestId })
    await stage.apply({ of, set: { status: worse } })
    expect(because(await ask(shared.sub))).toEqual([false, reason])
    expect(because(await ask(shared.sub, { requestId }))).toEqual([false, reason])
    await stage.apply({ of, set: { status: better } })
    expect(because(await ask(shared.sub, { requestId }))).toEqual([true, 'CONSENT_ACTIVE'])
  },
)

/** What each line of « Mon activité » says in short, of which some name a service. */
async function activityOf(browser: Browser): Promise<string[]> {
  const { body } = await browser.get('/activite')
  const lines = [...body.matchAll(/aria-label="([^"]+)"/g)].map(([, label = '']) => label)
  expect(lines.length).toBeGreaterThan(3)
  return lines
}

/** What a person who comes from this service reads. */
async function titleFrom(service: string): Promise<string> {
  const { text } = await send(stage.ports[0] ?? 0, `/auth?client_id=${service}`, {
    headers: { host: 'accord.localhost', 'accept-language': 'fr' },
  })
  return /<title>(.*?)<\/title>/s.exec(text)?.[1] ?? text
}

async function brakesTold() {
  const { text } = await send(stage.ports[0] ?? 0, '/status.json', {
    headers: { host: 'accord.localhost' },
  })
  expect(text).not.toMatch(/anna/i)
  return JSON.parse(text) as { brakes: unknown }
}

async function brake(deed: string, kind: string, id: string, operator: string) {
  const why = ['--reason', 'un essai', '--reason-en', 'a try', '--operator', operator]
  return callTool(['brake', deed, kind, id, ...why], {
    DATABASE_URL: stage.databaseUrl,
    KEYS_DIR: stage.keysDir,
    ISSUER: issuer,
    CLOCK_OFFSET: writeDuration(await readClockOffset(stage.db)),
  })
}

async function edit({ consentId }: Shared, columns: Json): Promise<void> {
  const id = readId('con', consentId)
  await stage.db('consentCurrent').where({ consentId: id }).update(columns)
  await reseal(stage.db, await vaultOf(stage), id)
}

function schema(name: string): object {
  const file = join(import.meta.dirname, 'vectors', `${name}.schema.json`)
  return JSON.parse(readFileSync(file, 'utf8')) as object
}
