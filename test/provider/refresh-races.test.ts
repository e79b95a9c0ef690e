import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { rowId } from '../../src/provider/unit/unit.ts'
import type { Answer } from '../support/browser.ts'
import type { Broker } from '../support/broker.ts'
import { codeOf, signUp, startBroker } from '../support/broker.ts'
import type { Service } from '../support/service.ts'
import { json, makeService } from '../support/service.ts'
import { resealArtifacts } from '../support/resealed-access.ts'

const parallel = 20

let broker: Broker
let app: Service
let accessToken: string
let refreshToken: string

beforeAll(async () => {
  broker = await startBroker(async (site) => {
    app = await makeService(site, {
      clientId: 'app',
      organisation: 'org_culture',
      isPublic: true,
      more: { grant_types: ['authorization_code', 'refresh_token'] },
    })
    return [app]
  })
})

afterAll(() => broker.stop())

beforeEach(async () => {
  const person = await signUp(broker, app)
  const answer = await app.redeem(codeOf(person.callback), person.errand)
  accessToken = String(json(answer)['access_token'])
  refreshToken = await mintBeside(accessToken)
})

test('a refresh token gives a new pair, and cannot be used again', async () => {
  const renewed = await app.refresh(refreshToken)

  expect(renewed.status).toBe(200)
  expect(json(renewed)['refresh_token']).not.toBe(refreshToken)
  expect((await app.userinfo(String(json(renewed)['access_token']))).status).toBe(200)
})

test('a refresh token used by many at once gives one pair, and the whole family ends', async () => {
  const call = { method: 'POST', url: `${broker.issuer}/token` }
  const proofs = await Promise.all(Array.from({ length: parallel }, () => app.proof(call)))

  const answers = await race((i) => app.refresh(refreshToken, { proof: proofs[i] ?? '' }))

  const winners = answers.filter(({ status }) => status === 200)
  expect(winners).toHaveLength(1)
  for (const loser of answers.filter(({ status }) => status !== 200)) {
    expect([loser.status, json(loser)['error']]).toEqual([400, 'invalid_grant'])
  }
  const renewed = winners.map((winner) => json(winner))
  for (const token of [accessToken, ...renewed.map((pair) => String(pair['access_token']))])
    expect((await app.userinfo(token)).status).toBe(401)
  for (const pair of renewed)
    expect((await app.refresh(String(pair['refresh_token']))).status).toBe(400)
})

test('a rotated refresh token that is used again ends the newest one too', async () => {
  const newest = json(await app.refresh(refreshToken))

  const replay = await app.refresh(refreshToken)

  expect([replay.status, json(replay)['error']]).toEqual([400, 'invalid_grant'])
  expect((await app.refresh(String(newest['refresh_token']))).status).toBe(400)
  expect((await app.userinfo(String(newest['access_token']))).status).toBe(401)
})

test('one DPoP proof sent many times with a refresh token renews at most once', async () => {
  const proof = await app.proof({ method: 'POST', url: `${broker.issuer}/token` })

  const answers = await race(() => app.refresh(refreshToken, { proof }))

  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  expect(answers.filter(({ status }) => status === 400)).toHaveLength(parallel - 1)
})

function race(send: (i: number) => Promise<Answer>): Promise<Answer[]> {
  return Promise.all(Array.from({ length: parallel }, (_, i) => send(i)))
}

// No product path issues one for a plain sign-in: a row as the adapter writes it, of the same grant as an access token.
async function mintBeside(token: string): Promise<string> {
  const row: Record<string, unknown> | undefined = await broker
    .db('oidcArtifacts')
    .where({ id: rowOf('AccessToken', token) })
    .first()
  if (row === undefined) throw new Error('the access token has no row')
  const raw = randomBytes(32).toString('base64url')
  const { payload, expiresAt: _ends, ...columns } = row
  const content = { ...(payload as object), kind: 'RefreshToken', amr: ['pop'], authTime: 0 }
  await broker.db('oidcArtifacts').insert({
    ...columns,
    id: rowOf('RefreshToken', raw),
    model: 'RefreshToken',
    payload: JSON.stringify({ ...content, iiat: Math.floor(Date.now() / 1000) }),
    expiresAt: new Date(Date.now() + 3_600_000),
  })
  await resealArtifacts(broker)
  return raw
}

function rowOf(model: string, value: string): Buffer {
  return Buffer.from(rowId(model, value), 'hex')
}
