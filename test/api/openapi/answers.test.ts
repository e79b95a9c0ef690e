import { nameInquiry } from '../../../src/consent/disclosures/inquiry-name.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { fullFormats } from 'ajv-formats/dist/formats.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Operation } from '../../../src/base/web/operation.ts'
import { templateOf } from '../../../src/api/openapi/document.ts'
import type { Answer } from '../../support/browser.ts'
import { exchange } from '../../support/browser.ts'
import { issuer } from '../../support/broker.ts'
import type { PortalStage } from '../../support/portal.ts'
import { startPortalStage, tokenFor } from '../../support/portal.ts'
import { signLog } from '../../support/sign-log.ts'
import type { Service } from '../../support/service.ts'
import { json } from '../../support/service.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import { newSharer, openLoad } from '../../support/sharing-load.ts'
import type { Decision, Json } from '../../support/sharing.ts'
import { decide, evaluation, holderToken, reportOf } from '../../support/sharing.ts'

// What the running house answers, held against what it says of itself at /api/openapi.json. Members that are not described
// are faults here, although a caller must bear them.

type Described = {
  readonly operationId: string
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> }
  readonly responses: Readonly<Record<string, { readonly content: Json }>>
}
type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
  readonly components: { readonly schemas: { readonly Problem: Json } }
}

const source = join(import.meta.dirname, '../../../src')
const ajv = new Ajv2020({ allErrors: true, strict: false, formats: fullFormats })

let stage: PortalStage
let load: Load
let sharer: Sharer
let document: Document
let tokens: Readonly<Record<'decide' | 'report' | 'me', string>>
const seen = new Set<string>()

beforeAll(async () => {
  stage = await startPortalStage(undefined, undefined, { keys: { signals: true } })
  load = await openLoad(stage)
  sharer = await newSharer(load)
  tokens = {
    decide: await holderToken(stage, 'decide'),
    report: await holderToken(stage, 'report'),
    me: await tokenFor(stage.portal, sharer.browser),
  }
  document = json(await open('/api/openapi.json')) as unknown as Document
}, 180_000)

afterAll(async () => {
  await load.close()
  await stage.stop()
})

function open(path: string): Promise<Answer> {
  const target = new URL(path, issuer)
  const headers = { host: target.host, accept: 'application/json' }
  return exchange(stage.ports[0] ?? 0, target, { method: 'GET', headers, body: undefined })
}

function operation(method: string, path: string): Described {
  const found = document.paths[path]?.[method]
  if (found === undefined) throw new Error(`${method} ${path} is not described`)
  return found
}

/** Nothing but what is described. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const inside = Object.fromEntries(
    Object.entries(schema).map(([name, part]) => [name, closed(part)]),
  )
  const isObject = inside['type'] === 'object' && 'properties' in inside
  return isObject ? { additionalProperties: false, ...inside } : inside
}

function expectDescribed(answer: Answer, method: string, path: string, status: number): void {
  expect([answer.status, path]).toEqual([status, path])
  const { operationId, responses } = operation(method, path)
  const [described] = Object.entries(responses[status]?.content ?? {})
  if (described === undefined) throw new Error(`${path} has no answer ${status}`)
  const [type, content] = described
  expect(String(answer.headers['content-type']).split(';')[0]).toBe(type)
  const validate = ajv.compile(closed((content as Json)['schema']) as object)
  validate(json(answer))
  expect({ path, errors: validate.errors ?? [] }).toEqual({ path, errors: [] })
  seen.add(operationId)
}

function expectEmpty(answer: Answer, method: string, path: string): void {
  expect([answer.status, answer.body, path]).toEqual([204, '', path])
  const { operationId, responses } = operation(method, path)
  expect(responses[204]).not.toHaveProperty('content')
  seen.add(operationId)
}

const post = (by: Service, path: string, token: string, body: unknown, headers = {}) =>
  by.api(path, token, body, { headers })

test('the description is valid OpenAPI 3.1 of this installation', async () => {
  expect(document).toMatchObject({ openapi: '3.1.1', servers: [{ url: issuer }] })
  expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true })
})

test('every operation that a room declares is described', async () => {
  const rooms = globSync('**/shapes.ts', { cwd: source })
  const declared = await Promise.all(
    rooms.map(async (file) => {
      const { operations = {} } = (await import(join(source, file))) as {
        operations?: Record<string, Operation> // not every room with shapes has an API
      }
      return Object.values(operations)
    }),
  )
  const all = declared.flat()
  expect(all.length).toBeGreaterThan(20)
  for (const { method, path, name } of all)
    expect(operation(method, templateOf(path)).operationId).toBe(name)
})

test('operations that need no token answer as described', async () => {
  for (const path of [
    '/healthz',
    '/readyz',
    '/status.json',
    '/keys',
    '/.well-known/passkey-endpoints',
    '/.well-known/limits',
    '/transparence/consultations-differees',
    '/transparence/refus',
    '/.well-known/authzen-configuration',
    '/.well-known/ssf-configuration',
    '/ssf/jwks',
  ])
    expectDescribed(await open(path), 'get', path, 200)
  for (const list of ['agreements', 'legal-bases', 'grounds', 'organisations'])
    expectDescribed(await open(`/register/${list}.json`), 'get', '/register/{list}.json', 200)
  for (const place of ['agreements/agr_2026-001', 'legal-bases/court_order', 'grounds/office'])
    expectDescribed(
      await open(`/register/${place}.json`),
      'get',
      '/register/{list}/{object}.json',
      200,
    )
})

test('the published limits are the described ones', async () => {
  const { body } = await open('/.well-known/limits')
  expect(JSON.parse(body)).toEqual({
    body_bytes: { form: 56 * 1024, json: 256 * 1024 },
    authorization_details: { items: 10, bytes: 16 * 1024 },
    holders_must_decide: null,
    evaluations: 100,
    reports: 100,
    page: 100,
    categories: 50,
    person: { consents: 500, requests: 20, disputes: 10, passkeys: 20, sessions: 50 },
    password_characters: { least: 12, most: 128 },
    service: { redirect_uris: 50, keys: 10 },
    body_that_shares: { streams: 4 },
    desk: {
      sessions: 1,
      idle_seconds: 900,
      session_seconds: 28_800,
      help_seconds: 1800,
      help_code_seconds: 600,
      help_request_seconds: 300,
    },
    parameter_characters: { state: 512, nonce: 512, request: 8192 },
    a_minute: { pushed_by_service: 6000, visits_by_network: 1200, visits_by_known_browser: 30 },
    tries: expect.arrayContaining([
      { what: 'password', counted_by: 'address', tries: 100, seconds: 3600, given_back: true },
      {
        what: 'upstream',
        counted_by: 'network',
        tries: 60,
        seconds: 600,
        given_back: true,
        one_more_every_seconds: 1,
      },
    ]),
    a_day: { matching: 5, matching_no_match: 100, sign_in_requests: 10 },
  })
})

test('decisions answer as described: permit, deny, batch, and failed items', async () => {
  const { revenue } = stage
  const path = '/access/v1/evaluation'
  for (const body of [
    evaluation(sharer.sub),
    evaluation(sharer.sub, { categories: ['cat_personnes-a-charge'] }),
    evaluation('nobody'),
    evaluation(sharer.sub, { agreement: 'agr_2024-018' }),
    evaluation(sharer.sub, { purpose: 'pur_inconnue' }),
  ])
    expectDescribed(await post(revenue, path, tokens.decide, body), 'post', path, 200)
  const evaluations = [evaluation(sharer.sub), evaluation('nobody'), {}]
  for (const body of [{ evaluations }, evaluation(sharer.sub)])
    expectDescribed(await post(revenue, `${path}s`, tokens.decide, body), 'post', `${path}s`, 200)
})

test('a question about a file is answered as described', async () => {
  const asking = { resource: `${issuer}/matching`, scope: 'openid match' }
  const token = await tokenFor(stage.portal, sharer.browser, asking)
  const body = { given_name: 'Ève', family_name: 'Roy', birthdate: '1990-05-17' }
  const answer = await post(stage.portal, '/matching', token, body)
  expectDescribed(answer, 'post', '/matching', 200)
})

test('streams are managed and polled as described', async () => {
  const { revenue } = stage
  const given = json(await revenue.clientCredentials(`${issuer}/ssf`, 'ssf.manage'))
  const token = String(given['access_token'])
  const path = '/ssf/streams'
  const send = (at: string, body: object, method?: 'PUT' | 'PATCH' | 'DELETE') =>
    revenue.api(at, token, body, method === undefined ? {} : { method })
  const made = await send(path, { description: 'Arrêts' })
  expectDescribed(made, 'post', path, 201)
  const name = String(json(made)['stream_id'])
  const named = { stream_id: name }
  expectDescribed(await revenue.read(path, token), 'get', path, 200)
  expectDescribed(await revenue.read(`${path}?stream_id=${name}`, token), 'get', path, 200)
  expectDescribed(
    await send(path, { ...named, description: 'Autres' }, 'PATCH'),
    'patch',
    path,
    200,
  )
  expectDescribed(await send(path, named, 'PUT'), 'put', path, 200)
  const status = await revenue.read(`/ssf/status?stream_id=${name}`, token)
  expectDescribed(status, 'get', '/ssf/status', 200)
  const paused = { ...named, status: 'paused', reason: 'Travaux' }
  expectDescribed(await send('/ssf/status', paused), 'post', '/ssf/status', 200)
  await send('/ssf/status', { ...named, status: 'enabled' })
  const subject = { ...named, subject: { format: 'iss_sub', iss: issuer, sub: sharer.sub } }
  const [remove, add, verify] = ['/ssf/subjects/remove', '/ssf/subjects/add', '/ssf/verification']
  expectEmpty(await send(remove, subject), 'post', remove)
  expectDescribed(await send(add, subject), 'post', add, 200)
  expectEmpty(await send(verify, { ...named, state: 'x' }), 'post', verify)
  const polled = await send(`/ssf/poll/${name}`, { returnImmediately: true })
  expectDescribed(polled, 'post', '/ssf/poll/{stream}', 200)
  expect(Object.keys(json(polled)['sets'] as Json)).toHaveLength(1)
  expectEmpty(await send(`${path}?stream_id=${name}`, {}, 'DELETE'), 'delete', path)
})

test('searches answer as described', async () => {
  const { subject, resource } = evaluation(sharer.sub)
  const body = { subject, action: { name: 'disclose' }, resource }
  for (const kind of ['subject', 'resource', 'action']) {
    const path = `/access/v1/search/${kind}`
    const answer = await post(stage.revenue, path, tokens.decide, body)
    expectDescribed(answer, 'post', path, 200)
    expect(json(answer)['results']).not.toEqual([])
  }
})

test('reports of both bodies are answered as described', async () => {
  const decision: Decision = await decide(stage, tokens.decide, evaluation(sharer.sub))
  const { aid, revenue } = stage
  const path = '/disclosures'
  const report = reportOf(decision)
  expectDescribed(await post(revenue, path, tokens.report, report), 'post', path, 201)
  expectDescribed(await post(revenue, path, tokens.report, report), 'post', path, 200)
  const given = json(await aid.clientCredentials(`${issuer}/disclosures`, 'report'))
  const received = {
    status: 'received',
    decision_id: decision.context['decision_id'],
    occurred_at: new Date().toISOString(),
    // One of two: the anomaly is listed afterwards.
    categories: ['cat_situation-familiale'],
  }
  const mirrored = await post(aid, path, String(given['access_token']), received)
  expectDescribed(mirrored, 'post', path, 201)
  const { cookie } = await openKeys(stage.keysDir)
  const shared = { identifier: 'dst_avis-cotisation@1', purpose: 'pur_calcul-aide@1' }
  const parties = { recipient: 'org_aide-etudes', holder: 'org_agence-revenu' }
  const inquiry = nameInquiry({ cookie }, load.pairwise, {
    personId: sharer.personId,
    detail: { ...shared, ...parties, agreement: 'agr_2026-001@1', consent_id: sharer.consentId },
    at: new Date(),
  })
  for (const status of [201, 200]) {
    const none = { status: 'none', inquiry, why: 'not_found' }
    expectDescribed(await post(revenue, path, tokens.report, none), 'post', path, status)
  }
  const declared = {
    status: 'declared',
    sub: load.pairwise.subject(sharer.personId, 'org_aide-etudes'),
    reference: 'lot-1',
    dataset: 'dst_avis-cotisation',
    categories: ['cat_revenu-net'],
    occurred_at: new Date().toISOString(),
    legal_basis: 'agreement_68_1',
    law: {
      act: { fr: 'Loi', en: 'Act' },
      section: '1',
      url: { fr: 'https://loi.example', en: 'https://law.example' },
    },
  }
  for (const status of [201, 200]) {
    const said = await post(aid, path, String(given['access_token']), declared)
    expectDescribed(said, 'post', path, status)
  }
  const span = `from=${new Date(Date.now() - 60_000).toISOString()}&to=${new Date(Date.now() + 60_000).toISOString()}`
  for (const listed of [path, `${path}/declarations`]) {
    const answer = await revenue.read(`${listed}?${span}`, tokens.report)
    expectDescribed(answer, 'get', listed, 200)
    expect(json(answer)['items']).not.toEqual([])
  }
  const list = await revenue.read('/disclosures/anomalies', tokens.report)
  expectDescribed(list, 'get', '/disclosures/anomalies', 200)
  expect(json(list)['items']).not.toEqual([])
})

test('questions about a line and their answers are as described', async () => {
  // A refused try: who tried answers for it.
  const denied = await decide(
    stage,
    tokens.decide,
    evaluation(sharer.sub, { purpose: 'pur_inconnu@1' }),
  )
  const asked = { decision_id: denied.context['decision_id'], text: 'Pourquoi ?' }
  const path = '/disclosures/disputes'
  expectDescribed(
    await post(stage.portal, '/me/disputes', tokens.me, asked),
    'post',
    '/me/disputes',
    200,
  )
  const { aid } = stage
  const given = json(await aid.clientCredentials(`${issuer}/disclosures`, 'report'))
  const token = String(given['access_token'])
  const list = await aid.read(path, token)
  expectDescribed(list, 'get', path, 200)
  const [item] = json(list)['items'] as Json[]
  const place = `${path}/${String(item?.['dispute_id'])}/answer`
  const answer = { outcome: 'explained', text: 'Pour le calcul.' }
  for (const status of [201, 200])
    expectDescribed(await post(aid, place, token, answer), 'post', `${path}/{id}/answer`, status)
})

test('the person’s own data are answered as described', async () => {
  const { portal } = stage
  const read = (path: string) => portal.read(path, tokens.me)
  const lists = [
    'consents',
    'disclosures',
    'picture',
    'notifications',
    'timeline',
    'timeline/shown-later',
    'receipts',
    'export',
  ]
  for (const path of lists) expectDescribed(await read(`/me/${path}`), 'get', `/me/${path}`, 200)
  const path = '/me/notifications'
  const choice = { channel: 'none', language: 'en' }
  const chosen = await portal.api(path, tokens.me, choice, { method: 'PUT' })
  expectDescribed(chosen, 'put', path, 200)
  const one = await read(`/me/consents/${sharer.consentId}`)
  expectDescribed(one, 'get', '/me/consents/{id}', 200)
  const [receipt] = json(await read('/me/receipts'))['items'] as Json[]
  const whole = await read(`/me/receipts/${String(receipt?.['receipt_id'])}`)
  expectDescribed(whole, 'get', '/me/receipts/{id}', 200)
  await signLog(stage.db, stage.keysDir)
  const [event] = json(await read('/me/timeline'))['items'] as Json[]
  const proof = await read(`/me/proofs/${String(event?.['event_id'])}`)
  expectDescribed(proof, 'get', '/me/proofs/{id}', 200)
  for (const move of ['pause', 'resumption', 'revocation']) {
    const path = `/me/consents/${sharer.consentId}/${move}`
    const answer = await post(portal, path, tokens.me, {}, { 'Idempotency-Key': move })
    expectDescribed(answer, 'post', '/me/consents/{id}/{move}', 200)
  }
  const all = await post(portal, '/me/revocations', tokens.me, {})
  expectDescribed(all, 'post', '/me/revocations', 200)
})

test('the effects of a stop are answered as described', async () => {
  const path = '/disclosures/effects'
  const list = await stage.revenue.read(path, tokens.report)
  expectDescribed(list, 'get', path, 200)
  expect(json(list)['items']).toMatchObject([{ consent_id: sharer.consentId }])
  const effect = { consent_id: sharer.consentId, effect: 'stopped' }
  for (const status of [201, 200])
    expectDescribed(await post(stage.revenue, path, tokens.report, effect), 'post', path, status)
})

test('the exact figures of a body are answered as described', async () => {
  const path = '/disclosures/figures'
  const list = await stage.revenue.read(`${path}?year=2026-2027`, tokens.report)
  expectDescribed(list, 'get', path, 200)
})

test('every described JSON operation was tried', () => {
  const names = Object.values(document.paths).flatMap((path) =>
    Object.values(path)
      .filter(({ responses }) => Object.keys(responses[200]?.content ?? {}).every(isJson))
      .map(({ operationId }) => operationId),
  )
  expect([...seen].toSorted()).toEqual(names.toSorted())
})

function isJson(type: string): boolean {
  return /^application\/(?:.*\+)?json$/.test(type)
}

describe('a refused request', () => {
  test('is answered with a problem document, or with AuthZEN’s text', async () => {
    const problem = ajv.compile(closed(document.components.schemas.Problem) as object)
    const answers = [
      await stage.portal.read('/me/consents/con_0', tokens.me),
      await stage.portal.read('/me/consents?limit=0', tokens.me),
      await post(stage.revenue, '/disclosures', tokens.report, {}),
      await stage.revenue.read('/disclosures/anomalies', 'a'.repeat(43)),
    ]
    expect(answers.map(({ status }) => status)).toEqual([404, 400, 400, 401])
    for (const answer of answers) {
      expect(answer.headers['content-type']).toBe('application/problem+json')
      problem(json(answer))
      expect(problem.errors ?? []).toEqual([])
    }
    const text = await post(stage.revenue, '/access/v1/evaluation', tokens.decide, {})
    expect(JSON.parse(text.body)).toEqual(expect.any(String))
  })

  test('is also refused by the described request schema', async () => {
    const { requestBody } = operation('post', '/access/v1/evaluation')
    const accepts = ajv.compile(requestBody?.content['application/json']?.schema ?? false)
    const good = evaluation(sharer.sub)
    for (const [body, is] of [
      [good, true],
      [{ ...good, more: 1 }, true],
      [{ ...good, subject: { type: 'organization' } }, false],
      [{ ...good, context: {} }, false],
      [{ ...good, resource: { ...(good['resource'] as Json), id: '' } }, false],
    ] as const) {
      const answer = await post(stage.revenue, '/access/v1/evaluation', tokens.decide, body)
      expect([accepts(body), answer.status]).toEqual([is, is ? 200 : 400])
    }
  })
})

test('the documentation page shows every operation and loads nothing from elsewhere', async () => {
  const target = new URL('/api/docs', issuer)
  const headers = { host: target.host, accept: 'text/html' }
  const {
    status,
    headers: given,
    body,
  } = await exchange(stage.ports[0] ?? 0, target, {
    method: 'GET',
    headers,
    body: undefined,
  })
  expect([status, given['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
  expect(given['content-security-policy']).toContain("default-src 'none'")
  expect(body).not.toMatch(/<script|<style|\sstyle=|(?:src|href)="(?:https?:)?\/\//)
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, { operationId }] of Object.entries(methods)) {
      expect(body).toContain(`id="${operationId}"`)
      expect(body).toContain(`${method.toUpperCase()} ${path}`)
    }
})

test('the documentation has no English address', async () => {
  expect((await open('/api/openapi.json/')).status).toBe(404)
})
