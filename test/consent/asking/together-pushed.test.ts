import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf } from '../../support/broker.ts'
import { json, makeService } from '../../support/service.ts'
import type { MovingStage } from '../../support/moving-stage.ts'
import { startMovingStage } from '../../support/moving-stage.ts'
import type { Json } from '../../support/sharing.ts'
import { api, detail } from '../../support/sharing.ts'
import type { AskedAll, Deed } from '../../support/together.ts'
import { aid, answerAll, askingAll, askNewcomerAll, loan } from '../../support/together.ts'

// What may be asked at once, and what a token for one of several APIs says (RFC 8707, 9396).

const otherApi = 'https://agence-revenu.test/prets'
const elsewhere: Json = {
  ...loan,
  identifier: 'dst_prets',
  locations: [otherApi],
  optional_datatypes: undefined,
}

let stage: MovingStage
beforeAll(async () => {
  stage = await startMovingStage(async (site) => [
    await makeService(site, {
      clientId: 'agence-prets',
      organisation: 'org_agence-revenu',
      more: { resource_server: otherApi },
    }),
  ])
})
afterAll(() => stage.stop())

describe('a request is refused when it is pushed', () => {
  test.each<[string, readonly Json[], string]>([
    ['with more than ten items', others(11), 'at most 10 items are asked for at once'],
    ['with the same twice', [aid, loan, aid], 'item 1: identifier and purpose are those of item 3'],
    [
      'with the same twice, once by version',
      [loan, { ...loan, purpose: 'pur_remboursement-pret@1', optional_datatypes: undefined }],
      'item 1: identifier and purpose are those of item 2',
    ],
    [
      'with a second item that is too wide',
      [aid, { ...loan, datatypes: ['cat_situation-familiale'] }],
      'item 2: datatypes: cat_situation-familiale is not in agr_2026-009@1 for dst_avis-cotisation@1',
    ],
    [
      'with an item of another body',
      [{ ...aid, recipient: 'org_x' }, loan],
      "item 1: recipient: must be org_aide-etudes, the client's organisation",
    ],
    [
      'with a shape of its own',
      [aid, { ...loan, extra: 1 }],
      'item 2: extra: is not a known member',
    ],
    [
      'with an API that it does not name',
      [aid, { ...loan, locations: ['https://elsewhere.test/api'] }],
      'item 2: locations: not a resource of the request',
    ],
  ])('%s', async (_, changes, sentence) => {
    expect(await said(changes)).toMatchObject({
      status: 400,
      error: 'invalid_authorization_details',
      error_description: sentence,
    })
  })

  test('with more than 16 KiB, counted in bytes', async () => {
    const text = JSON.stringify([detail({ ...loan, text: 'é'.repeat(9_000) })])
    expect(text.length).toBeLessThan(16 * 1024)
    const pushed = await stage.aid.push({ ...askingAll(loan), authorization_details: text })
    expect([pushed.status, pushed.body]).toEqual([400, expect.stringContaining('16 KiB')])
  })
})

describe('of two items at two APIs', () => {
  beforeAll(async () => {
    await stage.apply({
      of: 'dst_avis-cotisation',
      as: 'dst_prets',
      set: { resource_server: otherApi },
    })
    const datasets = [{ dataset_id: 'dst_prets@1', categories: ['cat_revenu-net'] }]
    await stage.apply({ of: 'agr_2026-009', set: { datasets } })
  })

  test('each gets its own token, which says nothing of the other', async () => {
    const tokens = await shareBoth(['autorisation', 'autorisation'])
    expect([apisOf(tokens), await audienceOf(tokens)]).toEqual([[api], api])
    const second = await refreshFor(tokens, otherApi)
    expect([apisOf(second), await audienceOf(second)]).toEqual([[otherApi], otherApi])
    const first = await refreshFor(second, api)
    expect(apisOf(first)).toEqual([api])
  })

  test('a token request without a resource gives a token for the first allowed item; a refused item is no target', async () => {
    const tokens = await shareBoth(['refus', 'autorisation'])
    expect([apisOf(tokens), await audienceOf(tokens)]).toEqual([[otherApi], otherApi])
    expect(await refreshFor(tokens, api)).toMatchObject({ status: 400, error: 'invalid_target' })
    // Nothing is lost by having tried.
    expect(await refreshFor(tokens, otherApi)).toMatchObject({ status: 200 })
  })

  test('an API without an item cannot be a resource of the request', async () => {
    const params = { ...askingAll(aid), resource: [api, otherApi] }
    expect(json(await stage.aid.push(params))).toMatchObject({ error: 'invalid_target' })
  })
})

async function said(changes: readonly Json[]): Promise<Json> {
  const answered = await stage.aid.push(askingAll(...changes))
  return { status: answered.status, ...json(answered) }
}

function others(n: number): Json[] {
  return Array.from({ length: n }, (_, i) => ({ identifier: `dst_autre-${i}` }))
}

async function shareBoth(deeds: readonly Deed[]): Promise<Json> {
  const params = { ...askingAll(aid, elsewhere), resource: [api, otherApi] }
  const asked: AskedAll = await askNewcomerAll(stage, [aid, elsewhere], params)
  const redeemed = await stage.aid.redeem(codeOf(await answerAll(asked, deeds)), asked.errand)
  expect(redeemed.status).toBe(200)
  return json(redeemed)
}

function apisOf(tokens: Json): unknown[] {
  return (tokens['authorization_details'] as readonly Json[]).flatMap(({ locations }) => locations)
}

async function refreshFor(tokens: Json, resource: string): Promise<Json> {
  const params = { resource }
  const answered = await stage.aid.refresh(String(tokens['refresh_token']), { params })
  return { status: answered.status, ...json(answered) }
}

async function audienceOf(tokens: Json): Promise<unknown> {
  return json(await stage.aid.introspect(String(tokens['access_token'])))['aud']
}
