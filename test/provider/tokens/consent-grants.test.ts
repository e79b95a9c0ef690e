import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { issuer } from '../../support/broker.ts'
import { exchange } from '../../support/browser.ts'
import type { Params } from '../../support/service.ts'
import { json } from '../../support/service.ts'
import { law } from '../../registry/whole-register.ts'
import type { Json } from '../../support/sharing.ts'
import { api, asking, detail, detailType } from '../../support/sharing.ts'
import type { MovingStage } from '../../support/moving-stage.ts'
import { counts, startMovingStage } from '../../support/moving-stage.ts'

// What a service may push (RFC 9396, 9126), and everything that is refused before any person sees it.

const personal = ['consentRequest', 'consentRequestItem', 'presentation', 'ledgerEvent']
const written = [...personal, 'oidcArtifacts']

let stage: MovingStage

beforeAll(async () => {
  stage = await startMovingStage()
  await stage.apply(
    { of: 'cat_revenu-net', as: 'cat_autre', set: {} },
    { of: 'org_aide-etudes', as: 'org_autre', set: {} },
    { of: 'pur_calcul-aide', as: 'pur_autre', set: {} },
    { of: 'pur_calcul-aide', as: 'pur_loi', set: { programme: 'Un autre programme' } },
    { of: 'dst_avis-cotisation', as: 'dst_autre', set: {} },
    { of: 'agr_2026-001', as: 'agr_projet', set: { status: 'draft' } },
    { of: 'agr_2026-001', as: 'agr_suspendue', set: { status: 'suspended' } },
    { of: 'agr_2026-001', as: 'agr_finie', set: { status: 'ended' } },
    {
      of: 'agr_2026-001',
      as: 'agr_loi',
      set: {
        legal_basis_id: 'agreement_68_3',
        law,
        purposes: ['pur_loi@1'],
        pia_conclusion_date: '2025-10-01',
        cai_received_on: '2025-11-03',
        in_force_from: '2026-01-05',
      },
    },
    { of: 'agr_2026-001', as: 'agr_deux', set: { periodicity: 'une fois' } },
  )
  await stage.apply({ of: 'agr_deux', set: { periodicity: 'deux fois' } })
  await stage.apply({ of: 'txt_calcul-aide', set: { approved_on: '2026-11-20' } })
})

afterAll(() => stage.stop())

let before: Readonly<Record<string, number>>
beforeEach(async () => {
  before = await counts(stage, written)
})

async function expectRefused(params: Params, error: string, said = /./): Promise<void> {
  const answer = await stage.aid.push({ ...asking(), ...params })
  expect([answer.status, json(answer)['error']]).toEqual([400, error])
  // RFC 6749 5.2 lets a description have no other characters.
  expect(json(answer)['error_description']).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]{1,300}$/)
  expect(json(answer)['error_description']).toMatch(said)
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(await counts(stage, written)).toEqual(before)
}

test('a request within the agreement is accepted, and is linked to no person yet', async () => {
  const answer = await stage.aid.push(asking())
  expect(answer.status).toBe(201)
  expect(json(answer)).toEqual({
    expires_in: 60,
    request_uri: expect.stringMatching(/^urn:ietf:params:oauth:request_uri:[\w-]{43}$/),
  })
  const after = await counts(stage, written)
  expect(after).toEqual({ ...before, oidcArtifacts: (before['oidcArtifacts'] ?? 0) + 1 })
  // Details are asked for without a sign-in, too.
  expect((await stage.aid.push({ ...asking(), scope: undefined })).status).toBe(201)
})

test.each<[string, Json]>([
  ['nothing optional', { optional_datatypes: undefined }],
  ['one category', { datatypes: ['cat_revenu-net'] }],
  ['versions named', { agreement: 'agr_2026-001@1', text: 'txt_calcul-aide@2' }],
  ['less often', { frequency: { count: 1, per: 'P1Y' } }],
  ['a look back', { lookback: { from: '2025-01-01', to: '2025-12-31' } }],
])('%s may be asked', async (_, change) => {
  expect((await stage.aid.push(asking(change))).status).toBe(201)
})

const twice = { datatypes: ['cat_revenu-net'], optional_datatypes: ['cat_revenu-net'] }

describe('a detail that is wrong or wider than the agreement', () => {
  test.each<[string, Json]>([
    ['a category of another agreement', { datatypes: ['cat_autre'] }],
    ['an optional one of another agreement', { optional_datatypes: ['cat_autre'] }],
    ['an unknown category', { datatypes: ['cat_revenu-net', 'cat_inconnue'] }],
    ['an optional category as required', { datatypes: ['cat_personnes-a-charge'] }],
    ['one category in both lists', twice],
    ['no category', { datatypes: [] }],
    ['too long', { duration: { until: '2031-01-04' } }],
    ['the past', { duration: { until: '2020-01-01' } }],
    ['a day that is none', { duration: { until: '2027-02-30' } }],
    ['a duration in words', { duration: { until: 'tomorrow' } }],
    ['a duration for a day', { duration: 'P9M' }],
    ['a purpose of another agreement', { purpose: 'pur_autre' }],
    ['an unknown purpose', { purpose: 'pur_inconnue' }],
    ['a version of a purpose that is not', { purpose: 'pur_calcul-aide@2' }],
    ['another recipient', { recipient: 'org_autre' }],
    ['the holder as recipient', { recipient: 'org_agence-revenu' }],
    ['another holder', { holder: 'org_autre' }],
    ['another location', { locations: ['https://autre.test/api'] }],
    ['our own API as location', { locations: [`${issuer}/access`] }],
    ['a second location', { locations: [api, 'https://autre.test/api'] }],
    ['another dataset', { identifier: 'dst_autre' }],
    ['an unknown dataset', { identifier: 'dst_inconnu' }],
    ['another action', { actions: ['consult'] }],
    ['an unknown agreement', { agreement: 'agr_inconnue' }],
    ['an old version of an agreement', { agreement: 'agr_deux@1' }],
    ['a draft of an agreement', { agreement: 'agr_projet' }],
    ['a suspended agreement', { agreement: 'agr_suspendue' }],
    ['an ended agreement', { agreement: 'agr_finie' }],
    ['an agreement that needs no consent', { agreement: 'agr_loi', purpose: 'pur_loi' }],
    ['more often', { frequency: { count: 5, per: 'P1Y' } }],
    ['another period of use', { frequency: { count: 1, per: 'P1M' } }],
    ['a look back that ends before', { lookback: { from: '2025-12-31', to: '2025-01-01' } }],
    ['the text of before', { text: 'txt_calcul-aide@1' }],
    ['an unknown text', { text: 'txt_inconnu' }],
    ['what is no arrangement', { arrangement: 'arr_1' }],
    ['a member that we do not know', { mandate: 'mdt_1' }],
    ['a member that no answer may repeat', { 'évil\u202E"\\\r\n': 1 }],
    ['a text of 17,000 characters', { text: `txt_${'a'.repeat(17_000)}` }],
    ['another type', { type: `${issuer}/rar/communication/v2` }],
    ['no type', { type: undefined }],
  ])('%s', async (_, change) => {
    await expectRefused(asking(change), 'invalid_authorization_details')
  })
})

describe('a parameter that is no list of one detail', () => {
  const one = JSON.stringify(detail())
  test.each<[string, string]>([
    ['two items', `[${one},${one}]`],
    ['eleven items', `[${Array.from({ length: 11 }, () => one).join()}]`],
    ['an object', one],
    ['text', '"a"'],
    ['null', 'null'],
    ['a list of null', '[null]'],
    ['a list of lists', `[[${one}]]`],
    ['half of JSON', one.slice(0, 40)],
    ['a list without end', '['.repeat(9000)],
    ['a member of the prototype', `[${one.replace('{', '{"__proto__":{"type":"x"},')}]`],
    ['more than 16 KiB, of spaces', `[${one}${' '.repeat(16_384)}]`],
  ])('%s', async (_, authorization_details) => {
    await expectRefused({ authorization_details }, 'invalid_authorization_details')
  })
})

test('items without a name are no pair, and each is refused by itself', async () => {
  const authorization_details = JSON.stringify([{ type: detailType }, { type: detailType }])
  const says = {
    [api]: /^item 1: locations: not a resource/,
    none: /^item 1: locations: is missing/,
  }
  for (const [resource, said] of Object.entries(says)) {
    const params = { authorization_details, resource: resource === 'none' ? undefined : resource }
    await expectRefused(params, 'invalid_authorization_details', said)
  }
})

describe('a resource', () => {
  test.each<[string, Params]>([
    ['that is missing', { resource: undefined }],
    ['of another API', { resource: 'https://autre.test/api' }],
    ['with a slash more', { resource: `${api}/` }],
    ['in capitals', { resource: api.toUpperCase() }],
    ['with a fragment', { resource: `${api}#x` }],
    ['that is the API of decisions', { resource: `${issuer}/access` }],
    ['that is the API of reports', { resource: `${issuer}/disclosures` }],
    ['without details', { authorization_details: undefined }],
    ['with no detail', { authorization_details: '[]' }],
    ['with an empty parameter', { authorization_details: '' }],
  ])('%s', async (_, params) => {
    await expectRefused(params, 'invalid_target')
  })
})

test('a service without the right to this type is refused', async () => {
  const organisations = { library: 'org_culture', taxes: 'org_revenue' } as const
  const services = [
    ...Object.entries(organisations).map(([name, id]) => ({
      service: stage.services[name as keyof typeof organisations], // its own names
      recipient: id,
    })),
    { service: stage.revenue, recipient: 'org_agence-revenu' },
  ]
  for (const { service, recipient } of services) {
    const answer = await service.push(asking({ recipient }))
    expect([answer.status, json(answer)['error']]).toEqual([400, 'invalid_authorization_details'])
  }
  expect(await counts(stage, written)).toEqual(before)
})

test('if a JSON member occurs twice, the person is asked about the value that the library reads', async () => {
  // The last one counts, here and wherever it is read again.
  const doubled = JSON.stringify([detail()]).replace('{', '{"purpose":"pur_calcul-aide",')
  expect((await stage.aid.push({ ...asking(), authorization_details: doubled })).status).toBe(201)
  const worse = JSON.stringify([detail()]).replace('}', ',"purpose":"pur_autre"}')
  await expectRefusedAfter({ authorization_details: worse })
})

async function expectRefusedAfter(params: Params): Promise<void> {
  before = await counts(stage, written)
  await expectRefused(params, 'invalid_authorization_details')
}

test('the discovery document names the type of details', async () => {
  const target = new URL('/.well-known/openid-configuration', issuer)
  const headers = { host: target.host }
  const sent = { method: 'GET', headers, body: undefined }
  const answer = await exchange(stage.ports[0] ?? 0, target, sent)
  expect(json(answer)).toMatchObject({ authorization_details_types_supported: [detailType] })
})

test('no process logged an error during these tests', () => {
  expect(stage.output()).toBe('')
})
