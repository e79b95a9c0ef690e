import * as jose from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { verifyTimeline } from '../../../src/ledger/chain/index.ts'
import { exchange } from '../../support/browser.ts'
import { issuer } from '../../support/broker.ts'
import { differencesOf } from '../../support/fold.ts'
import type { Pushed, Receiver } from '../../support/receiver.ts'
import { startReceiver } from '../../support/receiver.ts'
import { json } from '../../support/service.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import {
  allowAgain,
  eventsOf,
  newSharer,
  openLoad,
  portOf,
  stopAt,
} from '../../support/sharing-load.ts'
import type { Json, Stage } from '../../support/sharing.ts'
import { startStage } from '../../support/sharing.ts'

// What bodies are told of a sharing: their streams, over two processes that work (OpenID Shared Signals Framework 1.0).

let receiver: Receiver
let stage: Stage
let load: Load
let sharer: Sharer
let keys: ReturnType<typeof jose.createLocalJWKSet>

type By = 'aid' | 'revenue'
const tokens: Record<By, string> = { aid: '', revenue: '' }

beforeAll(async () => {
  receiver = await startReceiver()
  stage = await startStage(undefined, undefined, undefined, {
    env: { WORK: 'yes', OUTBOUND_ALLOW: receiver.host },
    keys: { signals: true },
  })
  load = await openLoad(stage)
  for (const by of ['aid', 'revenue'] as const) {
    const given = await stage[by].clientCredentials(`${issuer}/ssf`, 'ssf.read ssf.manage')
    tokens[by] = String(json(given)['access_token'])
  }
  sharer = await newSharer(load)
  keys = jose.createLocalJWKSet((await open('/ssf/jwks')) as unknown as jose.JSONWebKeySet)
}, 120_000)
afterAll(async () => {
  await load.close()
  await stage.stop()
  await receiver.close()
})

async function open(path: string): Promise<Json> {
  const target = new URL(path, issuer)
  const headers = { host: target.host, accept: 'application/json' }
  return json(await exchange(portOf(stage, 0), target, { method: 'GET', headers, body: undefined }))
}

function call(by: By, path: string, body: Json, method?: 'PUT' | 'PATCH' | 'DELETE') {
  return stage[by].api(path, tokens[by], body, method === undefined ? {} : { method })
}

async function begin(by: By, more: Json = {}): Promise<Json> {
  const answer = await call(by, '/ssf/streams', more)
  expect([answer.status, answer.body]).toEqual([201, expect.any(String)])
  return json(answer)
}

function pushTo(path: string, more: Json = {}): Json {
  return {
    delivery: {
      method: 'urn:ietf:rfc:8935',
      endpoint_url: `http://${receiver.host}${path}`,
      ...more,
    },
  }
}

const uri = (kind: string) => `${issuer}/secevent/consent/event-type/${kind}`

async function verified(token: string, audience: string): Promise<jose.JWTPayload> {
  const rules = { issuer, audience, typ: 'secevent+jwt', algorithms: ['RS256'] }
  return (await jose.jwtVerify(token, keys, rules)).payload
}

function eventIn({ claims }: Pick<Pushed, 'claims'>): [string, Json] {
  const [only = ['', {}]] = Object.entries(claims['events'] as Record<string, Json>)
  return only
}

test('I35: a stop is pushed to both bodies of its consent, signed, each in its own words', async () => {
  await begin('revenue', pushTo('/revenue', { authorization_header: 'Bearer abc-of-revenue' }))
  await begin('aid', pushTo('/aid'))
  const consentId = await allowAgain(load, sharer.personId)
  await stopAt(sharer, consentId, portOf(stage, 0))

  const atRevenue = await receiver.arrived('/revenue', 3)
  // What she allowed on the pages before is superseded by the new yes.
  const kinds = ['consent-superseded', 'consent-granted', 'consent-revoked'].map(uri)
  expect(atRevenue.map((one) => eventIn(one)[0])).toEqual(kinds)
  const [stopped, atAid] = [atRevenue[2], (await receiver.arrived('/aid', 3))[2]]
  if (stopped === undefined || atAid === undefined) throw new Error('none')
  const payload = await verified(stopped.token, 'org_agence-revenu')
  expect(payload).toEqual({
    iss: issuer,
    jti: expect.stringMatching(/^set_[0-7][0-9A-Z]{25}$/),
    iat: expect.any(Number),
    aud: 'org_agence-revenu',
    sub_id: { format: 'iss_sub', iss: issuer, sub: sharer.sub },
    events: {
      [uri('consent-revoked')]: {
        event_timestamp: payload.iat,
        initiating_entity: 'user',
        consent_id: consentId,
        role: 'holder',
        dataset: 'dst_avis-cotisation@1',
        categories: ['cat_revenu-net', 'cat_situation-familiale'],
        expected: 'stop_disclosing',
        ack_by: (payload.iat ?? 0) + 86_400,
        reason_user: { fr: expect.any(String), en: expect.any(String) },
      },
    },
  })
  expect(stopped.headers['content-type']).toBe('application/secevent+jwt')
  expect(stopped.headers['authorization']).toBe('Bearer abc-of-revenue')

  const other = await verified(atAid.token, 'org_aide-etudes')
  expect(atAid.headers['authorization']).toBeUndefined()
  expect(other['sub_id']).toEqual({
    format: 'iss_sub',
    iss: issuer,
    sub: load.pairwise.subject(sharer.personId, 'org_aide-etudes'),
  })
  expect(eventIn(atAid)).toEqual([
    uri('consent-revoked'),
    expect.objectContaining({ role: 'recipient', arrangement_id: expect.stringMatching(/^arr_/) }),
  ])
  expect(other.jti).not.toBe(payload.jti)

  // That their programs took the notice is in her chain, once for each body, and the rows are as it tells.
  const told = () => eventsOf(load, sharer.personId, 'revocation.delivered')
  await expect
    .poll(async () => new Set((await told()).map(({ role }) => role)))
    .toEqual(new Set(['holder', 'recipient']))
  expect(await told()).toHaveLength(2)
  const { db, vault } = load
  expect(await verifyTimeline(db, vault, sharer.personId)).toMatchObject({ holds: true })
  expect(await differencesOf(load, sharer.personId)).toEqual([])
})
