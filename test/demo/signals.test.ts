import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type { CryptoKey as Key, JWTPayload } from 'jose'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { secret } from '../support/secrets.ts'
import { inPieces } from './demonstration.ts'
import { answered, type Json } from './stand-in-apis.ts'
import type { StandIn } from './stand-in-issuer.ts'

// How the two bodies of the demonstration are told: one by push, one by poll. (Through a real broker: sharing.test.ts of the journeys.)

type Said = { readonly method: string; readonly body: Json }

let pieces: Awaited<ReturnType<typeof inPieces>>
let issuer: StandIn
let key: Key
const info = vi.spyOn(console, 'info')
const said: { streams: Said[]; polls: Said[] } = { streams: [], polls: [] }
let sets: Record<string, string> = {}

const pushed = 'urn:ietf:rfc:8935'
const earlier = {
  stream_id: 'str_1',
  delivery: { method: pushed, endpoint_url: 'http://localhost/before' },
}

beforeAll(async () => {
  pieces = await inPieces()
  issuer = await pieces.startIssuer()
  const pair = await generateKeyPair('RS256')
  key = pair.privateKey
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'signals', alg: 'RS256' }
  const { issuer: iss } = issuer
  const configuration = { issuer: iss, configuration_endpoint: `${iss}/ssf/streams` }
  issuer.takeOver('/ssf/jwks', answered(200, { keys: [jwk] }))
  issuer.takeOver('/.well-known/ssf-configuration', answered(200, configuration))
  answer('/ssf/streams', ({ method, body }) => {
    if (method === 'GET') return [earlier]
    said.streams.push({ method, body })
    const delivery = { ...body.delivery, endpoint_url: `${iss}/ssf/poll/str_2` }
    return { stream_id: 'str_2', delivery }
  })
  answer('/ssf/poll/str_2', (words) => {
    said.polls.push(words)
    const waiting = sets
    sets = {}
    return { sets: waiting }
  })
  await pieces.startRevenueAgency()
  await pieces.startStudentAid()
  await vi.waitUntil(() => said.streams.length === 2, { timeout: 30_000 })
})

afterAll(() => pieces.close())

function answer(path: string, by: (words: Said) => object): void {
  issuer.takeOver(path, (request, response, goOn) => {
    void wordsOf(request).then((words) => answered(200, by(words))(request, response, goOn))
  })
}

async function wordsOf(request: IncomingMessage): Promise<Said> {
  const body = await text(request)
  return { method: request.method ?? '', body: body === '' ? {} : JSON.parse(body) }
}

function kind() {
  return `${issuer.issuer}/secevent/consent/event-type/consent-revoked`
}

async function signal(consentId: string, changes: JWTPayload = {}, typ = 'secevent+jwt') {
  const events = { [kind()]: { consent_id: consentId } }
  const claims = { iss: issuer.issuer, aud: 'org_agence-revenu', jti: consentId, events }
  const token = await new SignJWT({ ...claims, ...changes })
    .setProtectedHeader({ alg: 'RS256', typ, kid: 'signals' })
    .setIssuedAt()
    .sign(key)
  secret('token', token.slice(token.lastIndexOf('.') + 1))
  return token
}

function noticesOf(consentId: string) {
  return info.mock.calls.filter(([line]) => String(line).includes(consentId)).map(([line]) => line)
}

test('the agency’s stream of an earlier start is changed, and Student Aid, which has none, begins one', () => {
  const events_requested = [kind()]
  expect(said.streams).toEqual(
    expect.arrayContaining([
      {
        method: 'PUT',
        body: {
          stream_id: 'str_1',
          delivery: {
            method: pushed,
            endpoint_url: `${pieces.revenueAgency}/api/signals`,
            authorization_header: expect.stringMatching(/^Bearer [\w-]{43}$/),
          },
          events_requested,
        },
      },
      { method: 'POST', body: { delivery: { method: 'urn:ietf:rfc:8936' }, events_requested } },
    ]),
  )
})

test('the agency takes what the broker signed for it and pushed, does it once, and nothing else', async () => {
  const changed = said.streams.find(({ method }) => method === 'PUT')
  const authorization = String(changed?.body.delivery.authorization_header)
  const push = async (token: string, header = authorization) => {
    const headers = { 'content-type': 'application/secevent+jwt', authorization: header }
    const address = `${pieces.revenueAgency}/api/signals`
    const answer = await fetch(address, { method: 'POST', headers, body: token })
    const words = await answer.text()
    return [answer.status, words === '' ? undefined : JSON.parse(words)]
  }
  const good = await signal('con_pushed')
  expect(await push(good, 'Bearer other')).toEqual([400, { err: 'authentication_failed' }])
  const [head, claims, signature = ''] = good.split('.')
  const other = signature.startsWith('A') ? 'B' : 'A'
  const spoilt = [
    await signal('con_pushed', { aud: 'org_aide-etudes' }),
    await signal('con_pushed', { iss: 'https://other.test' }),
    await signal('con_pushed', {}, 'JWT'),
    `${head}.${claims}.${other}${signature.slice(1)}`,
    `${good}=`,
    '',
  ]
  for (const token of spoilt) expect(await push(token)).toEqual([400, { err: 'invalid_request' }])
  expect((await push('a'.repeat(70_000)))[0]).toBe(413)
  expect(noticesOf('con_pushed')).toEqual([])
  expect(await push(good)).toEqual([202, undefined])
  expect(await push(good)).toEqual([202, undefined])
  expect(noticesOf('con_pushed')).toEqual(['agence-revenu: notice of a stop (pushed): con_pushed'])
})

function acknowledging(): Said | undefined {
  return said.polls.find(({ body }) => body.ack.length > 0)
}

test('Student Aid acknowledges what it took, and says what it may not believe', async () => {
  const aud = 'org_aide-etudes'
  sets = { set_1: await signal('con_polled', { aud }), set_2: await signal('con_other') }
  await vi.waitUntil(() => acknowledging() !== undefined, { timeout: 30_000 })
  expect(acknowledging()?.body).toEqual({
    maxEvents: 20,
    returnImmediately: true,
    ack: ['set_1'],
    setErrs: { set_2: { err: 'invalid_request' } },
  })
  expect(noticesOf('con_polled')).toEqual(['aide-etudes: notice of a stop (polled): con_polled'])
  expect(noticesOf('con_other')).toEqual([])
})
