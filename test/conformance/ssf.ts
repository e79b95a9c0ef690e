import * as jose from 'jose'
import { textOf } from './conditions.ts'
import type { Answered, Module, Plan, PushedToken, Trial } from './judging.ts'
import { demand, equal, longBut, skip } from './judging.ts'
import { passing } from './oidcc-basic.ts'
import { asksForNonce, browserOf, callAs, endpoint, send, signIn } from './party.ts'
import { proofOf, random, seconds } from './tokens.ts'

// Shared Signals Framework 1.0, a transmitter, and CAEP's Interoperability Profile 1.0. The suite calls with a bearer token. Ours are bound to a key, which the
// framework leaves open; where the profile wants a bearer token (section 2.7), one is sent, too, and its refusal is a warning.

const [push, poll] = ['urn:ietf:rfc:8935', 'urn:ietf:rfc:8936'] as const
const caep = 'https://schemas.openid.net/secevent/caep/event-type/'
const verification = 'https://schemas.openid.net/secevent/ssf/event-type/verification'
const happening = ['session-revoked', 'credential-change'] as const
// What the suite asks for.
const askedKinds = [...happening, 'device-compliance-change'].map((kind) => `${caep}${kind}`)
const standardKinds = /^https:\/\/schemas\.openid\.net\/secevent\/(?:caep|risc|ssf)\/event-type\//
// CAEP 1.0, section 3.3.
const credentialTypes = [
  'password',
  'pin',
  'x509',
  'fido2-platform',
  'fido2-roaming',
  'fido-u2f',
  'verifiable-credential',
  'phone-voice',
  'phone-sms',
  'app',
]
const changeTypes = ['create', 'revoke', 'update', 'delete']
const longestTokenSeconds = 3600

type Json = Readonly<Record<string, unknown>>
type Profile = 'default' | 'caep_interop'
type Delivery = 'push' | 'poll'

/** What a module calls with, and whom. */
type Party = {
  readonly trial: Trial
  readonly profile: Profile
  readonly metadata: Json
  readonly token: string
}

const control = 'openid-ssf-stream-control'
const verifies = 'openid-ssf-transmitter-stream-verification'

function modulesOf(profile: Profile): readonly Module[] {
  const isWhole = profile === 'default'
  const named = (name: string, judge: (party: Party) => Promise<void>): Module => ({
    name,
    judge: async (trial) => inTurn(async () => judge(await partyOf(trial, profile))),
  })
  const badToken = (deed: string, method: string) =>
    named(`${control}-error-${deed}-stream-with-invalid-token`, (party) =>
      checkBadToken(party, method),
    )
  const unknown = (deed: string, method: string) =>
    named(`${control}-error-${deed}-unknown-stream`, (party) => checkUnknown(party, method))
  const badBody = (name: string, method: string) =>
    named(`${control}-error-${name}`, async (party) => {
      equal((await call(party, method, streamsIn(party), ';{ broken')).status, 400, 'the status')
    })
  return [
    {
      name: 'openid-ssf-transmitter-metadata',
      judge: async (trial) => checkMetadata(trial, await readMetadata(trial), profile),
    },
    named(`${control}-happy-path`, async (party) => {
      for (const delivery of ['push', 'poll'] as const) await checkLife(party, delivery)
    }),
    badBody('create-stream-with-broken-input', 'POST'),
    badToken('create', 'POST'),
    named(`${control}-error-create-stream-with-duplicate-config`, (party) =>
      withStream(party, 'poll', async () => {
        const { status, json } = await create(party, 'poll')
        if (status === 201) await end(party, json ?? {})
        demand([201, 409].includes(status), `the second stream is answered ${status}`)
      }),
    ),
    badToken('read', 'GET'),
    unknown('read', 'GET'),
    ...(isWhole
      ? [
          badToken('update', 'PATCH'),
          badBody('update-stream-with-invalid-body', 'PATCH'),
          unknown('update', 'PATCH'),
          badBody('replace-stream-with-invalid-body', 'PUT'),
          badToken('replace', 'PUT'),
          unknown('replace', 'PUT'),
        ]
      : []),
    badToken('delete', 'DELETE'),
    unknown('delete', 'DELETE'),
    ...(isWhole ? [named('openid-ssf-stream-subject-control', checkSubjects)] : []),
    named(`${verifies}-push`, (party) => checkPushed(party, `Bearer ${random()}`)),
    named(`${verifies}-poll-only`, (party) =>
      withStream(party, 'poll', async (stream) => {
        const state = await askToVerify(party, stream)
        await findVerification(party, stream, await take(party, stream), state)
      }),
    ),
    {
      ...named(`${verifies}-poll-and-ack`, (party) =>
        withStream(party, 'poll', async (stream) => {
          await askToVerify(party, stream)
          const ack = Object.keys(await take(party, stream))
          demand(ack.length > 0, 'nothing was polled')
          await passing(Number(stream['min_verification_interval'] ?? 0) + 1)
          const state = await askToVerify(party, stream)
          const sets = await take(party, stream, { ack })
          for (const one of ack) demand(!(one in sets), 'an acknowledged event came again')
          await findVerification(party, stream, sets, state)
        }),
      ),
      isLong: true,
    },
    named(`${verifies}-ack-only`, (party) =>
      withStream(party, 'poll', async (stream) => {
        const state = await askToVerify(party, stream)
        const sets = await take(party, stream)
        await findVerification(party, stream, sets, state)
        const rest = await take(party, stream, { ack: Object.keys(sets), maxEvents: 0 })
        equal(Object.keys(rest).length, 0, 'the number of events, where none is asked for')
        equal(Object.keys(await take(party, stream)).length, 0, 'what waits after it is taken')
      }),
    ),
    named(`${verifies}-error-push-no-auth`, (party) => checkPushed(party, undefined)),
  ]
}

export const transmitterPlans: readonly Plan[] = [
  {
    name: 'openid-ssf-transmitter-test-plan',
    variant: variantOf('default'),
    modules: modulesOf('default'),
  },
  {
    name: 'openid-ssf-transmitter-caep-test-plan',
    variant: variantOf('caep_interop'),
    modules: longBut(
      ['openid-ssf-transmitter-metadata', 'openid-ssf-transmitter-stream-caep-interop'],
      [
        ...modulesOf('caep_interop'),
        {
          name: 'openid-ssf-transmitter-stream-caep-interop',
          judge: (trial) => inTurn(async () => checkInterop(await partyOf(trial, 'caep_interop'))),
        },
      ],
    ),
  },
]

function variantOf(profile: Profile) {
  return {
    ssf_profile: profile,
    ssf_server_metadata: 'discovery',
    ssf_auth_mode: 'dynamic',
    ssf_delivery_mode: 'push, poll',
    client_auth_type: 'private_key_jwt',
    sender_constrain: 'dpop',
  }
}

let last: Promise<unknown> = Promise.resolve()

/** One module after the other: a body may have few streams, and all modules are of one body. */
function inTurn(deed: () => Promise<void>): Promise<void> {
  const turn = last.then(deed)
  last = turn.catch(() => undefined)
  return turn
}

async function readMetadata(trial: Trial): Promise<Json> {
  // SSF 1.0, section 7.2.1.
  const url = `${trial.judged.issuer}/.well-known/ssf-configuration`
  const answered = await send(trial, url, { method: 'GET' })
  equal(answered.status, 200, 'the status of the metadata')
  const isJson = /^application\/json\b/.test(answered.headers.get('content-type') ?? '')
  demand(isJson && answered.json !== undefined, 'the metadata are no JSON')
  return answered.json
}

async function checkMetadata(trial: Trial, metadata: Json, profile: Profile): Promise<void> {
  equal(metadata['issuer'], trial.judged.issuer, 'issuer')
  for (const [name, value] of Object.entries(metadata)) {
    if (/(?:_endpoint|_uri)$/.test(name))
      demand(/^https:\/\/[^#]+$/.test(textOf(value)), `${name} is no https address`)
    if (Array.isArray(value)) demand(value.length > 0, `${name} is empty`)
  }
  const schemes = metadata['authorization_schemes']
  demand(Array.isArray(schemes), 'authorization_schemes is no list')
  const urns = schemes.map((scheme: Json) => textOf(scheme['spec_urn']))
  for (const urn of urns) demand(urn.startsWith('urn:'), `the scheme ${urn} is no URN`)
  demand(['ALL', 'NONE', undefined].includes(metadata['default_subjects'] as string), 'subjects')
  for (const method of metadata['delivery_methods_supported'] as unknown[])
    demand([push, poll].includes(textOf(method) as typeof push), `the method ${textOf(method)}`)
  const keys = (await keysOf(trial, metadata)).keys
  demand(keys.length > 0, 'no key is published')
  equal(new Set(keys.map(({ kid }) => kid)).size, keys.length, 'the number of names of keys')
  for (const key of keys)
    for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'])
      demand(!(name in key), `a published key has ${name}`)
  if (profile === 'default') return
  // CAEP Interoperability Profile 1.0, sections 2.3.1 to 2.3.7.
  demand(/^1_[0-9]+$/.test(textOf(metadata['spec_version'])), 'spec_version is no version')
  for (const name of ['configuration_endpoint', 'status_endpoint', 'verification_endpoint'])
    demand(name in metadata, `${name} is missing`)
  demand(urns.includes('urn:ietf:rfc:6749'), 'OAuth 2.0 is no scheme')
}

async function keysOf(trial: Trial, metadata: Json): Promise<jose.JSONWebKeySet> {
  const answered = await send(trial, textOf(metadata['jwks_uri']), { method: 'GET' })
  equal(answered.status, 200, 'the status of the keys')
  demand(Array.isArray(answered.json?.['keys']), 'jwks_uri leads to no keys')
  return answered.json as unknown as jose.JSONWebKeySet
}

/** A program of the body, with a token for streams: it names the scopes, and no resource, as the suite does. */
async function partyOf(trial: Trial, profile: Profile): Promise<Party> {
  const metadata = await readMetadata(trial)
  const form = { grant_type: 'client_credentials', scope: 'ssf.manage ssf.read' }
  const url = endpoint(trial, 'token_endpoint')
  const { status, json } = await callAs(trial, trial.judged.clients.signals, {
    url,
    form,
    proof: {},
  })
  equal(status, 200, 'the status of the token')
  const { access_token: token, expires_in: expiresIn } = json ?? {}
  demand(typeof token === 'string' && token !== '', 'no access token')
  demand(Number(expiresIn) > 0, 'expires_in is no positive number')
  if (Number(expiresIn) > longestTokenSeconds) trial.warn('a token that lives more than an hour')
  const party = { trial, profile, metadata, token }
  if (profile === 'caep_interop') await checkBearer(party)
  return party
}

async function checkBearer(party: Party): Promise<void> {
  const headers = { authorization: `Bearer ${party.token}` }
  const { status } = await send(party.trial, streamsIn(party), { method: 'GET', headers })
  if (status === 200) return
  equal(status, 401, 'the status of a call without its proof')
  party.trial.warn(
    'a token is bound to the key of its program (RFC 9449), and refused as a bearer token, which the profile wants taken (section 2.7); the suite sends one, and fails',
  )
}

function streamsIn({ metadata }: Party): string {
  return textOf(metadata['configuration_endpoint'])
}

function at(url: string, { stream_id: name }: Json): string {
  return `${url}?stream_id=${encodeURIComponent(textOf(name))}`
}

async function call(
  { trial, token }: Pick<Party, 'trial' | 'token'>,
  method: string,
  url: string,
  body?: string | Json,
): Promise<Answered> {
  const { dpopKey } = trial.judged.clients.signals
  demand(dpopKey !== undefined, 'the client has no key for proofs')
  const [htu = url] = url.split('?')
  for (let isLast = false; ; isLast = true) {
    const headers = {
      authorization: `DPoP ${token}`,
      dpop: await proofOf(trial, dpopKey, { method, url: htu, token }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const sent = typeof body === 'string' ? body : JSON.stringify(body)
    const answered = await send(trial, url, {
      method,
      headers,
      ...(body === undefined ? {} : { body: sent }),
    })
    if (isLast || !asksForNonce(trial, answered)) return answered
  }
}

const pushPaths = new WeakMap<Json, string>()

function wanted({ trial }: Party, delivery: Delivery, header?: string): [Json, string] {
  const path = `ssf-push-${random(9)}`
  const led =
    delivery === 'poll'
      ? { method: poll }
      : {
          method: push,
          endpoint_url: `${trial.judged.pushAt}/${path}`,
          ...(header === undefined ? {} : { authorization_header: header }),
        }
  const description = 'Stream of the judge'
  return [{ description, events_requested: askedKinds, delivery: led }, path]
}

function create(party: Party, delivery: Delivery): Promise<Answered> {
  return call(party, 'POST', streamsIn(party), wanted(party, delivery)[0])
}

async function end(party: Party, stream: Json): Promise<void> {
  const { status } = await call(party, 'DELETE', at(streamsIn(party), stream))
  equal(status, 204, 'the status of the end of a stream')
}

/** A stream of its own, which is looked at when it is made, and ended. */
async function withStream(
  party: Party,
  delivery: Delivery,
  deed: (stream: Json) => Promise<void>,
  header?: string,
): Promise<void> {
  const [asked, path] = wanted(party, delivery, header)
  const { status, json: stream } = await call(party, 'POST', streamsIn(party), asked)
  equal(status, 201, 'the status of a new stream')
  demand(stream !== undefined, 'a new stream is no object')
  pushPaths.set(stream, path)
  try {
    checkStream(party, stream)
    await deed(stream)
  } finally {
    await end(party, stream)
  }
}

function checkStream({ trial }: Party, stream: Json): void {
  for (const name of ['stream_id', 'iss', 'aud', 'events_delivered', 'delivery'])
    demand(name in stream, `${name} is missing in the stream`)
  equal(stream['iss'], trial.judged.issuer, 'iss of the stream')
  const { method } = stream['delivery'] as Json
  demand([push, poll].includes(method as typeof push), 'the stream has another method')
}

async function checkLife(party: Party, delivery: Delivery): Promise<void> {
  const { trial, profile, metadata } = party
  const [asked] = wanted(party, delivery)
  await withStream(party, delivery, async (stream) => {
    const url = streamsIn(party)
    const { stream_id: name } = stream
    const read = await call(party, 'GET', at(url, stream))
    equal(read.status, 200, 'the status of a stream that is read')
    checkStream(party, read.json ?? {})
    warnOfOwnKinds(trial, read.json ?? {})
    if (profile === 'default')
      for (const method of ['PATCH', 'PUT']) {
        const description = `Changed by ${method}`
        const changed = await call(party, method, url, { ...asked, stream_id: name, description })
        equal(changed.status, 200, `the status of ${method}`)
        checkStream(party, changed.json ?? {})
        equal(changed.json?.['description'], description, 'the description')
      }
    const statusAt = textOf(metadata['status_endpoint'])
    const before = await call(party, 'GET', at(statusAt, stream))
    equal(before.status, 200, 'the status of the reading of a status')
    equal(before.json?.['status'], 'enabled', 'the status of a new stream')
    if (profile === 'default')
      for (const status of ['enabled', 'paused', 'disabled']) {
        const answered = await call(party, 'POST', statusAt, { stream_id: name, status })
        equal(answered.status, 200, 'the status of a change of status')
        equal(answered.json?.['status'], status, 'the status of the stream')
      }
  })
}

function warnOfOwnKinds({ warn }: Trial, stream: Json): void {
  const kinds = stream['events_supported']
  demand(Array.isArray(kinds), 'events_supported is missing')
  const isCaep = kinds.some((kind) => askedKinds.includes(textOf(kind)))
  demand(isCaep, 'no event of the profile is supported')
  if (!kinds.every((kind) => standardKinds.test(textOf(kind))))
    warn('events of our own stand beside those of OpenID, which has none for consents')
}

async function checkBadToken(party: Party, method: string): Promise<void> {
  await withStream(party, 'poll', async (stream) => {
    const inAddress = ['GET', 'DELETE'].includes(method)
    const url = inAddress ? at(streamsIn(party), stream) : streamsIn(party)
    const [asked] = wanted(party, 'poll')
    const body = { ...asked, ...(method === 'POST' ? {} : { stream_id: stream['stream_id'] }) }
    const token = random()
    const bearing = { authorization: `Bearer invalid:${token}` }
    const answers = [
      await call({ ...party, token }, method, url, inAddress ? undefined : body),
      await send(party.trial, url, {
        method,
        headers: { ...bearing, 'content-type': 'application/json' },
        ...(inAddress ? {} : { body: JSON.stringify(body) }),
      }),
    ]
    for (const { status } of answers) equal(status, 401, 'the status')
  })
}

async function checkUnknown(party: Party, method: string): Promise<void> {
  let gone: Json = {}
  await withStream(party, 'poll', (stream) => {
    gone = stream
    return Promise.resolve()
  })
  const isBody = ['PATCH', 'PUT'].includes(method)
  const url = streamsIn(party)
  const [asked] = wanted(party, 'poll')
  const { status } = isBody
    ? await call(party, method, url, { ...asked, stream_id: gone['stream_id'] })
    : await call(party, method, at(url, gone))
  equal(status, 404, 'the status')
}

async function checkSubjects(party: Party): Promise<void> {
  const { trial, metadata } = party
  const ways = ['add_subject_endpoint', 'remove_subject_endpoint'].map((name) => metadata[name])
  if (ways.includes(undefined)) skip('no subject can be added or removed')
  const sub = String((await known(trial)).sub)
  const hers = { format: 'iss_sub', iss: trial.judged.issuer, sub }
  const byAddress = { format: 'email', email: 'example.user@example.com' }
  await withStream(party, 'poll', async ({ stream_id: name }) => {
    const answers = async (subject: Json) => {
      const statuses: number[] = []
      for (const way of ways)
        statuses.push((await call(party, 'POST', textOf(way), { stream_id: name, subject })).status)
      return statuses.join(' ')
    }
    equal(await answers(hers), '200 204', 'the status of a subject that is added, then removed')
    const theirs = await answers(byAddress)
    if (theirs === '200 204') return
    equal(theirs, '404 404', 'the status of a subject that is unknown')
    trial.warn(
      'a person is named by the identifier that the body was given (iss_sub), and one of whom it does not know is not found; the suite sends an address of e-mail',
    )
  })
}

/** Somebody who signed in at the body, with what she is called there. */
async function known(trial: Trial) {
  const person = await trial.judged.newPerson()
  const browser = browserOf({ ...trial, person: () => Promise.resolve(person) })
  const { idToken } = await signIn(trial, trial.judged.clients.signals, { browser })
  return { person, sub: idToken['sub'] }
}

async function askToVerify(party: Party, { stream_id: name }: Json): Promise<string> {
  const state = random()
  const url = textOf(party.metadata['verification_endpoint'])
  const { status } = await call(party, 'POST', url, { stream_id: name, state })
  equal(status, 204, 'the status of a verification that is asked for')
  return state
}

/** RFC 8936, section 2.4. @returns the tokens by their names */
async function take(party: Party, stream: Json, more: Json = {}): Promise<Record<string, string>> {
  const { endpoint_url: url } = stream['delivery'] as Json
  const asked = { maxEvents: 10, returnImmediately: true, ...more }
  const { status, json } = await call(party, 'POST', textOf(url), asked)
  equal(status, 200, 'the status of a poll')
  const sets = json?.['sets']
  demand(typeof sets === 'object' && sets !== null, 'the poll has no sets')
  return sets as Record<string, string>
}

type Event = { readonly kind: string; readonly event: Json; readonly claims: jose.JWTPayload }

/** What holds for each token (SSF 1.0, section 4; CAEP Interoperability Profile 1.0, sections 2.6 and 2.8.1). */
async function checkToken(party: Party, stream: Json, token: string): Promise<Event> {
  const keys = jose.createLocalJWKSet(await keysOf(party.trial, party.metadata))
  const { payload: claims, protectedHeader } = await jose
    .jwtVerify(token, keys)
    .catch((error: unknown) =>
      demandNever(`a token is not signed by a published key: ${String(error)}`),
    )
  equal(protectedHeader.alg, 'RS256', 'alg of a token')
  equal(protectedHeader.typ, 'secevent+jwt', 'typ of a token')
  equal('sub' in claims || 'exp' in claims, false, 'sub or exp in a token')
  equal(claims.iss, stream['iss'], 'iss of a token')
  demand(Number(claims.iat) <= seconds() + 1, 'a token of the future')
  const [mine = [], theirs] = [claims.aud, stream['aud']].map((aud) => [aud].flat())
  demand(mine.length > 0 && mine.every((aud) => theirs?.includes(aud)), 'aud is another one')
  const events = Object.entries((claims['events'] ?? {}) as Record<string, Json>)
  const [only] = events
  demand(events.length === 1 && only !== undefined, 'a token has not one event')
  return { kind: only[0], event: only[1], claims }
}

function demandNever(says: string): never {
  demand(false, says)
  throw new Error(says)
}

function checkVerification(stream: Json, { event, claims }: Event, state: string): void {
  const { format, id } = (claims['sub_id'] ?? {}) as Json
  equal(`${textOf(format)} ${textOf(id)}`, `opaque ${textOf(stream['stream_id'])}`, 'sub_id')
  equal(event['state'], state, 'state')
}

async function findVerification(
  party: Party,
  stream: Json,
  sets: Readonly<Record<string, string>>,
  state: string,
): Promise<void> {
  for (const [name, token] of Object.entries(sets)) {
    const found = await checkToken(party, stream, token)
    equal(found.claims.jti, name, 'the name of a token')
    if (found.kind !== verification || found.event['state'] === undefined) continue
    return checkVerification(stream, found, state)
  }
  demandNever('no verification event came')
}

function pushedTo(party: Party, stream: Json, isWanted: (token: string) => boolean) {
  return party.trial.judged.pushed(pushPaths.get(stream) ?? '', isWanted)
}

/** @param header what the body wants to be sent; undefined: nothing */
async function checkPushed(party: Party, header: string | undefined): Promise<void> {
  await withStream(
    party,
    'push',
    async (stream) => {
      const state = await askToVerify(party, stream)
      const came = await pushedTo(party, stream, isOf(verification))
      demand(came !== undefined, 'no verification event was pushed')
      checkVerification(stream, await checkToken(party, stream, came.token), state)
      checkDelivered(came, header)
    },
    header,
  )
}

/** RFC 8935, section 2. */
function checkDelivered({ headers }: PushedToken, header: string | undefined): void {
  equal(headers['content-type'], 'application/secevent+jwt', 'the type of what is pushed')
  equal(headers['authorization'], header, 'the header that the body wanted')
}

function isOf(kind: string) {
  return (token: string) => kind in ((jose.decodeJwt(token)['events'] ?? {}) as Json)
}

async function checkInterop(party: Party): Promise<void> {
  const { trial } = party
  const { person, sub } = await known(trial)
  await withStream(party, 'push', async (pushed) => {
    await withStream(party, 'poll', async (polled) => {
      warnOfOwnKinds(trial, pushed)
      const expected = (polled['events_delivered'] as string[]).filter((one) =>
        one.startsWith(caep),
      )
      demand(expected.length > 0, 'no event of the profile is delivered')
      const states = [await askToVerify(party, pushed), await askToVerify(party, polled)]
      for (const what of happening) await trial.judged.happen(what, person)
      const first = await pushedTo(party, pushed, isOf(verification))
      demand(first !== undefined, 'no verification event was pushed')
      const [ofPush = '', ofPoll = ''] = states
      checkVerification(pushed, await checkToken(party, pushed, first.token), ofPush)
      for (const kind of expected) {
        const came = await pushedTo(party, pushed, isOf(kind))
        demand(came !== undefined, `no ${kind} was pushed`)
        checkCaep(trial, sub, await checkToken(party, pushed, came.token))
      }
      await checkPolled(party, polled, { expected, state: ofPoll, sub })
    })
  })
}

const mostPolls = 12

async function checkPolled(
  party: Party,
  stream: Json,
  { expected, state, sub }: { expected: readonly string[]; state: string; sub: unknown },
): Promise<void> {
  const [missing, came] = [new Set([...expected, verification]), new Set<string>()]
  let ack: string[] = []
  for (let round = 0; round < mostPolls && missing.size > 0; round++) {
    const sets = await take(party, stream, { ack })
    ack = Object.keys(sets)
    for (const [name, token] of Object.entries(sets)) {
      demand(!came.has(name), 'an acknowledged event came again')
      came.add(name)
      const found = await checkToken(party, stream, token)
      if (found.kind === verification) checkVerification(stream, found, state)
      else checkCaep(party.trial, sub, found)
      missing.delete(found.kind)
    }
  }
  equal([...missing].join(' '), '', 'what was not polled')
}

/** CAEP 1.0, sections 2 and 3.3. */
function checkCaep({ judged, warn }: Trial, sub: unknown, { kind, event, claims }: Event): void {
  const { format, iss, sub: name } = (claims['sub_id'] ?? {}) as Json
  equal(format, 'iss_sub', 'the format of the subject')
  equal(iss, judged.issuer, 'iss of the subject')
  equal(name, sub, 'sub of the subject')
  const { event_timestamp: at, initiating_entity: by = 'user' } = event
  demand(at === undefined || typeof at === 'number', 'event_timestamp is no number')
  demand(['admin', 'user', 'policy', 'system'].includes(textOf(by)), 'another initiating_entity')
  for (const reason of ['reason_user', 'reason_admin'])
    for (const says of Object.values((event[reason] ?? {}) as Json))
      demand(typeof says === 'string', `${reason} is no text`)
  if (kind !== `${caep}credential-change`) return
  const { credential_type: type, change_type: change } = event
  demand(typeof type === 'string' && typeof change === 'string', 'what has changed is missing')
  if (!credentialTypes.includes(type) || !changeTypes.includes(change))
    warn(`${type}, ${change}: no values of CAEP`)
}
