import * as jose from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Json, Stage } from '../../support/sharing.ts'
import { api, holderToken, startStage } from '../../support/sharing.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import {
  allowAgain,
  currentRow,
  eventsOf,
  newSharer,
  openLoad,
  portOf,
  stopAt,
} from '../../support/sharing-load.ts'
import type { TokenChange } from '../../support/service.ts'
import { json } from '../../support/service.ts'

// A holder hands on the call that came to it, raw: the broker judges token, proof and sharing, over two processes.

const path = '/avis'
const address = `${api}${path}`
let stage: Stage
let load: Load
let token: string

beforeAll(async () => {
  stage = await startStage((object) =>
    object.id === 'dst_avis-cotisation'
      ? { ...object, content: { ...object.content, paths: [path] } }
      : object,
  )
  load = await openLoad(stage)
  token = await holderToken(stage, 'decide')
}, 180_000)

afterAll(async () => {
  await load.close()
  await stage.stop()
})

type Call = {
  readonly token: string
  readonly proof: string
  readonly method: string
  readonly url: string
}

async function callOf(
  { accessToken }: Pick<Sharer, 'accessToken'>,
  change?: TokenChange,
): Promise<Call> {
  const at = { method: 'GET', url: address, token: accessToken }
  return { ...at, proof: await stage.aid.proof(at, change) }
}

let requests = 0
function question(presented: Call, change: Json = {}): Json {
  requests += 1
  return {
    subject: { type: 'presented', id: 'call' },
    action: { name: 'disclose' },
    resource: { type: 'dataset', id: 'dst_avis-cotisation' },
    context: { request_id: `presented-${requests}`, presented, ...change },
  }
}

async function askWith(body: Json, port = portOf(stage, 0)) {
  const answer = await stage.revenue.api('/access/v1/evaluation', token, body, { port })
  expect(answer.status, answer.body).toBe(200)
  return json(answer) as { readonly decision: boolean; readonly context: Json }
}

const refused = (code: string) => ({ decision: false, context: { reason_codes: [code] } })

test('a call as it came is judged, decided, and told to her; its permit names her, who receives, and the key', async () => {
  const sharer = await newSharer(load)
  const { decision, context } = await askWith(question(await callOf(sharer)))
  expect([decision, context]).toMatchObject([
    true,
    {
      reason_codes: ['CONSENT_ACTIVE'],
      permitted_categories: ['cat_revenu-net', 'cat_situation-familiale'],
      sub: sharer.sub,
      recipient: 'org_aide-etudes',
      client_id: 'aide-etudes',
      purpose: 'pur_calcul-aide@1',
      acr: 'urn:accord:aal:2',
    },
  ])
  expect(context).not.toHaveProperty('auth_time')
  const claims = jose.decodeJwt(String(context['decision_token']))
  const { cnf } = json(await stage.revenue.introspect(sharer.accessToken)) as {
    cnf: { jkt: string }
  }
  expect(claims).toMatchObject({ sub: sharer.sub, jkt: cnf.jkt, recipient: 'org_aide-etudes' })
  const [event] = await eventsOf(load, sharer.personId, 'disclosure.authorised')
  expect(event).toMatchObject({ decision_id: context['decision_id'] })
})

test('the same question again gets the same permit and one use, with its proof and with another of the key; another question does not', async () => {
  const sharer = await newSharer(load)
  const call = await callOf(sharer)
  const asked = question(call)
  const first = await askWith(asked)
  const [again, anew] = [await askWith(asked, portOf(stage, 1)), await callOf(sharer)]
  const { context } = asked as { context: Json }
  const byOther = await askWith({ ...asked, context: { ...context, presented: anew } })
  for (const { decision, context: told } of [again, byOther]) {
    expect([decision, told['decision_id'], told['repeated']]).toEqual([
      true,
      first.context['decision_id'],
      true,
    ])
  }
  expect(first.context).not.toHaveProperty('repeated')
  for (const one of [call, anew])
    expect(await askWith(question(one))).toEqual(refused('PROOF_REFUSED'))
  expect(await currentRow(load, sharer.consentId)).toMatchObject({ uses: 1 })
})

test('of twenty questions at once with one proof one is permitted, at two processes', async () => {
  const sharer = await newSharer(load)
  const call = await callOf(sharer)
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => askWith(question(call), portOf(stage, i % 2))),
  )
  const permitted = answers.filter(({ decision }) => decision)
  expect(permitted).toHaveLength(1)
  for (const answer of answers)
    if (!answer.decision) expect(answer).toEqual(refused('PROOF_REFUSED'))
})

test('a wrong call is refused by one word', async () => {
  const sharer = await newSharer(load)
  const call = await callOf(sharer)
  const { privateKey } = await jose.generateKeyPair('ES256', { extractable: true })
  const minutesAgo = Math.floor(Date.now() / 1000) - 62
  const proofs: readonly (readonly [string, Partial<Call> | Promise<Partial<Call>>])[] = [
    ['another method', { method: 'POST' }],
    ['another address of the API', { url: `${api}/autre` }],
    ['an address that the data has not', callOf(sharer).then((one) => ({ ...one, url: api }))],
    ['a query', { url: `${address}?x=1` }],
    ['dot segments', { url: `${api}/a/../avis` }],
    ['an escape', { url: `${api}/%61vis` }],
    ['another port', { url: address.replace('.test/', '.test:8443/') }],
    ['no proof', { proof: '' }],
    ['something else', { proof: 'x'.repeat(10_000) }],
    ['of another key', callOf(sharer, { key: privateKey })],
    ['old', callOf(sharer, { claims: { iat: minutesAgo } })],
  ]
  for (const [what, change] of proofs)
    expect([what, await askWith(question({ ...call, ...(await change) }))]).toEqual([
      what,
      refused('PROOF_REFUSED'),
    ])
  const unknown = 'x'.repeat(43)
  const tokens: readonly (readonly [string, string])[] = [
    ['unknown', unknown],
    ['empty', ''],
    ['of the caller itself', token],
  ]
  for (const [what, accessToken] of tokens) {
    const presented = await callOf({ accessToken })
    expect([what, await askWith(question(presented))]).toEqual([what, refused('TOKEN_REFUSED')])
  }
})

test('a proof whose header is of another key is refused, as the token is of its key alone', async () => {
  const sharer = await newSharer(load)
  const keys = await jose.generateKeyPair('ES256', { extractable: true })
  const jwk = await jose.exportJWK(keys.publicKey)
  const presented = await callOf(sharer, { key: keys.privateKey, header: { jwk } })
  expect(await askWith(question(presented))).toEqual(refused('TOKEN_REFUSED'))
})

test('after her stop the decision says so, and a new yes gives the old token nothing', async () => {
  const sharer = await newSharer(load)
  await stopAt(sharer, sharer.consentId, portOf(stage, 0))
  const { decision, context } = await askWith(question(await callOf(sharer)), portOf(stage, 1))
  expect([decision, context['reason_codes']]).toEqual([false, ['CONSENT_REVOKED']])
  await allowAgain(load, sharer.personId)
  const again = await askWith(question(await callOf(sharer)))
  expect([again.decision, again.context['reason_codes']]).toEqual([false, ['CONSENT_REVOKED']])
})

test('data without an address takes no presented call, nor does that of another holder; a batch takes none; what is not offered is said', async () => {
  const sharer = await newSharer(load)
  const call = await callOf(sharer)
  for (const id of ['dst_residence-fiscale', 'dst_adresse', 'dst_unknown'])
    expect(await askWith({ ...question(call), resource: { type: 'dataset', id } })).toEqual(
      refused('PROOF_REFUSED'),
    )
  const batch = await stage.revenue.api(
    '/access/v1/evaluations',
    token,
    { evaluations: [question(await callOf(sharer))] },
    { port: portOf(stage, 0) },
  )
  expect(json(batch)).toMatchObject({
    evaluations: [{ decision: false, context: { error: { status: 400 } } }],
  })
  const wanting = await stage.revenue.api(
    '/access/v1/evaluation',
    token,
    question(await callOf(sharer), { requires: ['join'] }),
    { port: portOf(stage, 0) },
  )
  expect([wanting.status, wanting.body]).toMatchObject([400, expect.stringContaining('requires')])
  const { body } = await stage.revenue.read('/.well-known/authzen-configuration', token)
  expect(JSON.parse(body)).toMatchObject({ presented_call: true })
})
