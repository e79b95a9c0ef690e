import * as jose from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LawDetail } from '../../src/consent/record/index.ts'
import {
  intersectCategories,
  narrowDetail,
} from '../../src/provider/tokens/authorization-details.ts'
import type { Answer, Browser } from '../support/browser.ts'
import { formOf, makeBrowser } from '../support/browser.ts'
import { callbackOf, codeOf, issuer, postAndFollow, signUp } from '../support/broker.ts'
import type { MovingStage } from '../support/moving-stage.ts'
import { startMovingStage } from '../support/moving-stage.ts'
import type { Errand, Params } from '../support/service.ts'
import { json } from '../support/service.ts'
import type { Asked, Json } from '../support/sharing.ts'
import {
  answer,
  api,
  ask,
  asking,
  askNewcomer,
  detail,
  detailType,
  evaluation,
  press,
  share,
  shareAsNewcomer,
  stop,
} from '../support/sharing.ts'

// A token for a holder's API says what a consent says now, and is nothing without one (docs/design/provider.md#details).

const dependants = 'cat_personnes-a-charge'
const known = ['cat_revenu-net', 'cat_situation-familiale']

// By the law, so that it has no consent.
const shared: LawDetail = {
  type: detailType,
  locations: [api],
  actions: ['disclose'],
  datatypes: known,
  identifier: 'dst_avis-cotisation@1',
  agreement: 'agr_2026-001@1',
  purpose: 'pur_calcul-aide@1',
  recipient: 'org_aide-etudes',
  holder: 'org_agence-revenu',
  legal_basis: 'law',
}

let stage: MovingStage
beforeAll(async () => {
  stage = await startMovingStage()
})
afterAll(() => stage.stop())

function refused(answer: Answer, error: string): void {
  expect([answer.status, json(answer)['error']]).toEqual([400, error])
}

function grantedIn(tokens: Answer): readonly Json[] {
  expect(tokens.status).toBe(200)
  return (json(tokens)['authorization_details'] ?? []) as readonly Json[] // what the response has
}

function isActive(token: unknown): Promise<unknown> {
  return stage.revenue.introspect(String(token)).then((seen) => json(seen)['active'])
}

/** The person goes to Student Aid again, and back at once or to a page. */
async function goes(browser: Browser, params: Params): Promise<{ errand: Errand; page: Answer }> {
  const errand = await stage.aid.begin(params)
  return { errand, page: await browser.follow(errand.url) }
}

describe('a code', () => {
  test('gives a key-bound token for five minutes, and a refresh token', async () => {
    const { tokens } = await shareAsNewcomer(stage)
    expect(tokens).toMatchObject({ token_type: 'DPoP', expires_in: 300 })
    expect(Object.keys(tokens).toSorted()).toEqual([
      'access_token',
      'authorization_details',
      'expires_in',
      'id_token',
      'refresh_token',
      'token_type',
    ])
    expect(Object.keys(jose.decodeJwt(String(tokens['id_token']))).toSorted()).toEqual(
      ['acr', 'amr', 'aud', 'exp', 'iat', 'iss', 'nonce', 'sid', 'sub'].toSorted(),
    )
  })

  test('issued before a stop gives no token', async () => {
    const asked = await askNewcomer(stage)
    const callback = await answer(asked, 'autorisation')
    const { body } = await asked.browser.get('/mes-partages')
    await stop(asked.browser, consentIn(body))

    refused(await stage.aid.redeem(codeOf(callback), asked.errand), 'invalid_grant')
  })

  test('is not issued if the sharing was stopped before the redirect: the service is told of a refusal', async () => {
    const { callback } = await allowedAndStoppedBeforeGoingOn()
    expect(callback.searchParams.get('code')).toBeNull()
    expect(callback.searchParams.get('error')).toBe('access_denied')
  })

  test('gives a narrower token on request, and the renewal has all again', async () => {
    const asked = await askNewcomer(stage)
    const code = codeOf(await answer(asked, 'autorisation', [dependants]))
    const less = detail({ datatypes: ['cat_revenu-net'], optional_datatypes: undefined })
    const params = { resource: api, authorization_details: JSON.stringify([less]) }

    const tokens = await stage.aid.redeem(code, asked.errand, { params })

    expect(grantedIn(tokens)).toMatchObject([{ datatypes: ['cat_revenu-net'] }])
    const seen = json(await stage.revenue.introspect(String(json(tokens)['access_token'])))
    expect(seen['authorization_details']).toMatchObject([{ datatypes: ['cat_revenu-net'] }])
    const renewed = await stage.aid.refresh(String(json(tokens)['refresh_token']))
    expect(grantedIn(renewed)).toMatchObject([
      { datatypes: ['cat_revenu-net', 'cat_situation-familiale', dependants] },
    ])
  })
})

describe('at the token endpoint', () => {
  const wider: [string, Params, string][] = [
    ['another category', wanted({ datatypes: ['cat_autre'] }), 'invalid_authorization_details'],
    [
      'an optional one as required',
      wanted({ datatypes: [dependants] }),
      'invalid_authorization_details',
    ],
    ['another purpose', wanted({ purpose: 'pur_autre' }), 'invalid_authorization_details'],
    ['another recipient', wanted({ recipient: 'org_revenue' }), 'invalid_authorization_details'],
    [
      'two details',
      { authorization_details: JSON.stringify([detail(), detail()]), resource: api },
      'invalid_authorization_details',
    ],
    ['no JSON', { authorization_details: '[', resource: api }, 'invalid_authorization_details'],
    ['details without a resource', { ...wanted({}), resource: undefined }, 'invalid_target'],
    ['another resource', { resource: 'https://autre.test/api' }, 'invalid_target'],
    ['the API of decisions', { resource: `${issuer}/access` }, 'invalid_target'],
    [
      'the API of reports',
      { resource: `${issuer}/disclosures`, scope: 'openid' },
      'invalid_target',
    ],
  ]

  test.each(wider)('a code gives no wider token: %s', async (_, params, error) => {
    const asked = await askNewcomer(stage)
    const code = codeOf(await answer(asked, 'autorisation'))
    refused(await stage.aid.redeem(code, asked.errand, { params }), error)
  })

  test('a renewal gives no wider token, and works as before afterwards', async () => {
    const shared = await shareAsNewcomer(stage)
    const refresh = String(shared.tokens['refresh_token'])
    for (const [, params, error] of wider)
      refused(await stage.aid.refresh(refresh, { params }), error)
    const scope = { params: { scope: 'openid decide' } }
    refused(await stage.aid.refresh(refresh, scope), 'invalid_scope')
    const renewed = await stage.aid.refresh(refresh)
    expect(grantedIn(renewed)).toEqual([shared.detail])
    expect(json(renewed)['refresh_token']).toBe(refresh)
  })

  test('a renewal does not give declined categories', async () => {
    const shared = await shareAsNewcomer(stage)
    const params = wanted({})
    const renewed = await stage.aid.refresh(String(shared.tokens['refresh_token']), { params })
    expect(grantedIn(renewed)).toMatchObject([
      { datatypes: ['cat_revenu-net', 'cat_situation-familiale'] },
    ])
  })

  test('the details of the first request give the same token', async () => {
    const shared = await shareAsNewcomer(stage, {}, [dependants])
    const params = wanted({})
    const renewed = await stage.aid.refresh(String(shared.tokens['refresh_token']), { params })
    expect(grantedIn(renewed)).toEqual([shared.detail])
  })

  test.each([[[dependants]], [[]]])(
    'granted details may be sent back unchanged, with optional %j',
    async (optional) => {
      const shared = await shareAsNewcomer(stage, {}, optional)
      const params = { resource: api, authorization_details: JSON.stringify([shared.detail]) }
      const renewed = await stage.aid.refresh(String(shared.tokens['refresh_token']), { params })
      expect(grantedIn(renewed)).toEqual([shared.detail])

      // Asked for again it is there: nobody is asked, and nothing is wider.
      for (const prompt of [undefined, 'none']) {
        const { errand, page } = await goes(shared.browser, { ...params, prompt })
        const tokens = await stage.aid.redeem(codeOf(callbackOf(page)), errand)
        expect(grantedIn(tokens)).toEqual([shared.detail])
      }
    },
  )

  test('the details of a token sent back after a stop lead to a new question, not to a token', async () => {
    const shared = await shareAsNewcomer(stage)
    await stop(shared.browser, shared.consentId)
    const params = { resource: api, authorization_details: JSON.stringify([shared.detail]) }
    refused(
      await stage.aid.refresh(String(shared.tokens['refresh_token']), { params }),
      'invalid_grant',
    )
    expect(errorOf(await goes(shared.browser, { ...params, prompt: 'none' }))).toBe(
      'consent_required',
    )
  })

  test('the details of a token sent back with additions give no more', async () => {
    const shared = await shareAsNewcomer(stage)
    const wider = { ...shared.detail, datatypes: [...known, dependants], valid_until: '2099-01-01' }
    const params = { resource: api, authorization_details: JSON.stringify([wider]) }
    const renewed = await stage.aid.refresh(String(shared.tokens['refresh_token']), { params })
    expect(grantedIn(renewed)).toEqual([shared.detail])
    refused(await stage.aid.push(params), 'invalid_authorization_details')
    const odd = { ...shared.detail, consent_id: 1, surprise: true }
    const pushed = await stage.aid.push({ ...params, authorization_details: JSON.stringify([odd]) })
    expect(json(pushed)).toEqual({
      error: 'invalid_authorization_details',
      error_description: 'surprise: is not a known member',
      error_uri: `${issuer}/api/errors#member-unknown`,
    })
  })

  test('a renewal without proof of the key is refused', async () => {
    const shared = await shareAsNewcomer(stage)
    const refresh = String(shared.tokens['refresh_token'])
    expect((await stage.aid.refresh(refresh, { proof: '' })).status).toBe(400)
  })
})

describe('after a stop', () => {
  test('no old token works, not even after a new consent', async () => {
    const shared = await shareAsNewcomer(stage)
    const [token, refresh] = [shared.accessToken, String(shared.tokens['refresh_token'])]
    await stop(shared.browser, shared.consentId)
    expect(await isActive(token)).toBe(false)
    refused(await stage.aid.refresh(refresh), 'invalid_grant')

    const again = await share(stage, await ask(stage, shared.browser))

    expect(again.detail['arrangement']).not.toBe(shared.detail['arrangement'])
    expect(await isActive(again.accessToken)).toBe(true)
    expect(await isActive(token)).toBe(false)
    refused(await stage.aid.refresh(refresh), 'invalid_grant')
    refused(await stage.aid.refresh(refresh, { params: { resource: api } }), 'invalid_grant')
  })
})

describe('a plain sign-in', () => {
  test('reveals nothing of an allowed sharing', async () => {
    const shared = await shareAsNewcomer(stage)
    const { errand, page } = await goes(shared.browser, {})
    const tokens = await stage.aid.redeem(codeOf(callbackOf(page)), errand)
    expect(grantedIn(tokens)).toEqual([])
    expect(json(tokens)).not.toHaveProperty('refresh_token')
    expect((await stage.aid.userinfo(String(json(tokens)['access_token']))).status).toBe(200)
  })

  test('gives no token for the holder when the code is exchanged', async () => {
    const shared = await shareAsNewcomer(stage)
    const { errand, page } = await goes(shared.browser, {})
    const params = { resource: api }
    refused(await stage.aid.redeem(codeOf(callbackOf(page)), errand, { params }), 'invalid_target')
  })
})

test('details give no token without a person, nor without the API that they are for', async () => {
  const shared = await shareAsNewcomer(stage)
  const details = { authorization_details: JSON.stringify([shared.detail]) }
  const more = { params: details }
  const alone = await stage.aid.clientCredentials(`${issuer}/access`, 'search', more)
  refused(alone, 'invalid_authorization_details')
  const errand = await stage.aid.begin()
  const code = codeOf(callbackOf(await shared.browser.follow(errand.url)))
  const several = { resource: [api, `${api}/other`] }
  refused(await stage.aid.redeem(code, errand, { params: several }), 'invalid_target')
  const answer = await stage.aid.redeem(code, errand, { params: details })
  refused(answer, 'invalid_target')
})

test('a token for a holder is accepted only at its API', async () => {
  const shared = await shareAsNewcomer(stage)
  expect((await stage.aid.userinfo(shared.accessToken)).status).toBe(403)
  for (const path of ['/access/v1/evaluation', '/disclosures']) {
    const used = await stage.aid.api(path, shared.accessToken, evaluation(shared.sub))
    expect([path, used.status]).toEqual([path, 401])
  }
})

describe('an active sharing is not asked again', () => {
  test.each([[[dependants]], [[]]])('with optional %j', async (optional) => {
    const shared = await shareAsNewcomer(stage, {}, optional)
    for (const prompt of [undefined, 'none', 'consent']) {
      const { errand, page } = await goes(shared.browser, { ...asking(), prompt })
      const tokens = await stage.aid.redeem(codeOf(callbackOf(page)), errand)
      expect(grantedIn(tokens)).toEqual([shared.detail])
    }
  })

  test('with prompt=none the service gets consent_required', async () => {
    const { browser } = await signUp(stage, stage.services.library)
    const silently = { ...asking(), prompt: 'none' }
    expect(errorOf(await goes(browser, silently))).toBe('consent_required')
    expect(errorOf(await goes(makeBrowser(stage), silently))).toBe('login_required')
  })

  test('one more category is asked and continues the arrangement; the old refresh token gets no more', async () => {
    const shared = await shareAsNewcomer(stage, { optional_datatypes: undefined })
    const asked = await ask(stage, shared.browser)
    expect(asked.page.status).toBe(200)

    const wide = await share(stage, asked, [dependants])

    expect(wide.detail['arrangement']).toBe(shared.detail['arrangement'])
    expect(wide.detail['datatypes']).toContain(dependants)
    const renewed = await stage.aid.refresh(String(shared.tokens['refresh_token']))
    expect(grantedIn(renewed)).toMatchObject([
      { datatypes: shared.detail['datatypes'], consent_id: wide.consentId },
    ])
  })
})

test('a token keeps of its categories what is still allowed, and is none where nothing is left', () => {
  const token = { ...shared, datatypes: ['cat_revenu-net', dependants] }
  expect(intersectCategories(token, known)).toEqual([{ ...token, datatypes: ['cat_revenu-net'] }])
  expect(intersectCategories(token, ['cat_situation-familiale'])).toEqual([])
  expect(narrowDetail(token, [{ ...token, datatypes: [dependants] }])).toEqual([
    { ...token, datatypes: [dependants] },
  ])
  expect(narrowDetail(token, [{ ...token, datatypes: undefined }])).toEqual([])
})

test('tokens are inactive while their agreement is suspended, and work again afterwards', async () => {
  const shared = await shareAsNewcomer(stage)
  const refresh = String(shared.tokens['refresh_token'])
  await stage.apply({ of: 'agr_2026-001', set: { status: 'suspended' } })
  expect(await isActive(shared.accessToken)).toBe(false)
  refused(await stage.aid.refresh(refresh), 'invalid_grant')
  await stage.apply({ of: 'agr_2026-001', set: { status: 'in_force' } })
  expect(await isActive(shared.accessToken)).toBe(true)
  expect((await stage.aid.refresh(refresh)).status).toBe(200)
})

function errorOf({ page }: { readonly page: Answer }): string | null {
  return callbackOf(page).searchParams.get('error')
}

function wanted(change: Json): Params {
  return { resource: api, authorization_details: JSON.stringify([detail(change)]) }
}

async function allowedAndStoppedBeforeGoingOn(): Promise<{ callback: URL; asked: Asked }> {
  const asked = await askNewcomer(stage)
  const answered = await press(asked, 'autorisation')
  await stop(asked.browser, consentIn(answered.body))
  const { action, fields } = formOf(answered)
  return { asked, callback: callbackOf(await postAndFollow(asked.browser, action, fields)) }
}

function consentIn(page: string): string {
  return /con_[0-9A-Z]{26}/.exec(page)?.[0] ?? ''
}
