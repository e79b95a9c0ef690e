import * as jose from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Answer } from '../../support/browser.ts'
import { exchange } from '../../support/browser.ts'
import { issuer } from '../../support/broker.ts'
import type { Params, Service, TokenChange } from '../../support/service.ts'
import { json } from '../../support/service.ts'
import type { Json, Stage } from '../../support/sharing.ts'
import {
  api,
  detail,
  evaluation,
  holderToken,
  shareAsNewcomer,
  startStage,
} from '../../support/sharing.ts'
import { withSpareBit } from '../../support/spellings.ts'
import { resealArtifacts } from '../../support/resealed-access.ts'

// Who may call our own APIs: a token of ours for this one, and a fresh proof of its key for this very request (RFC 9449 7).

const apis = [
  ['/access/v1/evaluation', 'decide'],
  ['/disclosures', 'report'],
] as const

let stage: Stage
let sub: string
let personToken: string
const tokens = new Map<string, string>()

beforeAll(async () => {
  stage = await startStage()
  const shared = await shareAsNewcomer(stage)
  sub = shared.sub
  personToken = shared.accessToken
  for (const [, scope] of apis) tokens.set(scope, await holderToken(stage, scope))
})

afterAll(() => stage.stop())

function tokenFor(scope: string): string {
  return tokens.get(scope) ?? ''
}

function call(path: string, token: string, headers: Record<string, string> = {}): Promise<Answer> {
  return stage.revenue.api(path, token, evaluation(sub), { headers })
}

function expectUnauthorised(answer: Answer, error: string | undefined): void {
  const challenge = `DPoP ${error === undefined ? '' : `error="${error}", `}algs="ES256"`
  expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, challenge])
  expect(answer.headers['cache-control']).toBe('no-store')
  // Which check failed is nobody's business.
  const said: unknown = JSON.parse(answer.body)
  const code = error ?? 'unauthorised'
  if (answer.url.endsWith('/evaluation')) expect(said).toBe(code)
  else expect(said).toMatchObject({ status: 401, code })
}

test('with its token and a fresh proof the holder is accepted by both APIs', async () => {
  expect((await call('/access/v1/evaluation', tokenFor('decide'))).status).toBe(200)
  // Heard, and told what its report lacks.
  expect((await call('/disclosures', tokenFor('report'))).status).toBe(400)
})

describe.each(apis)('%s', (path, scope) => {
  test.each<[string, (token: string) => string]>([
    ['no scheme', (token) => token],
    ['a bearer token', (token) => `Bearer ${token}`],
    ['no token', () => 'DPoP'],
    ['an empty token', () => 'DPoP '],
    ['two tokens', (token) => `DPoP ${token} ${token}`],
    ['a list of tokens', (token) => `DPoP ${token}, DPoP ${token}`],
    ['a token of 300 characters', () => `DPoP ${'a'.repeat(300)}`],
    ['a token with quotes', () => `DPoP ${'a'.repeat(30)}' or '1'='1`],
    ['a password', () => 'Basic YWdlbmNlLXJldmVudTp4'],
    ['an assertion', () => 'DPoP e30.e30.e30'],
  ])('refuses a call with %s', async (_, authorization) => {
    const token = tokenFor(scope)
    expectUnauthorised(await call(path, token, { authorization: authorization(token) }), undefined)
  })

  test('refuses a call without a token', async () => {
    const answer = await stage.revenue.api(path, '', evaluation(sub), {
      headers: { authorization: '' },
    })
    expectUnauthorised(answer, undefined)
  })

  const other = scope === 'decide' ? 'report' : 'decide'
  test.each<[string, () => string]>([
    ['the other API', () => tokenFor(other)],
    ['a person', () => personToken],
    ['nobody', () => 'a'.repeat(43)],
  ])('refuses a token for %s', async (_, tokenOf) => {
    expectUnauthorised(await call(path, tokenOf()), 'invalid_token')
  })

  test('refuses a token for no API', async () => {
    const token = await holderToken(stage, scope)
    // No such token is issued any more.
    await stage
      .db('oidcArtifacts')
      .where({ id: await rowOf('ClientCredentials', token) })
      .update({ payload: stage.db.raw("payload - 'aud'") })
    await resealArtifacts(stage)
    expectUnauthorised(await call(path, token), 'invalid_token')
  })

  test('refuses the token of another organisation', async () => {
    const token = tokenFor(scope)
    expectUnauthorised(await stage.aid.api(path, token, evaluation(sub)), 'invalid_token')
  })

  test('refuses an expired token', async () => {
    const token = await holderToken(stage, scope)
    await stage
      .db('oidcArtifacts')
      .where({ id: await rowOf('ClientCredentials', token) })
      .update({ expiresAt: new Date(Date.now() - 1000) })
    await resealArtifacts(stage)
    expectUnauthorised(await call(path, token), 'invalid_token')
  })

  test('refuses a token without its scope', async () => {
    const token = await holderToken(stage, scope)
    // No token without is issued any more.
    await stage
      .db('oidcArtifacts')
      .where({ id: await rowOf('ClientCredentials', token) })
      .update({ payload: stage.db.raw("payload || jsonb_build_object('scope', ?::text)", [other]) })
    await resealArtifacts(stage)
    const answer = await call(path, token)
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([
      403,
      'DPoP error="insufficient_scope", algs="ES256"',
    ])
  })

  test.each<[string, TokenChange]>([
    ['another method', { claims: { htm: 'GET' } }],
    ['another address', { claims: { htu: `${issuer}/userinfo` } }],
    ['the other API', { claims: { htu: `${issuer}/${pathOf(other)}` } }],
    ['another host', { claims: { htu: `https://evil.test${path}` } }],
    ['no token', { claims: { ath: undefined } }],
    ['another token', { claims: { ath: 'A'.repeat(43) } }],
    ['a minute and a half ago', { claims: { iat: seconds() - 90 } }],
    ['a minute and a half ahead', { claims: { iat: seconds() + 90 } }],
    ['no number', { claims: { jti: undefined } }],
    ['another type', { header: { typ: 'jwt' } }],
    ['no key', { header: { jwk: undefined } }],
    ['a key that is no point', { header: { jwk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } } }],
    ['a shared secret', { key: Buffer.alloc(32, 1), header: { alg: 'HS256' } }],
  ])('refuses a proof of %s', async (_, change) => {
    const token = tokenFor(scope)
    const proof = await proofFor(path, token, change)
    expectUnauthorised(await call(path, token, { DPoP: proof }), 'invalid_dpop_proof')
  })

  test.each<[string, (good: string) => string]>([
    ['an unsecured proof', (good) => unsecured(good)],
    ['a proof with a spare bit in its last letter', withSpareBit],
    ['two proofs in one header', (good) => `${good}, ${good}`],
  ])('refuses %s as a proof', async (_, forge) => {
    const token = tokenFor(scope)
    const good = await proofFor(path, token)
    expectUnauthorised(await call(path, token, { DPoP: forge(good) }), 'invalid_dpop_proof')
  })

  test('refuses a bound token without a proof', async () => {
    expectUnauthorised(await call(path, tokenFor(scope), { DPoP: '' }), 'invalid_token')
  })

  test('refuses two DPoP headers', async () => {
    const token = tokenFor(scope)
    const proofs = [await proofFor(path, token), await proofFor(path, token)]
    const target = new URL(path, issuer)
    const headers = { host: target.host, authorization: `DPoP ${token}`, DPoP: proofs }
    const sent = { method: 'POST', headers, body: '{}' }
    expectUnauthorised(await exchange(stage.ports[0] ?? 0, target, sent), 'invalid_dpop_proof')
  })

  test('refuses a proof that contains a private key', async () => {
    const token = tokenFor(scope)
    const { privateKey: key } = await jose.generateKeyPair('ES256', { extractable: true })
    const change = { key, header: { jwk: await jose.exportJWK(key) } }
    const proof = await proofFor(path, token, change)
    expectUnauthorised(await call(path, token, { DPoP: proof }), 'invalid_dpop_proof')
  })

  test('refuses a valid proof of another key', async () => {
    const token = tokenFor(scope)
    const pair = await jose.generateKeyPair('ES256')
    const change = { key: pair.privateKey, header: { jwk: await jose.exportJWK(pair.publicKey) } }
    const proof = await proofFor(path, token, change)
    expectUnauthorised(await call(path, token, { DPoP: proof }), 'invalid_token')
  })

  test('accepts a proof once, on whichever process it comes first', async () => {
    const token = tokenFor(scope)
    const proof = await proofFor(path, token)
    const at = (port: number | undefined) =>
      stage.revenue.api(path, token, evaluation(sub), { proof, port: port ?? 0 })

    const [first, second] = stage.ports
    expect((await at(first)).status).not.toBe(401)
    for (const port of [first, second]) expectUnauthorised(await at(port), 'invalid_dpop_proof')
  })

  test('accepts one of twenty equal proofs that come at once', async () => {
    const token = tokenFor(scope)
    const proof = await proofFor(path, token)
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => call(path, token, { DPoP: proof })),
    )
    expect(answers.filter(({ status }) => status !== 401)).toHaveLength(1)
  })
})

// A token that opens nothing would be no answer.
const noResource = {
  error: 'invalid_target',
  error_description: 'resource: missing, the API that the token is for',
}

// [who, what it asks for, the error or the scope that it gets]
test.each<[keyof Pick<Stage, 'aid' | 'revenue'>, Params, Json]>([
  ['revenue', { resource: `${issuer}/access`, scope: 'decide' }, { scope: 'decide' }],
  ['revenue', { resource: `${issuer}/disclosures`, scope: 'report' }, { scope: 'report' }],
  ['revenue', { resource: `${issuer}/access`, scope: 'decide report' }, { scope: 'decide' }],
  ['revenue', { resource: `${issuer}/access/`, scope: 'decide' }, { error: 'invalid_target' }],
  ['revenue', { resource: `${issuer}/me`, scope: 'me' }, { error: 'invalid_target' }],
  ['revenue', { resource: api, scope: 'decide' }, { error: 'invalid_target' }],
  ['aid', { resource: `${issuer}/access`, scope: 'decide' }, { error: 'invalid_scope' }],
  ['aid', { resource: `${issuer}/access` }, { error: 'invalid_scope' }],
  ['revenue', { resource: `${issuer}/access`, scope: 'openid' }, { error: 'invalid_scope' }],
  ['revenue', { resource: `${issuer}/access`, scope: 'decide "' }, { error: 'invalid_scope' }],
  ['aid', { resource: `${issuer}/access`, scope: 'search' }, { scope: 'search' }],
  ['revenue', { resource: `${issuer}/access`, scope: 'search decide' }, { scope: 'search decide' }],
  ['aid', { resource: `${issuer}/disclosures`, scope: 'report' }, { scope: 'report' }],
  ['aid', { resource: `${issuer}/disclosures`, scope: 'decide' }, { error: 'invalid_scope' }],
  ['aid', { resource: api }, { error: 'invalid_target' }],
  [
    'aid',
    { authorization_details: JSON.stringify([detail()]), resource: api },
    { error: 'invalid_target' },
  ],
  ['aid', { authorization_details: JSON.stringify([detail()]) }, { error: 'invalid_target' }],
  ['revenue', {}, noResource],
  ['revenue', { scope: 'decide' }, noResource],
  // As a receiver of Shared Signals asks, which names scopes alone.
  ['aid', { scope: 'ssf.read ssf.manage' }, { scope: 'ssf.read ssf.manage' }],
  ['revenue', { scope: 'ssf.read decide' }, noResource],
  ['revenue', { resource: '', scope: 'decide' }, { error: 'invalid_target' }],
])('as a program %s asks for the scope %j and gets %j', async (who, params, expected) => {
  expect(json(await program(params, stage[who]))).toMatchObject(expected)
})

test('a service without this grant type gets no token as a program', async () => {
  const answer = await program({ resource: `${issuer}/access` }, stage.services.taxes)
  expect(json(answer)).toMatchObject({ error: 'unauthorized_client' })
})

test('no process logged an error during these tests', () => {
  expect(stage.output()).toBe('')
})

function program(params: Params, service: Service = stage.revenue): Promise<Answer> {
  const nothing = { resource: undefined, scope: undefined }
  return service.clientCredentials('', '', { params: { ...nothing, ...params } })
}

function pathOf(scope: 'decide' | 'report'): string {
  return scope === 'decide' ? 'access' : 'disclosures'
}

function proofFor(path: string, token: string, change: TokenChange = {}): Promise<string> {
  return stage.revenue.proof({ method: 'POST', url: `${issuer}${path}`, token }, change)
}

function seconds(): number {
  return Math.floor(Date.now() / 1000)
}

function unsecured(proof: string): string {
  const [head = '', claims = ''] = proof.split('.')
  const header = { ...(JSON.parse(Buffer.from(head, 'base64url').toString()) as Json), alg: 'none' }
  return `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${claims}.`
}

async function rowOf(model: string, token: string): Promise<Buffer> {
  const { rowId } = await import('../../../src/provider/unit/unit.ts')
  return Buffer.from(rowId(model, token), 'hex')
}
