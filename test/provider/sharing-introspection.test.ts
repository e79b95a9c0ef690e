import * as jose from 'jose'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { readId } from '../../src/base/values/ids.ts'
import type { Browser } from '../support/browser.ts'
import { formsOf } from '../support/browser.ts'
import { callbackOf, codeOf, postAndFollow } from '../support/broker.ts'
import type { SecondHolder } from '../support/second-holder.ts'
import { startSecondHolder } from '../support/second-holder.ts'
import type { Service } from '../support/service.ts'
import { idTokenOf, json } from '../support/service.ts'
import type { Json, Stage } from '../support/sharing.ts'
import { reasonOf } from '../support/sharing-load.ts'
import {
  api,
  decide,
  evaluation,
  holderToken,
  shareAsNewcomer,
  startStage,
  stop,
} from '../support/sharing.ts'

// Who learns what about a token (RFC 7662; I21).

let stage: Stage
let stranger: SecondHolder

beforeAll(async () => {
  stage = await startStage()
  stranger = await startSecondHolder(stage)
})

afterAll(async () => {
  await stranger.stop()
  await stage.stop()
})

async function seenBy(service: Service, token: string): Promise<Json> {
  const answer = await service.introspect(token)
  expect(answer.status).toBe(200)
  expect(answer.headers['cache-control']).toBe('no-store')
  return json(answer)
}

async function signedIn(service: Service, browser: Browser): Promise<Json> {
  const errand = await service.begin()
  const callback = callbackOf(await browser.follow(errand.url))
  return json(await service.redeem(codeOf(callback), errand))
}

function subjectIn(tokens: Json): string | undefined {
  return jose.decodeJwt(String(tokens['id_token'])).sub
}

test('the holder gets its own identifier of the person, the allowed sharing, and the caller’s key', async () => {
  const shared = await shareAsNewcomer(stage, {}, ['cat_personnes-a-charge'])
  const own = subjectIn(await signedIn(stage.revenue, shared.browser))

  const seen = await seenBy(stage.revenue, shared.accessToken)

  const { declined, arrangement, ...known } = shared.detail
  expect(declined).toEqual([])
  expect(arrangement).toMatch(/^arr_/)
  expect(seen).toEqual({
    active: true,
    sub: own,
    client_id: 'aide-etudes',
    aud: api,
    iss: stage.issuer,
    iat: expect.any(Number),
    exp: Number(seen['iat']) + 300,
    token_type: 'DPoP',
    acr: 'urn:accord:aal:2',
    cnf: { jkt: stage.aid.thumbprint },
    authorization_details: [{ ...known, inquiry: expect.stringMatching(/^[\w-]+\.[\w-]{43}$/) }],
  })
  expect(own).not.toBe(subjectIn(shared.tokens))
})

test('the recipient gets its own identifier, and the declined categories', async () => {
  const shared = await shareAsNewcomer(stage)
  const seen = await seenBy(stage.aid, shared.accessToken)
  const { sub, sid } = jose.decodeJwt(String(shared.tokens['id_token']))
  expect(sid).toEqual(expect.any(String))
  expect(seen).toMatchObject({ sub, authorization_details: [shared.detail] })
  expect([sid, undefined]).toContain(seen['sid'])
  expect(shared.detail['declined']).toEqual(['cat_personnes-a-charge'])
})

test('nobody else learns that the token exists', async () => {
  const { accessToken } = await shareAsNewcomer(stage)
  for (const service of [stranger, ...Object.values(stage.services)]) {
    expect(await seenBy(service, accessToken)).toEqual({ active: false })
  }
  expect((await stage.revenue.introspect(accessToken, { assertion: 'e30.e30.e30' })).status).toBe(
    401,
  )
})

test('the holder learns nothing of any other token', async () => {
  const shared = await shareAsNewcomer(stage)
  const plain = await signedIn(stage.aid, shared.browser)
  const others = {
    refresh: String(shared.tokens['refresh_token']),
    signIn: String(plain['access_token']),
    unknown: shared.accessToken.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
  }
  for (const token of Object.values(others))
    expect(await seenBy(stage.revenue, token)).toEqual({ active: false })
  // An id_token is no token that anybody asks about.
  const identity = await stage.revenue.introspect(String(shared.tokens['id_token']))
  expect([identity.status, json(identity)['error']]).toEqual([400, 'unsupported_token_type'])
})

test('a token for our own API is known to its owner alone', async () => {
  const token = await holderToken(stage, 'decide')
  expect(await seenBy(stage.revenue, token)).toMatchObject({
    active: true,
    aud: `${stage.issuer}/access`,
    scope: 'decide',
    cnf: { jkt: stage.revenue.thumbprint },
  })
  for (const service of [stage.aid, stranger])
    expect(await seenBy(service, token)).toEqual({ active: false })
})

test('after a sign-out the consent, its token and its renewal still work', async () => {
  const shared = await shareAsNewcomer(stage)
  const refresh = String(shared.tokens['refresh_token'])
  const before = await seenBy(stage.revenue, shared.accessToken)
  const [first, whileSignedIn] = [shared.tokens, json(await stage.aid.refresh(refresh))].map(
    idTokenOf,
  )
  await signOut(shared.browser)

  expect(await seenBy(stage.revenue, shared.accessToken)).toMatchObject({ active: true })
  const refreshed = json(await stage.aid.refresh(refresh))
  const seen = await seenBy(stage.revenue, String(refreshed['access_token']))
  expect(seen).toMatchObject({ active: true, sub: shared.sub, acr: 'urn:accord:aal:2' })
  expect(seen['auth_time']).toBe(before['auth_time'])
  expect(seen).not.toHaveProperty('sid')
  // The session is named while it lives, and no answer of a refresh has the nonce of the first.
  expect(first).toMatchObject({ sid: expect.any(String), nonce: expect.any(String) })
  expect(whileSignedIn).toMatchObject({ sub: first?.sub, sid: first?.['sid'] })
  expect(idTokenOf(refreshed)).not.toHaveProperty('sid')
  for (const later of [whileSignedIn, idTokenOf(refreshed)])
    expect(later).not.toHaveProperty('nonce')
})

test('a token whose consent was stopped is inactive for both bodies', async () => {
  const shared = await shareAsNewcomer(stage)
  await stop(shared.browser, shared.consentId)
  for (const service of [stage.revenue, stage.aid])
    expect(await seenBy(service, shared.accessToken)).toEqual({ active: false })
})

test('a token used after a stop is an attempt that the person sees, once however often', async () => {
  const shared = await shareAsNewcomer(stage)
  await stop(shared.browser, shared.consentId)
  const page = () => shared.browser.get(`/mes-partages/${shared.consentId}`)
  expect((await page()).body.match(/dec_/g)).toBeNull()

  // Neither the recipient's own look nor a stranger's is an attempt.
  await stage.aid.introspect(shared.accessToken)
  await stranger.introspect(shared.accessToken)
  expect((await page()).body.match(/dec_/g)).toBeNull()

  for (let i = 0; i < 3; i++) await stage.revenue.introspect(shared.accessToken)

  const references = new Set((await page()).body.match(/dec_[0-9A-Z]{26}/g))
  expect(references.size).toBe(1)
  const consentId = readId('con', shared.consentId)
  const rows: Json[] = await stage.db('decision').where({ consentId })
  expect(rows).toMatchObject([
    { outcome: 'deny', reasonCode: 'CONSENT_REVOKED', times: 3, asked: '3', personSeq: null },
  ])
})

test('a token that was never used after a stop leaves no attempt', async () => {
  const shared = await shareAsNewcomer(stage)
  const before = await stage.db('decision').count()
  await stage.revenue.introspect(shared.accessToken)
  await stage.revenue.introspect('unknown')
  expect(await stage.db('decision').count()).toEqual(before)
})

async function signOut(browser: Browser): Promise<void> {
  const [form] = formsOf(await browser.get('/session/end'))
  if (form === undefined) throw new Error('no form to sign out')
  await postAndFollow(browser, form.action, { ...form.fields, logout: 'yes' })
  expect(browser.cookies().some(({ name }) => name === 'sid')).toBe(false)
}

const older = 'Nos données viennent d’une copie plus ancienne'

test('while the database is older than what was signed, nothing is permitted, and a stop works', async () => {
  const { browser, sub, accessToken, consentId } = await shareAsNewcomer(stage)
  const token = await holderToken(stage, 'decide')
  const question = evaluation(sub)
  expect((await decide(stage, token, question)).decision).toBe(true)
  const found = { restoreId: crypto.randomUUID(), origin: 'accord.localhost/log/2026/p0' }
  const sizes = { year: 2026, shard: 0, held: 1, taken: 2, knownTo: 'signed.json' }
  await stage.db('logRestore').insert({ ...found, ...sizes, foundAt: new Date() })
  const page = () => browser.get('/mes-partages').then(({ body }) => body)
  try {
    // At once, and a repeat of what was permitted before too.
    for (const asked of [evaluation(sub), question])
      expect(reasonOf(await decide(stage, token, asked))).toBe('LEDGER_RESTORED')
    for (const service of [stage.revenue, stage.aid])
      expect(await seenBy(service, accessToken)).toEqual({ active: false })
    await vi.waitFor(async () => expect(await page()).toContain(older), 30_000)
    expect(await signedIn(stage.aid, browser)).toHaveProperty('id_token')
    await stop(browser, consentId)
  } finally {
    await stage.db('logRestore').delete()
  }
  // Each of the two processes looks for itself.
  const reasons = () => Promise.all([1, 2].map(() => decide(stage, token, evaluation(sub))))
  await vi.waitFor(
    async () =>
      expect((await reasons()).map(reasonOf)).toEqual(['CONSENT_REVOKED', 'CONSENT_REVOKED']),
    30_000,
  )
  for (const body of [await page(), await page()]) expect(body).not.toContain(older)
})
