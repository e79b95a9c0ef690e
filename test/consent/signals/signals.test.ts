import { randomBytes } from 'node:crypto'
import * as jose from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../../src/base/database/database.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import type { Database, Transaction } from '../../../src/base/database/database.ts'
import { readingSession } from '../../../src/base/database/db-session.ts'
import { writeId } from '../../../src/base/values/ids.ts'
import { openLog } from '../../../src/base/logging/log.ts'
import { signerOf } from '../../../src/base/keys/signer.ts'
import {
  headerSeals,
  makePushDuty,
  headerRenewal,
  sweepSignals,
} from '../../../src/consent/signals/index.ts'
import { makePoll } from '../../../src/consent/signals/poll.ts'
import { recheckSignals } from '../../../src/consent/signals/recheck.ts'
import { pauseConsent, resumeConsent } from '../../../src/consent/record/index.ts'
import type { PushPorts } from '../../../src/consent/signals/push.ts'
import { pushTo as pushAll } from '../../../src/consent/signals/push.ts'
import { restStream, streamsOf } from '../../../src/consent/signals/store.ts'
import { signalKinds } from '../../../src/consent/signals/event-types.ts'
import type { StoredStream, Stream, WaitingEvent } from '../../../src/consent/signals/rows.ts'
import { securityEventOf } from '../../../src/consent/signals/event-claims.ts'
import type { Duty } from '../../../src/base/jobs/duty.ts'
import { forgets } from '../../../src/house/forgets.ts'
import { eraseAccounts, actorOfOwnAccess } from '../../../src/people/accounts/index.ts'
import { endSessions } from '../../../src/provider/unit/session-store.ts'
import { verifyTimeline } from '../../../src/ledger/chain/index.ts'
import { exchange } from '../../support/browser.ts'
import { issuer } from '../../support/broker.ts'
import { differencesOf } from '../../support/fold.ts'
import type { MovingStage } from '../../support/moving-stage.ts'
import { startMovingStage } from '../../support/moving-stage.ts'
import { newPerson } from '../../support/person.ts'
import type { Pushed, Receiver } from '../../support/receiver.ts'
import { startReceiver } from '../../support/receiver.ts'
import { json } from '../../support/service.ts'
import { shareAsNewcomer } from '../../support/sharing.ts'
import { formOf } from '../../support/browser.ts'
import { dayAfter, dayOf } from '../../../src/base/values/calendar.ts'
import { dependants, narrow } from '../record/living.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import {
  allowAgain,
  eventsOf,
  newSharer,
  openLoad,
  portOf,
  stopAt,
  uuidOf,
} from '../../support/sharing-load.ts'
import { setStanding } from '../../support/resealed-access.ts'
import type { Json } from '../../support/sharing.ts'
import { equip } from '../../support/tamper-doors.ts'
import { tellNow } from '../../support/told-now.ts'

// What bodies are told of a sharing: their streams, over two processes that work (OpenID Shared Signals Framework 1.0).

let receiver: Receiver
let stage: MovingStage
let load: Load
let sharer: Sharer
let other: Sharer
let keys: ReturnType<typeof jose.createLocalJWKSet>

type By = 'aid' | 'revenue'
const tokens: Record<By, string> = { aid: '', revenue: '' }

beforeAll(async () => {
  receiver = await startReceiver()
  stage = await startMovingStage(undefined, undefined, {
    env: { WORK: 'yes', OUTBOUND_ALLOW: receiver.host },
    keys: { signals: true },
  })
  load = await openLoad(stage)
  for (const by of ['aid', 'revenue'] as const) {
    const given = await stage[by].clientCredentials(`${issuer}/ssf`, 'ssf.read ssf.manage')
    tokens[by] = String(json(given)['access_token'])
  }
  sharer = await newSharer(load)
  other = await newSharer(load)
  keys = jose.createLocalJWKSet((await open('/ssf/jwks')) as unknown as jose.JSONWebKeySet)
}, 180_000)
afterAll(async () => {
  // First, so that nobody waits for what hangs.
  await receiver.close()
  await load.close()
  await stage.stop()
})

// The two streams of the first test stay.
afterEach(async () => {
  await load.db.raw(
    `delete from signal_stream where endpoint is null or endpoint not in (?, ?)`,
    ['/aid', '/revenue'].map((path) => `http://${receiver.host}${path}`),
  )
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

function subIn(pushed: Pick<Pushed, 'claims'> | undefined): unknown {
  return (pushed?.claims['sub_id'] as Json | undefined)?.['sub']
}

function eventIn({ claims }: Pick<Pushed, 'claims'>): [string, Json] {
  const [only = ['', {}]] = Object.entries(claims['events'] as Record<string, Json>)
  return only
}

test('I35: a stop is pushed to both bodies of its consent, signed, each in its own words', async () => {
  await begin('revenue', pushTo('/revenue', { authorization_header: 'Bearer abc-of-revenue' }))
  await begin('aid', pushTo('/aid'))
  const consentId = await allowAgain(load, sharer.personId)
  // Once it is stopped, nobody is told any more that it was allowed.
  await receiver.arrived('/revenue', 2)
  await receiver.arrived('/aid', 3)
  await stopAt(sharer, consentId, portOf(stage, 0))

  const atRevenue = await receiver.arrived('/revenue', 3)
  // What she allowed on the pages before is superseded by the new yes.
  const kinds = ['consent-superseded', 'consent-granted', 'consent-revoked'].map(uri)
  expect(atRevenue.map((one) => eventIn(one)[0])).toEqual(kinds)
  const [stopped] = atRevenue.slice(2)
  // The recipient has a token, too, of which it is told.
  const allAtAid = await receiver.arrived('/aid', 5)
  const atAid = allAtAid.find((one) => eventIn(one)[0] === uri('consent-revoked'))
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
        prev_jti: expect.stringMatching(/^set_/),
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
  const page = await sharer.browser.get(`/mes-partages/${consentId}`)
  expect(page.body.match(/Son programme a reçu l’avis le/g)).toHaveLength(2)
  const { db, vault } = load
  expect(await verifyTimeline(db, vault, sharer.personId)).toMatchObject({ holds: true })
  expect(await differencesOf(load, sharer.personId)).toEqual([])
})

async function stopIt(whose: Sharer, consentId: string): Promise<void> {
  expect((await stopAt(whose, consentId, portOf(stage, 0))).status).toBe(303)
}

/** Two events of two consents, of which each is the newest of its own. @returns the consent that she allows */
async function stopAndAllow(whose: Sharer, consentId: string): Promise<string> {
  await stopIt(whose, consentId)
  return allowAgain(load, whose.personId)
}

async function poll(by: By, stream: Json, more: Json = {}): Promise<Json> {
  const path = `/ssf/poll/${String(stream['stream_id'])}`
  const answer = await call(by, path, { returnImmediately: true, ...more })
  expect([answer.status, answer.body]).toEqual([200, expect.any(String)])
  return json(answer)
}

function setsIn(polled: Json): [jti: string, claims: Json][] {
  const sets = Object.entries(polled['sets'] as Record<string, string>)
  return sets.map(([jti, token]) => [jti, jose.decodeJwt(token)])
}

async function notesOf(stream: Json): Promise<Record<string, number>> {
  const streamId = uuidOf(String(stream['stream_id']).replace('str_', 'con_'))
  const rows: { what: string; times: number }[] = await load
    .db('signalNote')
    .select('what', 'times')
    .where({ streamId })
  return Object.fromEntries(rows.map(({ what, times }) => [what, times]))
}

test('a refused event comes again, the same; her later ones wait for it, and other people’s do not', async () => {
  const mine = await allowAgain(load, sharer.personId)
  const theirs = await allowAgain(load, other.personId)
  const stream = await begin('revenue', pushTo('/choosy'))
  const polled = await call('revenue', `/ssf/poll/${String(stream['stream_id'])}`, {})
  expect([polled.status, json(polled)['code']]).toEqual([409, 'signals.not-polled'])
  const of = (sub: string) =>
    receiver.pushed('/choosy').filter(({ claims }) => (claims['sub_id'] as Json)['sub'] === sub)
  // It refuses hers once, and until it has something of the other person.
  let hers = 0
  receiver.answer('/choosy', (response) => {
    const isHers = subIn(receiver.pushed('/choosy').at(-1)) === sharer.sub
    const isRefused = isHers && (hers++ === 0 || of(other.sub).length === 0)
    response.writeHead(isRefused ? 400 : 202).end()
  })
  await Promise.all([stopAndAllow(sharer, mine), stopAndAllow(other, theirs)])
  const allowed = (sub: string) => of(sub).some((one) => eventIn(one)[0] === uri('consent-granted'))
  await expect.poll(() => allowed(sharer.sub)).toBe(true)
  await expect.poll(() => allowed(other.sub)).toBe(true)
  const tokens = of(sharer.sub).map(({ token }) => token)
  const tries = tokens.length - 1
  expect(tries).toBeGreaterThanOrEqual(2)
  expect(tokens.lastIndexOf(tokens[0] ?? '')).toBe(tries - 1)
  expect(await notesOf(stream)).toEqual({ refused: tries - 1 })
})

test('receivers that hang, redirect, answer without an end or fail slow nobody down', async () => {
  let isGivenUp = false
  receiver.answer('/hangs', (response) => {
    response.on('close', () => (isGivenUp = true))
  })
  receiver.answer('/leads-away', (response) => {
    response.writeHead(307, { location: `http://${receiver.host}/elsewhere` }).end()
  })
  let isClosed = false
  receiver.answer('/endless', (response) => {
    response.on('close', () => (isClosed = true))
    response.writeHead(202)
    const chunk = Buffer.alloc(64 * 1024)
    for (let n = 0; n < 1024; n++) response.write(chunk)
  })
  const consentId = await allowAgain(load, other.personId)
  for (const path of ['/hangs', '/leads-away', '/endless']) await begin('aid', pushTo(path))
  receiver.answer('/revenue', undefined)
  const before = receiver.pushed('/revenue').length
  await stopAndAllow(other, consentId)
  await receiver.arrived('/revenue', before + 2)
  // A call is given up after five seconds.
  expect(isGivenUp).toBe(false)
  // The answer is a yes, although it has no end.
  await receiver.arrived('/endless', 2)
  await expect.poll(() => isClosed).toBe(true)
  expect(receiver.pushed('/elsewhere')).toEqual([])
  const waiting = await load.db('signalEvent').select('jti').limit(10)
  expect(waiting.length).toBeGreaterThanOrEqual(3)
})

test('what waits is polled in each person’s order, again until it is acknowledged', async () => {
  const mine = await allowAgain(load, sharer.personId)
  const theirs = await allowAgain(load, other.personId)
  const stream = await begin('aid', {
    events_requested: [
      uri('consent-granted'),
      uri('consent-revoked'),
      'https://other.example/kind',
    ],
  })
  expect(stream['events_delivered']).toEqual([uri('consent-granted'), uri('consent-revoked')])
  const allowed = await stopAndAllow(sharer, mine)
  await stopAndAllow(other, theirs)
  const first = setsIn(await poll('aid', stream))
  // One event a person: the yes comes when the stop is acknowledged.
  expect(first.map(([, claims]) => eventIn({ claims })[0])).toEqual(
    ['consent-revoked', 'consent-revoked'].map(uri),
  )
  expect(setsIn(await poll('aid', stream))).toEqual(first)
  expect(await poll('aid', stream, { maxEvents: 1 })).toMatchObject({ moreAvailable: true })
  const acks = first.map(([jti]) => jti)
  const ack = [...acks, 'set_00000000000000000000000000', 'nonsense']
  const second = setsIn(await poll('aid', stream, { ack }))
  expect(second.map(([, claims]) => eventIn({ claims })[1]['consent_id'])).toContain(allowed)
  expect(await notesOf(stream)).toEqual({ 'unknown-ack': 2 })

  const [refused = '', taken = ''] = second.map(([jti]) => jti)
  const setErrs = { [refused]: { err: 'invalid_key' }, nonsense: { err: 'invalid_key' } }
  expect(setsIn(await poll('aid', stream, { ack: [taken], setErrs }))).toEqual([])
  expect(await notesOf(stream)).toEqual({ 'unknown-ack': 2, refused: 1 })
})

test('a paused stream keeps what happens, a disabled one drops it with a note', async () => {
  const stream = await begin('aid', { events_requested: [uri('consent-granted')] })
  const named = { stream_id: stream['stream_id'] }
  const setStatus = async (status: string) =>
    expect((await call('aid', '/ssf/status', { ...named, status })).status).toBe(200)
  await setStatus('paused')
  await allowAgain(load, other.personId)
  expect(await poll('aid', stream)).toEqual({ sets: {} })
  await setStatus('enabled')
  expect(setsIn(await poll('aid', stream))).toHaveLength(1)
  await setStatus('disabled')
  expect(await notesOf(stream)).toEqual({ 'dropped-disabled': 1 })
  await allowAgain(load, other.personId)
  const verify = () => call('aid', '/ssf/verification', named)
  const refused = await verify()
  expect([refused.status, json(refused)['code']]).toEqual([409, 'signals.disabled'])
  await setStatus('enabled')
  expect(await poll('aid', stream)).toEqual({ sets: {} })
  expect((await verify()).status).toBe(204)
  const [[, claims] = ['', {}]] = setsIn(await poll('aid', stream))
  expect(eventIn({ claims })[1]).toEqual({})
})

const nothing = { sets: {}, moreAvailable: false }

test('an empty answer waits for something, twenty at a time; who wants nothing does not wait', async () => {
  const stream = await begin('aid')
  const parts = { ...(await pushingParts(load.db)), seals: load.vault.seals }
  const take = makePoll({ ...parts, headers: headerSeals(await openKeys(stage.keysDir)) }, 100)
  const caller = { clientId: 'aide-etudes', orgId: 'org_aide-etudes' }
  const asked = { maxEvents: 1, returnImmediately: false, ack: [], setErrs: {} }
  const name = String(stream['stream_id'])
  expect(await take(caller, name, { ...asked, maxEvents: 0 })).toEqual(nothing)
  // Of one more than may wait, whichever comes last is answered at once.
  const all = Array.from({ length: 21 }, () => take(caller, name, asked))
  expect(await Promise.race(all)).toEqual(nothing)
  await call('aid', '/ssf/verification', { stream_id: name })
  const counts = (await Promise.all(all)).map(({ sets }) => Object.keys(sets).length)
  expect(counts.toSorted((a, b) => a - b)).toEqual([0, ...Array<number>(20).fill(1)])
})

test('a stream is its body’s own, and about people whom the body has to do with', async () => {
  const stream = await begin('aid')
  const named = { stream_id: stream['stream_id'] }
  const own = String(stream['stream_id'])
  expect((await stage.revenue.read(`/ssf/streams?stream_id=${own}`, tokens.revenue)).status).toBe(
    404,
  )
  for (const path of ['/ssf/status', '/ssf/verification'])
    expect((await call('revenue', path, { ...named, status: 'paused' })).status).toBe(404)
  expect((await call('revenue', `/ssf/poll/${own}`, {})).status).toBe(404)

  // Somebody whom it never met, another body's identifier of somebody whom it knows, and nobody: one answer.
  const { personId: stranger } = await newPerson(stage)
  const at = (personId: string, orgId: string) => load.pairwise.subject(personId, orgId)
  const unknown = [at(stranger, 'org_aide-etudes'), sharer.sub, 'A'.repeat(22), 'x', undefined]
  const answers = await Promise.all(
    unknown.flatMap((sub) =>
      ['add', 'remove'].map((deed) =>
        call('aid', `/ssf/subjects/${deed}`, {
          ...named,
          subject: { format: 'iss_sub', iss: issuer, sub },
        }),
      ),
    ),
  )
  const said = answers.map(({ status, body }) => [status, body.replace(/"request_id":"[^"]+"/, '')])
  expect(said).toHaveLength(10)
  expect(new Set(said.map(String)).size).toBe(1)
  expect(said[0]?.[0]).toBe(404)

  const subject = { format: 'iss_sub', iss: issuer, sub: at(other.personId, 'org_aide-etudes') }
  expect((await call('aid', '/ssf/subjects/remove', { ...named, subject })).status).toBe(204)
  await allowAgain(load, other.personId)
  expect(await poll('aid', stream)).toEqual({ sets: {} })
  expect((await call('aid', '/ssf/subjects/add', { ...named, subject })).status).toBe(200)
  await allowAgain(load, other.personId)
  expect(setsIn(await poll('aid', stream))).toHaveLength(1)
})

test('streams, their addresses and what is asked of them have limits', async () => {
  for (const url of [
    'http://10.0.0.1/x',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://[::ffff:7f00:1]/',
    'https://a:b@example.test/',
    'https://example.test/\ud800',
    'ftp://example.test/',
    'x',
    'https://localhost/',
    'https://LOCALHOST./signals',
    'https://signals.localhost/',
    'https://signals/',
    'https://signals.internal/',
    'https://example.test:22/',
    'https://example.test:8443/',
    `${issuer}/ssf/streams`,
    `${issuer.replace('http:', 'https:')}/token`,
  ]) {
    const { status, body } = await call('aid', '/ssf/streams', pushed(url))
    expect([url, status, body]).toEqual([url, 400, expect.stringContaining('endpoint_url')])
  }
  const more = [await begin('aid'), await begin('aid'), await begin('aid')]
  const fifth = await call('aid', '/ssf/streams', {})
  expect([fifth.status, json(fifth)['code']]).toEqual([409, 'signals.too-many-streams'])
  const [stream = {}] = more
  const verify = () =>
    call('aid', '/ssf/verification', { stream_id: stream['stream_id'], state: 's' })
  expect((await verify()).status).toBe(204)
  const again = await verify()
  expect([again.status, again.headers['retry-after']]).toEqual([429, '60'])
  const [[jti, claims] = ['', {}]] = setsIn(await poll('aid', stream))
  expect(claims).toMatchObject({
    sub_id: { format: 'opaque', id: stream['stream_id'] },
    events: { 'https://schemas.openid.net/secevent/ssf/event-type/verification': { state: 's' } },
  })
  expect(
    (await call('aid', `/ssf/poll/${String(stream['stream_id'])}`, { ack: Array(1001).fill(jti) }))
      .status,
  ).toBe(400)

  const reading = await stage.aid.clientCredentials(`${issuer}/ssf`, 'ssf.read')
  const token = String(json(reading)['access_token'])
  expect((await stage.aid.api('/ssf/streams', token, {})).status).toBe(403)
  expect((await stage.aid.read('/ssf/streams', token)).status).toBe(200)
  expect((await stage.aid.read('/ssf/streams', 'A'.repeat(43))).status).toBe(401)
})

function pushed(url: string): Json {
  return { delivery: { method: 'urn:ietf:rfc:8935', endpoint_url: url } }
}

test('nothing is sent to a stream that the broker did not write, nor an event of others', async () => {
  const stream = await begin('aid', pushTo('/changed'))
  const streamId = uuidOf(String(stream['stream_id']).replace('str_', 'con_'))
  const polled = await begin('aid')
  const polledId = uuidOf(String(polled['stream_id']).replace('str_', 'con_'))
  await load.db.raw('update signal_stream set endpoint = ? where stream_id = ?', [
    `http://${receiver.host}/stolen`,
    streamId,
  ])
  const consentId = await allowAgain(load, other.personId)
  await receiver.arrived('/aid', 1)
  expect((await call('aid', '/ssf/verification', { stream_id: stream['stream_id'] })).status).toBe(
    404,
  )

  // A consent between two other bodies, by a row that SQL wrote.
  await load.db.raw('delete from signal_event where stream_id = ?', [polledId])
  await load.db.raw('update signal_stream set party = 1000000 where stream_id = ?', [polledId])
  await load.db.raw(
    `insert into signal_event (jti, stream_id, person_id, kind, content, occurred_at, queued_at)
     values (gen_random_uuid(), :polledId, :personId, 'consent-granted', jsonb_build_object('consent_id', cast(:consentId as text)), now(), now())`,
    { polledId, personId: other.personId, consentId: uuidOf(consentId) },
  )
  expect(
    (await call('aid', `/ssf/poll/${String(polled['stream_id'])}`, { returnImmediately: true }))
      .status,
  ).toBe(404)
  const holder = await begin('revenue')
  const holderId = uuidOf(String(holder['stream_id']).replace('str_', 'con_'))
  const invented = { consent_id: polledId }
  await load.db.raw(
    `insert into signal_event (jti, stream_id, person_id, kind, content, occurred_at, queued_at)
     values (gen_random_uuid(), ?, ?, 'consent-granted', ?::jsonb, now(), now())`,
    [holderId, other.personId, JSON.stringify(invented)],
  )
  expect(await poll('revenue', holder)).toEqual({ sets: {} })
  expect(await notesOf(holder)).toEqual({ 'dropped-false': 1 })
  expect(receiver.pushed('/stolen')).toEqual([])
  expect(receiver.pushed('/changed')).toEqual([])
})

/** Polls and acknowledges until nothing waits. @returns what came, in its order */
async function drain(by: By, stream: Json): Promise<[kind: string, event: Json, claims: Json][]> {
  const all: [string, Json, Json][] = []
  let ack: string[] = []
  for (let round = 0; round < 50; round++) {
    const sets = setsIn(await poll(by, stream, { ack }))
    if (sets.length === 0) return all
    ack = sets.map(([jti]) => jti)
    for (const [, claims] of sets) {
      const [address, event] = eventIn({ claims })
      all.push([address.replace(/^.*\//, ''), event, claims])
    }
  }
  throw new Error('a stream without end')
}

const idOf = (stream: Json) => uuidOf(String(stream['stream_id']).replace('str_', 'con_'))
const sharingKinds = ['granted', 'revoked', 'suspended', 'resumed', 'superseded'] as const
const ofSharings = { events_requested: sharingKinds.map((kind) => uri(`consent-${kind}`)) }

/** What waits about a person for a stream, in its order. */
async function waitingFor(
  stream: Json,
  { personId }: Sharer,
): Promise<{ jti: string; kind: string }[]> {
  const rows = load.db('signalEvent').where({ streamId: idOf(stream), personId })
  return rows.orderBy('eventNo').select('jti', 'kind')
}

async function recheck(lines: string[] = []) {
  return recheckSignals({ ...(await pushingParts(load.db, lines)) })
}

test('D8: a kind, a content or a number that somebody writes into the queue is not told, polled or pushed', async () => {
  const first = await allowAgain(load, other.personId)
  const polled = await begin('aid', ofSharings)
  const [pushed, begun] = await aside('/told', ofSharings)
  await stopIt(other, first)
  const lie = `update signal_event set kind = 'consent-resumed', occurred_at = now() - interval '9 days',
    content = content || '{"state": "active", "reasons": ["incident"]}' where stream_id in (?, ?)`
  await load.db.raw(lie, [idOf(polled), pushed.streamId])

  const [[jti, claims] = ['', {}]] = setsIn(await poll('aid', polled))
  const said = { consent_id: first, initiating_entity: 'user', expected: 'stop_using' }
  expect(eventIn({ claims })).toEqual([uri('consent-revoked'), expect.objectContaining(said)])
  const { event_timestamp: at } = eventIn({ claims })[1]
  expect(Math.abs(Number(at) - Date.now() / 1000)).toBeLessThan(3600)
  await pushAll(await pushingParts(load.db), pushed)
  expect(receiver.pushed('/told').map((one) => eventIn(one)[0])).toEqual([uri('consent-revoked')])
  expect(String(receiver.pushed('/told')[0]?.claims['jti'])).not.toBe(jti)
  // The night names the row, and puts it right.
  const lines: string[] = []
  expect(await recheck(lines)).toEqual({ remade: 0, wrong: 1 })
  expect(lines.join()).toContain('is not what her events say')
  expect((await waitingFor(polled, other)).map(({ kind }) => kind)).toEqual(['consent-revoked'])
  await poll('aid', polled, { ack: [jti] })
  const delivered = await eventsOf(load, other.personId, 'revocation.delivered')
  const atAid = delivered.filter(({ consent_id: id, role }) => id === first && role === 'recipient')
  expect(atAid).toHaveLength(1)

  // Without its number, or under another name, it is of nobody; in the night it comes back.
  const second = await allowAgain(load, other.personId)
  await drain('aid', polled)
  await stopIt(other, second)
  const [own] = await waitingFor(polled, other)
  for (const change of [
    'event_seq = null',
    'jti = gen_random_uuid()',
    'event_seq = 1, jti = gen_random_uuid()',
  ]) {
    await load.db.raw(
      `update signal_event set kind = 'consent-resumed', ${change} where stream_id = ?`,
      [idOf(polled)],
    )
    expect(await poll('aid', polled)).toEqual({ sets: {} })
    expect(await recheck()).toMatchObject({ remade: 1, wrong: 0 })
    expect(await waitingFor(polled, other)).toEqual([{ jti: own?.jti, kind: 'consent-revoked' }])
  }
  expect(await notesOf(polled)).toMatchObject({ 'dropped-false': 3, 'made-again': 3 })
  expect((await drain('aid', polled)).map(([kind]) => kind)).toEqual(['consent-revoked'])
  expect(await recheck()).toEqual({ remade: 0, wrong: 0 })
  expect(begun['stream_id']).not.toBe(polled['stream_id'])
})

test('D8: what waits and is deleted shows as a hole to its body, and in the night it is made again under its name', async () => {
  const first = await allowAgain(load, other.personId)
  const polled = await begin('aid', ofSharings)
  const second = await stopAndAllow(other, first)
  const [[, stopped], [, allowed]] = (await drained(polled)) as [Set, Set]
  expect(eventIn({ claims: stopped })[1]['prev_jti']).toBeUndefined()
  expect(eventIn({ claims: allowed })[1]['prev_jti']).toBe(stopped['jti'])

  await stopIt(other, second)
  const [gone] = await waitingFor(polled, other)
  await load.db.raw('delete from signal_event where stream_id = ?', [idOf(polled)])
  await allowAgain(load, other.personId)
  const [[, third]] = (await drained(polled)) as [Set]
  const before = eventIn({ claims: third })[1]['prev_jti']
  expect(before).toBe(writeId('set', gone?.jti ?? ''))
  expect(before).not.toBe(allowed['jti'])

  const lines: string[] = []
  expect(await recheck(lines)).toEqual({ remade: 1, wrong: 0 })
  expect(lines.join()).toContain('is not what her events say')
  expect(await waitingFor(polled, other)).toEqual([gone])
  await load.db.raw('delete from signal_event where stream_id = ?', [idOf(polled)])
  expect(await recheck()).toEqual({ remade: 1, wrong: 0 })
  const [[, late]] = (await drained(polled)) as [Set]
  expect(late['jti']).toBe(before)
  expect(eventIn({ claims: late })[1]['prev_jti']).toBe(allowed['jti'])
  expect(await recheck()).toEqual({ remade: 0, wrong: 0 })
})

test('of a sharing whose state has moved on the newest is told, once; and of one whose row somebody changed, nothing', async () => {
  const consentId = await allowAgain(load, other.personId)
  const polled = await begin('aid', ofSharings)
  const deed = actorOfOwnAccess({ ...by(other), consentId: uuidOf(consentId) })
  const pause = () => transact(load.db, (tx) => pauseConsent(tx, load.notary, deed))
  await pause()
  await transact(load.db, (tx) => resumeConsent(tx, load.notary, deed))
  expect((await drain('aid', polled)).map(([kind]) => kind)).toEqual(['consent-resumed'])
  expect(await notesOf(polled)).toEqual({ outdated: 1 })

  await pause()
  const row = load.db('consentCurrent').where({ consentId: uuidOf(consentId) })
  await row.clone().update({ state: 'active', suspendedReasons: [] })
  expect(await poll('aid', polled)).toEqual({ sets: {} })
  await row.clone().update({ state: 'suspended', suspendedReasons: ['person'] })
  await load.db.raw(`update signal_event set due_at = '-infinity' where stream_id = ?`, [
    idOf(polled),
  ])
  expect((await drain('aid', polled)).map(([kind]) => kind)).toEqual(['consent-suspended'])
})

type Set = [kind: string, claims: Json]
async function drained(stream: Json): Promise<Set[]> {
  return (await drain('aid', stream)).map(([kind, , claims]) => [kind, claims])
}

const by = ({ personId }: Sharer) => ({
  personId,
  acr: 'urn:accord:aal:2',
  amr: ['pop'],
  provedAt: new Date(),
  factorIds: [],
})

const made = (type: string) => ({ credential_type: type, change_type: 'create' })
const ofAccess = (kind: string) =>
  `https://schemas.openid.net/secevent/${kind.startsWith('account') ? 'risc' : 'caep'}/event-type/${kind}`

test('what happens to an access is told to the bodies that have to do with its person', async () => {
  const { db, vault } = load
  const kinds = [
    'session-revoked',
    'credential-change',
    'account-disabled',
    'account-enabled',
    'account-purged',
  ]
  const asked = { events_requested: [...kinds.map(ofAccess), uri('person-status-changed')] }
  const [aid, revenue] = [await begin('aid', asked), await begin('revenue', asked)]
  const { personId } = await newSharer(load)
  await equip({ db, vault, keys: await openKeys(stage.keysDir) }, personId)
  await transact(db, (tx) => endSessions(tx, vault.seals, personId, { withTokens: false }))
  await setStanding(stage, personId, { suspendedAt: new Date() })
  await setStanding(stage, personId, { suspendedAt: null })
  // All of it waits, for its minute or its night.
  expect(await drain('aid', aid)).toEqual([])
  await tellNow(db)
  const atAid = await drain('aid', aid)
  const emergencies = ['session-revoked', 'account-disabled']
  for (const [kind, { event_timestamp: at }, { iat }] of atAid)
    if (emergencies.includes(kind)) expect([Number(at) % 60, Number(iat) % 60]).toEqual([0, 0])
    else expect([at, Number(iat) % 86_400]).toEqual([undefined, 0])
  const said = atAid.map(([kind, { event_timestamp: _at, prev_jti: _before, ...event }]) => [
    kind,
    event,
  ])
  expect(said).toEqual(
    expect.arrayContaining([
      ['credential-change', made('password')],
      ['credential-change', made('app')],
      ['session-revoked', {}],
      ['person-status-changed', { status: 'suspended' }],
      ['account-disabled', {}],
      ['person-status-changed', { status: 'active' }],
      ['account-enabled', {}],
    ]),
  )
  // She signed in at Student Aid alone: of her sign-ins the holder is told nothing.
  const status = [
    'person-status-changed',
    'account-disabled',
    'person-status-changed',
    'account-enabled',
  ]
  expect((await drain('revenue', revenue)).map(([kind]) => kind)).toEqual(status)

  const past = new Date(Date.now() - 1000)
  await setStanding(stage, personId, { closedAt: past, eraseAt: past })
  await tellNow(db)
  await drain('aid', aid)
  expect(await eraseAccounts({ db, log: load.log, vault }, forgets, new Date())).toMatchObject({
    erased: 1,
    next: undefined,
  })
  await tellNow(db)
  const purged = await drain('aid', aid)
  expect(purged.map(([kind]) => kind)).toEqual(['person-status-changed', 'account-purged'])
  expect(purged[1]?.[2]['sub_id']).toEqual({
    format: 'iss_sub',
    iss: issuer,
    sub: load.pairwise.subject(personId, 'org_aide-etudes'),
  })
})

test('a recipient is told what its live tokens say of an arrangement that changed, and nobody else is', async () => {
  const asked = { events_requested: [ofAccess('token-claims-change')] }
  const [aid, revenue] = [await begin('aid', asked), await begin('revenue', asked)]
  const { browser, accessToken, consentId, sub, detail } = await shareAsNewcomer(stage, {}, [
    dependants,
  ])
  const personId = load.pairwise.person(sub, 'org_agence-revenu') ?? ''
  const claims = async (): Promise<unknown> => {
    const said = json(await stage.aid.introspect(accessToken))
    const details = said['authorization_details']
    return { authorization_details: details ?? [] }
  }
  const told: Json[] = []
  const expected: unknown[] = []
  const live = async (deed: () => Promise<unknown>) => {
    await deed()
    expected.push(await claims())
    const events = await drain('aid', aid)
    expect(events).toHaveLength(1)
    for (const [, event] of events) told.push(event)
  }
  const form = {
    csrf: formOf(await browser.get(`/mes-partages/${consentId}/arret`)).fields['csrf'] ?? '',
  }
  await live(() => browser.post(`/mes-partages/${consentId}/pause`, form))
  await live(() => browser.post(`/mes-partages/${consentId}/reprise`, form))
  const less = {
    lastDay: dayAfter(dayOf(new Date()), 'P1M'),
    keep: [],
  }
  let narrower = ''
  await live(async () => {
    narrower = await narrow(load, personId, uuidOf(consentId), less)
  })
  await live(() => browser.post(`/mes-partages/${writeId('con', narrower)}/arret`, form))
  expect(told.map(({ claims: said }) => said)).toEqual(expected)
  expect(told[1]).toEqual({
    event_timestamp: expect.any(Number),
    initiating_entity: 'user',
    arrangement_id: detail['arrangement'],
    claims: { authorization_details: [expect.objectContaining({ status: 'active' })] },
  })
  const none = { authorization_details: [] }
  expect([expected[0], expected[3]]).toEqual([none, none])
  // A consent for which no token was issued.
  const other = await allowAgain(load, personId)
  await browser.post(`/mes-partages/${other}/arret`, form)
  expect([await drain('aid', aid), await drain('revenue', revenue)]).toEqual([[], []])
})

/** What pushes, in this process, over any database. */
async function pushingParts(db: Database, lines: string[] = []): Promise<PushPorts> {
  const { vault, live, pairwise } = load
  const own = await openKeys(stage.keysDir)
  const signer = signerOf({ 'id-token': [], 'id-token-rsa': [], signals: own.signals })
  const log = openLog('error', { write: (line) => lines.push(line) })
  const telling = { issuer, keys: own, signer, pairwise, headers: headerSeals(own) }
  return {
    ...telling,
    db,
    vault,
    live,
    log,
    clock: () => new Date(),
    outboundAllow: [receiver.host],
  }
}

// Ended in turn before its transaction begins, and before that commits: the body has the event then, and this house does not know it.
function endingAfter(db: Database, writes: number): Database {
  let left = writes
  const transaction = async (deed: (tx: Transaction) => Promise<unknown>): Promise<unknown> => {
    left -= 1
    if (left < 0) throw new Error('killed')
    return db.transaction(async (tx) => {
      const done = await deed(tx)
      if (left === 0) throw new Error('killed')
      return done
    })
  }
  return new Proxy(db, {
    get: (target, name) =>
      name === 'transaction' ? transaction : (Reflect.get(target, name) as unknown),
  })
}

test('twenty ends in the midst of pushing lose nothing, and keep each person’s order', async () => {
  const people = [sharer, other]
  const lives = new Map<Sharer, string>()
  for (const whose of people) lives.set(whose, await allowAgain(load, whose.personId))
  const stream = await begin('revenue', pushTo('/killed'))
  const [before] = (await streamsOf(load.db, 'org_agence-revenu')).slice(-1)
  // The processes of the stage leave a paused stream alone.
  await call('revenue', '/ssf/status', { stream_id: stream['stream_id'], status: 'paused' })
  for (const whose of [...people, ...people])
    lives.set(whose, await stopAndAllow(whose, lives.get(whose) ?? ''))
  const [row] = (await streamsOf(load.db, 'org_agence-revenu')).slice(-1)
  if (row === undefined || before === undefined) throw new Error('no stream')
  // Nor does a run go on that began before the pause.
  await pushAll(await pushingParts(load.db), before)
  expect(receiver.pushed('/killed')).toEqual([])
  const waiting = (): Promise<{ jti: string; personId: string | null; kind: string }[]> =>
    load
      .db('signalEvent')
      .select('jti', 'personId', 'kind')
      .where({ streamId: row.streamId })
      .orderBy('eventNo')
  const queued = await waiting()
  expect(queued.length).toBeGreaterThanOrEqual(8)
  for (let n = 0; n < 20; n++) {
    const parts = await pushingParts(endingAfter(load.db, n % 2))
    await expect(pushAll(parts, row)).rejects.toThrow('killed')
  }
  // A receiver that is there again rests no longer.
  await restStream(load.db, row.streamId, 2, new Date(Date.now() + 60_000))
  await pushAll(await pushingParts(load.db), { ...row, failures: 2 })
  expect(await waiting()).toEqual([])
  expect((await streamsOf(load.db, 'org_agence-revenu')).at(-1)?.failures).toBe(0)
  const came = receiver.pushed('/killed').map(({ claims }) => String(claims['jti']))
  const first = [...new Set(came)]
  expect(came.length).toBeGreaterThanOrEqual(first.length + 20)
  for (const { personId } of people) {
    // A yes that was stopped since is told no more.
    const own = queued
      .filter((event) => event.personId === personId)
      .filter(({ kind }, i, all) => kind === 'consent-revoked' || i === all.length - 1)
    const names = own.map(({ jti }) => writeId('set', jti))
    expect(first.filter((name) => names.includes(name))).toEqual(names)
  }
})

/** A stream that is pushed, as the house holds it: its processes leave it alone. */
async function aside(path: string, more: Json = {}): Promise<[StoredStream, Json]> {
  const begun = await begin('aid', pushTo(path, more))
  await load.db.raw(
    `update signal_stream set due_at = now() + interval '1 day' where endpoint = ?`,
    [`http://${receiver.host}${path}`],
  )
  const stream = (await streamsOf(load.db, 'org_aide-etudes')).at(-1)
  if (stream === undefined) throw new Error('no stream')
  return [stream, begun]
}

function queue(streamId: string, kind: string, days: number, count = 1): Promise<unknown> {
  return load.db.raw(
    `insert into signal_event (jti, stream_id, person_id, kind, content, occurred_at, queued_at)
     select gen_random_uuid(), :streamId, :personId, :kind, '{}', now(), now() - make_interval(days => :days)
     from generate_series(1, :count)`,
    { streamId, personId: kind === 'verification' ? null : other.personId, kind, days, count },
  )
}

const agreement = { agreement: 'agr_2026-001@1' }
const saidIn = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as Json)
const turnOf = (duty: Duty) => duty.turn(readingSession(load.db), { duty: '', number: 1 })

test('an event of nobody is dropped aloud, one that is refused after a week is late, and a header of another stream is sent to nobody', async () => {
  const lines: string[] = []
  const parts = await pushingParts(load.db, lines)
  const [stream, begun] = await aside('/late')
  await queue(stream.streamId, 'consent-granted', 0)
  await queue(stream.streamId, 'verification', 8)
  receiver.answer('/late', 400)
  await pushAll(parts, stream)
  expect(await notesOf(begun)).toEqual({ 'dropped-false': 1, refused: 1, late: 1 })
  const why = 'org_aide-etudes'
  expect(saidIn(lines)).toMatchObject([{ why, msg: expect.stringContaining('is dropped') }])

  const [sealed] = await aside('/sealed', { authorization_header: 'Bearer of-aid' })
  await queue(sealed.streamId, 'verification', 0)
  await load
    .db('signalStream')
    .where({ streamId: sealed.streamId })
    .update({
      authorizationSealed: headerSeals(await openKeys(stage.keysDir)).seal(
        'Bearer x',
        stream.streamId,
      ),
    })
  const then = new Date(Date.now() + 2 * 24 * 3_600_000)
  const { duty, idle } = makePushDuty({ ...parts, clock: () => then })
  await turnOf(duty)
  await idle()
  expect(receiver.pushed('/sealed')).toEqual([])
  expect((await streamsOf(load.db, why)).at(-1)?.failures).toBe(1)
  expect(saidIn(lines).slice(1)).toMatchObject([{ msg: 'a stream broke off' }])
})

test('a thousand waiting events are said aloud once an hour, and what waits for ninety days is dropped with a note', async () => {
  const stream = await begin('aid')
  const streamId = uuidOf(String(stream['stream_id']).replace('str_', 'con_'))
  const lines: string[] = []
  let seconds = 0
  const clock = () => new Date(Date.now() + seconds * 1000)
  const parts = { ...(await pushingParts(load.db, lines)), clock }
  const { duty } = makePushDuty(parts)
  await queue(streamId, 'verification', 0, 999)
  await turnOf(duty)
  expect(lines).toEqual([])
  await queue(streamId, 'verification', 91)
  for (seconds of [61, 122]) await turnOf(duty)
  expect(saidIn(lines)).toEqual([expect.objectContaining({ level: 50, why: 'org_aide-etudes' })])
  seconds = 3700
  await turnOf(duty)
  expect(lines).toHaveLength(2)
  expect(await sweepSignals(parts)).toBe(1)
  expect(await notesOf(stream)).toEqual({ 'dropped-old': 1 })
})

test('a header that a body wants is put under the newest key; one that opens by none stays', async () => {
  const [stream] = await aside('/renewed', { authorization_header: 'Bearer of-aid' })
  const [broken] = await aside('/broken', { authorization_header: 'Bearer of-aid' })
  const own = await openKeys(stage.keysDir)
  const newer = headerSeals({ data: [randomBytes(32), ...own.data] })
  const renewal = headerRenewal(newer)
  const undone = transact(load.db, async (tx) => {
    const rows = tx('signalStream').whereNotNull('authorizationSealed')
    await rows
      .clone()
      .where({ streamId: broken.streamId })
      .update({ authorizationSealed: Buffer.alloc(40) })
    const due = (await rows.clone()).length
    expect(await renewal.renew(tx, { from: 0, to: 1000 })).toEqual({ renewed: due - 1, left: 0 })
    const [row] = await rows.clone().where({ streamId: stream.streamId })
    expect(newer.open(row?.authorizationSealed ?? Buffer.alloc(0), stream.streamId)).toBe(
      'Bearer of-aid',
    )
    // The processes of the stage have no such key.
    throw new Error('undone')
  })
  await expect(undone).rejects.toThrow('undone')
})

describe('what an event says to one body, of a row that anybody may have written', () => {
  const at = new Date('2026-05-03T12:00:00Z')
  const timestamp = at.getTime() / 1000
  const [arrangementId, consentId] = [crypto.randomUUID(), crypto.randomUUID()]

  /** To the recipient of a consent, of which it wants to know all. */
  function said(event: Partial<WaitingEvent>, stream: Partial<Stream> = {}) {
    const register = load.live.current()
    const rootOf = (id: string) => register.organisation(id)?.root ?? 0
    const consent = {
      consentId,
      arrangementId,
      holder: rootOf('org_agence-revenu'),
      recipient: rootOf('org_aide-etudes'),
      dataset: register.dataset('dst_avis-cotisation')?.no ?? 0,
      purpose: register.purpose('pur_pret-bourse')?.no ?? 0,
      agreement: register.agreement('agr_2026-001')?.no ?? 0,
      categories: 1n,
      declined: 0n,
      validUntil: at,
      frequencyCount: null,
      frequencyPer: null,
      lookbackFrom: null,
      lookbackTo: null,
    }
    const told = { party: consent.recipient, kinds: signalKinds, ...stream } as Stream
    const { personId } = other
    const usual = { personId, content: {}, occurredAt: at, isKnown: true, consent, pace: 'night' }
    const row = { ...usual, ...event } as WaitingEvent
    return securityEventOf(told, row, register, issuer)
  }

  test.each<[string, Partial<WaitingEvent>, Partial<Stream>?]>([
    ['of a kind that there is not', { kind: 'unheard-of' }],
    ['that it did not ask for', { kind: 'session-revoked' }, { kinds: ['credential-change'] }],
    ['about a person, and of nobody', { kind: 'session-revoked', personId: null }],
    ['of somebody whom it does not know', { kind: 'session-revoked', isKnown: false }],
    ['of a status, of such a one', { kind: 'person-status-changed', isKnown: false }],
    ['of no agreement', { kind: 'agreement-status-changed', personId: null }],
    ['of an agreement, about a person', { kind: 'agreement-status-changed', content: agreement }],
    [
      'of an agreement of others',
      { kind: 'agreement-status-changed', personId: null, content: agreement },
      { party: 0 },
    ],
    ['of a consent that is erased', { kind: 'consent-revoked', consent: null }],
    ['of a consent of others', { kind: 'consent-revoked' }, { party: 0 }],
    ['of tokens, without a consent', { kind: 'token-claims-change', consent: null }],
    ['of tokens of others', { kind: 'token-claims-change' }, { party: 0 }],
  ])('it says nothing %s', (_, event, stream) => {
    expect(said(event, stream)).toBeUndefined()
  })

  test('it says who began it, and of a token what it is worth from now on', () => {
    const first = (event: Partial<WaitingEvent>) => said(event)?.event
    expect(first({ kind: 'verification', personId: null })).toEqual({})
    expect(said({ kind: 'account-purged', isKnown: false })).toEqual({
      kind: 'account-purged',
      event: {},
    })
    expect(first({ kind: 'consent-granted' })).toMatchObject({ initiating_entity: 'user' })
    const expired = first({ kind: 'consent-expired' })
    expect(expired).toMatchObject({ initiating_entity: 'system', role: 'recipient' })
    const incident = { kind: 'consent-suspended', content: { reasons: ['incident'] } }
    expect(first(incident)).toMatchObject({
      initiating_entity: 'admin',
      suspended_reasons: ['incident'],
    })
    expect(first({ kind: 'token-claims-change', content: { state: 'expired' } })).toEqual({
      event_timestamp: timestamp,
      initiating_entity: 'system',
      arrangement_id: writeId('arr', arrangementId),
      claims: { authorization_details: [] },
    })
  })
})

test('an agreement whose status changes is told to its two bodies, about nobody', async () => {
  const asked = { events_requested: [uri('agreement-status-changed')] }
  const [aid, revenue] = [await begin('aid', asked), await begin('revenue', asked)]
  await stage.apply({ of: 'agr_2026-001', set: { status: 'suspended' } })
  for (const [by, stream] of [
    ['aid', aid],
    ['revenue', revenue],
  ] as const) {
    const [first] = await drain(by, stream)
    expect(first?.[1]).toEqual({
      event_timestamp: expect.any(Number),
      agreement: 'agr_2026-001@2',
      status: 'suspended',
      previous_status: 'in_force',
    })
    const path = '/register/objects/agreement/agr_2026-001@2.json'
    expect(first?.[2]['sub_id']).toEqual({ format: 'uri', uri: issuer + path })
  }
})

test('I21: the tokens of two bodies have no name of the person, and no other name, in common', () => {
  const textsIn = (value: unknown): string[] => {
    if (typeof value === 'string') return [value]
    return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
  }
  const of = (path: string) =>
    new Set(receiver.pushed(path).flatMap(({ claims }) => textsIn(claims)))
  const shared = [...of('/aid')].filter((text) => of('/revenue').has(text))
  const known =
    /^(con_[0-9A-Z]{26}|cat_[a-z-]+|dst_[a-z-]+@1|user|system|iss_sub|http:\/\/accord\.localhost|La personne .*|The person .*|org_[a-z-]+|person|suspended|active|closed|erased|in_force|uri|agr_2026-001@2|http:.*agr_2026-001@2.json)$/
  expect(shared.length).toBeGreaterThan(5)
  expect(shared.filter((text) => !known.test(text))).toEqual([])
})
