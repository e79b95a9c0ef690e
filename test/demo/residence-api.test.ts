import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Agency, openAgency } from './agency.ts'
import { evaluations } from './stand-in-apis.ts'

// The agency's address for what the law allows, and who may not read there.

let agency: Agency

const residence = {
  identifier: 'dst_residence-fiscale@1',
  agreement: 'agr_2026-017@2',
  purpose: 'pur_verification-residence@1',
  datatypes: ['cat_residence-quebec'],
}

beforeEach(async () => {
  agency = await openAgency()
  agency.sayOfToken({ authorization_details: [agency.ours(residence)] })
})

afterEach(() => agency.close())

const path = '/api/residence?annees=2024,2025'

// A proof names the address without its query.
function call(
  change: { readonly path?: string; readonly method?: string; readonly jti?: string } = {},
) {
  const { jti, ...more } = change
  const proof = { htu: `${agency.address}/api/residence`, ...(jti === undefined ? {} : { jti }) }
  return agency.caller.call({ path, ...more, proof })
}

test('each year comes with the id of its permit', async () => {
  const response = await call()
  expect(response.status).toBe(200)
  const [question] = await agency.issuer.arrivals(evaluations, 1)
  const [first, second] = question?.body.evaluations ?? []
  expect(await response.json()).toEqual({
    annees: [
      {
        annee: 2024,
        residence_quebec: expect.any(Boolean),
        decision_id: `dec_${first.context.request_id}`,
      },
      {
        annee: 2025,
        residence_quebec: expect.any(Boolean),
        decision_id: `dec_${second.context.request_id}`,
      },
    ],
  })
})

test.each([
  '',
  '?annees=',
  '?annees=2023',
  '?annees=2024,2024',
  '?annees=2024,2025,',
  '?annees=2024&annees=2025',
])(
  'other years, or the same year twice, are refused without asking the broker: %j',
  async (query) => {
    expect((await call({ path: `/api/residence${query}` })).status).toBe(404)
    expect(agency.issuer.received).toEqual([])
  },
)

test('HEAD does not use up the proof', async () => {
  expect((await call({ method: 'HEAD' })).status).toBe(405)
  expect(agency.issuer.received).toEqual([])
})

test('a token for the notice is refused here, and a token for this API at the notice', async () => {
  await agency.expectNothing(await agency.caller.call(), 403)
  agency.sayOfToken({})
  await agency.expectNothing(await call(), 403)
  expect(agency.issuer.received).toEqual([])
})

test('a proof is accepted once, at whichever address comes first', async () => {
  expect((await call({ jti: 'one' })).status).toBe(200)
  expect((await call({ jti: 'one' })).status).toBe(401)
  const elsewhere = await agency.caller.call({ proof: { jti: 'one' } })
  expect(elsewhere.status).toBe(401)
})
