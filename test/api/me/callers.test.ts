import * as jose from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openKeys } from '../../../src/base/keys/keys.ts'
import { newPersonId } from '../../../src/base/values/ids.ts'
import { present } from '../../../src/base/values/present.ts'
import { makePairwise } from '../../../src/people/accounts/index.ts'
import type { Answer } from '../../support/browser.ts'
import { exchange } from '../../support/browser.ts'
import { issuer, signUp } from '../../support/broker.ts'
import type { PortalStage } from '../../support/portal.ts'
import { forMe, meResource, startPortalStage, tokenFor, tokensFor } from '../../support/portal.ts'
import type { Params, Service } from '../../support/service.ts'
import { json } from '../../support/service.ts'
import { asking, decide, evaluation, holderToken, shareAsNewcomer } from '../../support/sharing.ts'
import type { Shared } from '../../support/sharing.ts'
import { changeSessions, resealArtifacts, resealSessions } from '../../support/resealed-access.ts'

// Who may act for a person at /me: a first-party service, in which she is signed in at this moment, with a fresh proof of its
// key for this very request.

let stage: PortalStage
let shared: Shared
let token: string

beforeAll(async () => {
  stage = await startPortalStage(undefined, undefined, { keys: { signals: true, upstream: true } })
  shared = await shareAsNewcomer(stage)
  token = await tokenFor(stage.portal, shared.browser)
})
afterAll(() => stage.stop())

function expectRefused(answer: Answer, error: string | undefined, status = 401): void {
  const challenge = `DPoP ${error === undefined ? '' : `error="${error}", `}${error === 'insufficient_user_authentication' ? 'acr_values="urn:accord:aal:2", ' : ''}algs="ES256"`
  expect([answer.status, answer.headers['www-authenticate']]).toEqual([status, challenge])
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(json(answer)).toMatchObject({ status, code: error ?? 'unauthorised' })
  expect(answer.headers['content-type']).toContain('application/problem+json')
}

test('a first-party service acts for the person who is signed in there', async () => {
  const tokens = await tokensFor(stage.portal, shared.browser)
  expect(tokens).toMatchObject({ token_type: 'DPoP', expires_in: 300, scope: 'me' })
  expect(tokens['refresh_token']).toBeUndefined()
  expect(String(tokens['access_token'])).toMatch(/^[\w-]{43}$/) // opaque
  const answer = await stage.portal.read('/me/consents', String(tokens['access_token']))
  expect(answer.status).toBe(200)
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(answer.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/)
  expect(answer.headers['set-cookie']).toBeUndefined()
})

test('while the person is signed in, the next token needs no page', async () => {
  const again = await tokenFor(stage.portal, shared.browser, { ...forMe, prompt: 'none' })
  expect((await stage.portal.read('/me/consents', again)).status).toBe(200)
})

test('the token request may repeat the resource, and may name no other', async () => {
  const named = await tokenFor(stage.portal, shared.browser)
  expect((await stage.portal.read('/me/consents', named)).status).toBe(200)
  const errand = await stage.portal.begin(forMe)
  const { location } = await shared.browser.follow(errand.url)
  const code = new URL(location ?? '').searchParams.get('code') ?? ''
  const params = { resource: `${issuer}/access` }
  expect(json(await stage.portal.redeem(code, errand, { params }))).toMatchObject({
    error: 'invalid_target',
  })
})

test.each<[string, (s: PortalStage) => Service, Params]>([
  ['a service that is not of the house', (s) => s.aid, forMe],
  ['a holder', (s) => s.revenue, forMe],
  ['a public client, whatever its file says', (s) => s.phone, forMe],
  [
    'a service of the house with a sharing beside',
    (s) => s.desk,
    { ...forMe, ...asking(), resource: meResource },
  ],
  ['a path below', (s) => s.portal, { ...forMe, resource: `${meResource}/consents` }],
  ['another spelling', (s) => s.portal, { ...forMe, resource: `${meResource}/` }],
  ['a service of the house without the scope', (s) => s.portal, { ...forMe, scope: 'openid' }],
])('a request for the API by %s is refused', async (_name, who, params) => {
  const answer = await who(stage).push(params)
  expect(answer.status).toBe(400)
  expect(json(answer)['error']).toMatch(/^invalid_(target|authorization_details|request|scope)$/)
})

test('a service with both kinds of access may ask for each of them', async () => {
  expect((await stage.desk.push(forMe)).status).toBe(201)
  expect((await stage.desk.push(asking())).status).toBe(201)
  const both = { ...asking(), resource: meResource, scope: 'openid me' }
  expect(json(await stage.desk.push(both))).toMatchObject({ error: 'invalid_target' })
})

test('no program gets such a token without a person', async () => {
  for (const service of [stage.portal, stage.revenue, stage.aid]) {
    const answer = await service.clientCredentials(meResource, 'me')
    expect(answer.status).toBe(400)
    expect(json(answer)['access_token']).toBeUndefined()
  }
})

describe('a call to the API is refused', () => {
  test('without a token, with a bearer token, with a cookie alone', async () => {
    for (const authorization of ['', token, `Bearer ${token}`, 'DPoP', 'DPoP x']) {
      const call = { method: 'GET', url: `${issuer}/me/consents`, token }
      const headers = { authorization, DPoP: await stage.portal.proof(call) }
      expectRefused(await stage.portal.read('/me/consents', token, { headers }), undefined)
    }
    for (const path of ['/me/consents', '/me/export', '/me/timeline'])
      expectRefused(await shared.browser.get(path), undefined)
    expectRefused(await shared.browser.post('/me/revocations', '{}'), undefined)
  })

  test('without a proof, or with a proof for another request, key or token', async () => {
    const of = (method: string, path: string, of = token) =>
      stage.portal.proof({ method, url: issuer + path, token: of })
    expectRefused(await stage.portal.read('/me/consents', token, { proof: '' }), 'invalid_token')
    const proofs = [
      await of('POST', '/me/consents'),
      await of('GET', '/me/timeline'),
      await of('GET', '/me/consents', 'another-token-of-some-length'),
      await stage.portal.proof({ method: 'GET', url: `${issuer}/me/consents` }),
    ]
    for (const proof of proofs)
      expectRefused(await stage.portal.read('/me/consents', token, { proof }), 'invalid_dpop_proof')
    const stolen = await stage.counter.read('/me/consents', token)
    expectRefused(stolen, 'invalid_token')
  })

  test('with a used proof, on both processes, and for all but one of several calls at once', async () => {
    const call = { method: 'GET', url: `${issuer}/me/consents`, token }
    const used = await stage.portal.proof(call)
    for (const [port, status] of [
      [0, 200],
      [0, 401],
      [1, 401],
    ] as const) {
      const answer = await stage.portal.read('/me/consents', token, {
        proof: used,
        port: stage.ports[port] ?? 0,
      })
      expect(answer.status).toBe(status)
      if (status === 401) expectRefused(answer, 'invalid_dpop_proof')
    }
    const proof = await stage.portal.proof(call)
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => stage.portal.read('/me/consents', token, { proof })),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  test('with a token for another API, for userinfo or for a sharing', async () => {
    const plain = await tokenFor(stage.portal, shared.browser, {})
    expectRefused(await stage.portal.read('/me/consents', plain), 'invalid_token')
    for (const scope of ['decide', 'report'] as const)
      expectRefused(
        await stage.revenue.read('/me/consents', await holderToken(stage, scope)),
        'invalid_token',
      )
    expectRefused(await stage.aid.read('/me/consents', shared.accessToken), 'invalid_token')
  })

  test('at userinfo and the other APIs with a token for /me', async () => {
    expect((await stage.portal.userinfo(token)).status).toBe(403)
    for (const path of ['/access/v1/evaluation', '/disclosures'])
      expect((await stage.portal.api(path, token, {})).status).toBe(401)
  })

  test('with a token that a key of ours signed, by a service that has its own key, here and at every other door', async () => {
    const { idToken, signals, upstream, decision, receipt } = await openKeys(stage.keysDir)
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      iss: issuer,
      sub: shared.sub,
      aud: [meResource, `${issuer}/access`, `${issuer}/ssf`, issuer, stage.portal.clientId],
      client_id: stage.portal.clientId,
      scope: 'openid me decide ssf.manage',
      cnf: { jkt: stage.portal.thumbprint },
      acr: 'urn:accord:aal:2',
      iat: now,
      exp: now + 300,
      jti: crypto.randomUUID(),
    }
    const signers = [
      ...[idToken, upstream, decision].map(([jwk]) => ['ES256', jwk] as const),
      ['RS256', signals[0]],
      ['Ed25519', receipt[0]],
    ] as const
    for (const [alg, jwk] of signers)
      for (const typ of ['at+jwt', 'secevent+jwt', 'JWT']) {
        const header = { alg, typ, kid: present(jwk, 'a key of each purpose').kid ?? '' }
        const forged = await new jose.SignJWT(claims).setProtectedHeader(header).sign(jwk ?? {})
        expectRefused(await stage.portal.read('/me/consents', forged), undefined)
        const answers = await Promise.all([
          stage.portal.api('/access/v1/evaluation', forged, {}),
          stage.portal.read('/ssf/streams', forged),
          stage.portal.userinfo(forged),
          stage.portal.introspect(forged),
          stage.portal.refresh(forged),
          stage.portal.push({}, { assertion: forged }),
        ])
        expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 400, 400, 400])
      }
  })

  test('with a token without the scope', async () => {
    const narrow = await tokenFor(stage.portal, shared.browser)
    // None is issued any more.
    await stage
      .db('oidcArtifacts')
      .where({ id: await rowOf(narrow) })
      .update({ payload: stage.db.raw('payload || \'{"scope": "openid"}\'') })
    await resealArtifacts(stage)
    expectRefused(await stage.portal.read('/me/consents', narrow), 'insufficient_scope', 403)
  })

  test('at an English address, or with another method', async () => {
    const english = await stage.portal.read('/en/me/consents', token)
    expect(english.status).not.toBe(200)
    const call = { method: 'POST', url: `${issuer}/me/revocations`, token }
    const proof = await stage.portal.proof(call)
    expect((await stage.portal.api('/en/me/revocations', token, {}, { proof })).status).toBe(404)
    const options = {
      method: 'PUT',
      headers: { host: new URL(issuer).host, authorization: `DPoP ${token}` },
      body: undefined,
    }
    const answer = await exchange(stage.ports[0] ?? 0, new URL('/me/consents', issuer), options)
    expect(answer.status).toBe(405)
  })
})

test('who has the key of pairwise names her everywhere, and a body learns and gets nothing by a name that he made', async () => {
  const { pairwise } = await openKeys(stage.keysDir)
  const names = makePairwise(pairwise)
  const personId = present(names.person(shared.sub, 'org_agence-revenu'), 'a person of this key')
  // What he can: her name at each body follows from that at one.
  expect(names.subject(personId, 'org_portail')).toBe(
    json(await stage.portal.introspect(token))['sub'],
  )
  const stranger = (await signUp(stage, stage.portal)).personId
  const answers = []
  for (const id of [personId, stranger, newPersonId()]) {
    const about = evaluation(names.subject(id, 'org_agence-revenu'))
    answers.push(await decide(stage, await holderToken(stage, 'decide'), about))
  }
  expect(answers.map(({ decision, context }) => [decision, context['reason_codes']])).toEqual([
    [true, ['CONSENT_ACTIVE']],
    [false, ['NO_CONSENT']],
    [false, ['PERSON_UNKNOWN']],
  ])
  const asOther = evaluation(names.subject(personId, 'org_aide-etudes'))
  const elsewhere = await decide(stage, await holderToken(stage, 'decide'), asOther)
  expect(elsewhere.context['reason_codes']).toEqual(['PERSON_UNKNOWN'])
})

describe('a token ends', () => {
  test('with its five minutes', async () => {
    const { browser } = await signUp(stage, stage.portal)
    const short = await tokenFor(stage.portal, browser)
    expect((await stage.portal.read('/me/consents', short)).status).toBe(200)
    await stage
      .db('oidcArtifacts')
      .where({ id: await rowOf(short) })
      .update({ expiresAt: new Date(Date.now() - 1000) })
    await resealArtifacts(stage)
    expectRefused(await stage.portal.read('/me/consents', short), 'invalid_token')
  })

  test('with its session, wherever the session is ended', async () => {
    const { browser } = await signUp(stage, stage.portal)
    const own = await tokenFor(stage.portal, browser)
    expect((await stage.portal.read('/me/consents', own)).status).toBe(200)
    const personId = await personOf(own)
    await stage.db('oidcSessions').where({ accountId: personId }).delete()
    expectRefused(await stage.portal.read('/me/consents', own), 'invalid_token')
  })

  test('with an expired session', async () => {
    const { browser } = await signUp(stage, stage.portal)
    const own = await tokenFor(stage.portal, browser)
    await stage
      .db('oidcSessions')
      .where({ accountId: await personOf(own) })
      .update({ expiresAt: new Date(Date.now() - 1000) })
    await resealSessions(stage)
    expectRefused(await stage.portal.read('/me/consents', own), 'invalid_token')
  })

  test('with the connection to its service, and not with another connection', async () => {
    const { browser } = await signUp(stage, stage.counter)
    await tokenFor(stage.counter, browser)
    const own = await tokenFor(stage.portal, browser)
    const personId = await personOf(own)
    const end = (serviceId: string) =>
      stage.db('connections').where({ personId, serviceId }).update({ endedAt: new Date() })
    await end('comptoir')
    expect((await stage.portal.read('/me/consents', own)).status).toBe(200)
    await end('portail')
    expectRefused(await stage.portal.read('/me/consents', own), 'invalid_token')
  })

  test('with the account', async () => {
    for (const [table, change] of [
      ['accounts', { closedAt: new Date(), eraseAt: new Date() }],
      ['persons', { status: 'deceased' }],
    ] as const) {
      const { browser } = await signUp(stage, stage.portal)
      const own = await tokenFor(stage.portal, browser)
      await stage
        .db(table)
        .where({ personId: await personOf(own) })
        .update(change)
      expectRefused(await stage.portal.read('/me/consents', own), 'invalid_token')
    }
  })

  test('when it is revoked', async () => {
    const { browser } = await signUp(stage, stage.portal)
    const own = await tokenFor(stage.portal, browser)
    await stage.portal.call('/token/revocation', { token: own })
    expectRefused(await stage.portal.read('/me/consents', own), 'invalid_token')
  })
})

test('a person who signed in without a passkey is asked to prove more', async () => {
  const { browser } = await signUp(stage, stage.portal)
  const own = await tokenFor(stage.portal, browser)
  const personId = await personOf(own)
  await changeSessions(
    stage,
    `update oidc_sessions set payload = jsonb_set(payload, '{acr}', '"urn:accord:aal:1"') where account_id = ?`,
    [personId],
  )
  expectRefused(await stage.portal.read('/me/consents', own), 'insufficient_user_authentication')
})

test('no holder’s API is opened by such a token', async () => {
  const seen = json(await stage.revenue.introspect(token))
  expect(seen).toEqual({ active: false })
  expect(json(await stage.portal.introspect(token))).toMatchObject({
    active: true,
    aud: meResource,
  })
})

test('no process logged an error during these tests', () => {
  expect(stage.output()).toBe('')
})

async function rowOf(value: string): Promise<Buffer> {
  const { rowId } = await import('../../../src/provider/unit/unit.ts')
  return Buffer.from(rowId('AccessToken', value), 'hex')
}

async function personOf(value: string): Promise<string> {
  const row = await stage
    .db('oidcArtifacts')
    .where({ id: await rowOf(value) })
    .first<{ accountId: string }>()
  return row.accountId
}
