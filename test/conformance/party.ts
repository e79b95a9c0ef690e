import type { Agent, Arrival, Left } from './agent.ts'
import { openAgent } from './agent.ts'
import type { Client } from './clients.ts'
import {
  checkAnswer,
  checkErrorAnswer,
  checkIdToken,
  checkPushed,
  checkTokens,
  checkUserinfo,
  openedAnswer,
} from './conditions.ts'
import type { Answered, Errand, Params, Tokens, Trial } from './judging.ts'
import { demand, equal } from './judging.ts'
import type { Change } from './tokens.ts'
import { assertionOf, proofOf, random, requestObjectOf, sha256 } from './tokens.ts'

// A relying party: it asks, takes the answer, redeems the code, and reads /userinfo. After each step the common conditions are looked at.

export type Asking = {
  /** Over the parameters that are usual; undefined leaves one out. */
  readonly params?: Params
  /** How the request is signed as a whole, by a client that signs. */
  readonly object?: Change
  /** Beside the signed request, or in the address beside the pushed one. */
  readonly beside?: Params
  /** A proof of possession at the pushed request. */
  readonly pushProof?: Change
}

/** What a client has at the end. */
export type Flow = {
  readonly errand: Errand
  readonly tokens: Tokens
  readonly idToken: Readonly<Record<string, unknown>>
  readonly rawIdToken: string
  readonly asked: number
}

export function endpoint({ metadata }: Trial, name: string): string {
  const url = metadata[name]
  demand(typeof url === 'string', `the metadata have no ${name}`)
  return url
}

/** A browser in which nobody is signed in yet. */
export function browserOf({ judged, person }: Trial): Agent {
  return openAgent(judged.issuer, judged.connect(), person)
}

/** A whole sign-in, by default in a browser with a session; the modules change one thing. */
export async function signIn(
  trial: Trial,
  client: Client,
  { browser, ...asking }: Asking & { readonly browser?: Agent } = {},
): Promise<Flow> {
  const errand = await ask(trial, client, asking)
  browser ??= await trial.signedIn()
  const left = leftFor(errand, await browser.visit(errand.url))
  const code = await codeIn(trial, errand, left)
  return { ...(await redeemed(trial, errand, code)), asked: left.asked }
}

/** The parameters of a request, with a state, a nonce and a challenge of its own. */
export function paramsOf(client: Client, params: Params = {}) {
  const verifier = client.usesPkce ? random(32) : undefined
  const usual: Params = {
    client_id: client.id,
    response_type: 'code',
    redirect_uri: client.redirectUris[0],
    scope: 'openid',
    state: random(),
    nonce: random(),
    ...(verifier === undefined
      ? {}
      : { code_challenge: sha256(verifier), code_challenge_method: 'S256' }),
    ...(client.responseMode === undefined ? {} : { response_mode: client.responseMode }),
  }
  return { params: defined({ ...usual, ...params }), verifier }
}

/** Pushes the request if the client does. */
export async function ask(trial: Trial, client: Client, asking: Asking = {}): Promise<Errand> {
  const { params, verifier } = paramsOf(client, asking.params)
  const { beside = {} } = asking
  if (!client.pushes) {
    const url = addressOf(trial, { ...params, ...beside })
    return { client, url, params, verifier }
  }
  const pushed = checkPushed(trial, await push(trial, client, params, asking))
  const inAddress = { client_id: client.id, request_uri: pushed.requestUri }
  return { client, url: addressOf(trial, { ...inAddress, ...beside }), params, verifier }
}

export function addressOf(trial: Trial, params: Params): string {
  const query = new URLSearchParams(defined(params))
  return `${endpoint(trial, 'authorization_endpoint')}?${query.toString()}`
}

/** POST to the endpoint of pushed requests (RFC 9126), signed as a whole if the client does so. */
export async function push(
  trial: Trial,
  client: Client,
  params: Readonly<Record<string, string>>,
  { object = {}, pushProof, assertion }: Asking & { readonly assertion?: Change } = {},
): Promise<Answered> {
  const url = endpoint(trial, 'pushed_authorization_request_endpoint')
  const sent = client.signsRequests
    ? { client_id: client.id, request: await requestObjectOf(trial, client, params, object) }
    : params
  const proven = pushProof === undefined ? undefined : { proof: pushProof }
  return callAs(trial, client, { url, form: sent, ...proven, ...(assertion && { assertion }) })
}

export type Call = {
  readonly url: string
  readonly method?: string
  readonly form?: Params
  readonly headers?: Readonly<Record<string, string>>
  readonly assertion?: Change
  /** No authentication of the client at all. */
  readonly isAnonymous?: boolean
  /** How the proof of possession differs; absent: there is none. */
  readonly proof?: Change
}

const mostTries = 3

/** A call of the client's server: it says who it is, and sends a nonce that it is asked for (RFC 9449, section 8). */
export async function callAs(trial: Trial, client: Client, call: Call): Promise<Answered> {
  const { url, method = 'POST', form = {}, isAnonymous = false } = call
  for (let tries = 1; ; tries++) {
    const who = isAnonymous ? nobody : await authenticationOf(trial, client, call.assertion)
    const headers: Record<string, string> = { ...who.headers, ...call.headers }
    if (call.proof !== undefined && client.dpopKey !== undefined)
      headers['dpop'] = await proofOf(trial, client.dpopKey, { method, url }, call.proof)
    const body = new URLSearchParams(defined({ ...who.form, ...form }))
    const answered = await send(trial, url, { method, headers, body })
    if (!asksForNonce(trial, answered) || tries === mostTries || hasOwnNonce(call.proof))
      return answered
  }
}

function hasOwnNonce(change: Change | undefined): boolean {
  return change?.claims !== undefined && 'nonce' in change.claims
}

/** Whether an answer asks for another nonce, which the next proof then has. */
export function asksForNonce({ memory }: Trial, { headers, body, status }: Answered): boolean {
  const nonce = headers.get('dpop-nonce')
  if (nonce === null) return false
  memory.nonce = nonce
  const challenge = headers.get('www-authenticate') ?? ''
  return [400, 401].includes(status) && `${body}${challenge}`.includes('use_dpop_nonce')
}

const nobody = { form: {}, headers: {} }

type Authentication = {
  readonly form?: Params
  readonly headers?: Readonly<Record<string, string>>
}

async function authenticationOf(
  trial: Trial,
  client: Client,
  change: Change | undefined,
): Promise<{ form: Params; headers: Record<string, string> }> {
  const { id, authenticates, secret = '' } = client
  const by: Record<Client['authenticates'], () => Authentication | Promise<Authentication>> = {
    client_secret_basic: () => ({ headers: { authorization: basic(id, secret) } }),
    client_secret_post: () => ({ form: { client_id: id, client_secret: secret } }),
    private_key_jwt: async () => ({
      form: {
        client_id: id,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await assertionOf(trial, client, change),
      },
    }),
  }
  const { form = {}, headers = {} } = await by[authenticates]()
  return { form, headers: { ...headers } }
}

function basic(id: string, secret: string): string {
  const pair = [id, secret].map((one) => encodeURIComponent(one)).join(':')
  return `Basic ${Buffer.from(pair).toString('base64')}`
}

export async function send(trial: Trial, url: string, init: RequestInit): Promise<Answered> {
  const headers = { accept: 'application/json', ...(init.headers as Record<string, string>) }
  const response = await trial.judged.connect()(url, { redirect: 'manual', ...init, headers })
  const body = await response.text()
  return { status: response.status, headers: response.headers, body, json: objectIn(body) }
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** The answer that a browser brought to the client. */
export function leftFor({ client, params }: Errand, arrival: Arrival): Left {
  if (arrival.is === 'stayed') {
    const { url, status, body } = arrival.page
    const title = /<h1[^>]*>([^<]*)/.exec(body)?.[1] ?? ''
    demand(
      false,
      `no answer to the client, but a page at ${new URL(url).pathname}: ${status} ${title}`,
    )
  }
  const redirectUri = params['redirect_uri'] ?? client.redirectUris[0]
  demand(
    arrival.url.href.startsWith(redirectUri),
    `the answer went to ${arrival.url.origin}${arrival.url.pathname}, not to ${redirectUri}`,
  )
  const isPosted = client.responseMode === 'form_post'
  equal(arrival.method, isPosted ? 'POST' : 'GET', 'the method of the answer')
  // Form Post Response Mode, section 5: nothing of the answer stands in the address.
  if (isPosted) equal(arrival.url.search, '', 'the query of an answer that is posted')
  return arrival
}

/** A refusal: an error that goes to the client, or a page that says so, from which nothing leads there. */
export async function checkRefused(
  trial: Trial,
  errand: Errand,
  arrival: Arrival,
  errors: readonly string[],
): Promise<void> {
  if (arrival.is === 'left') {
    const answer = await openedAnswer(trial, errand, leftFor(errand, arrival))
    return checkErrorAnswer(trial, errand, answer, errors)
  }
  const { status } = arrival.page
  demand(status >= 400 && status < 500, `a page of ${status} instead of an error`)
}

export async function codeIn(trial: Trial, errand: Errand, left: Left): Promise<string> {
  const answer = await openedAnswer(trial, errand, left)
  return checkAnswer(trial, errand, answer)
}

/** Two clients of one kind. */
export type Pair = (trial: Trial) => { readonly one: Client; readonly other: Client }

/** The code of a person who is signed in. */
export async function codeOf(trial: Trial, errand: Errand): Promise<string> {
  const arrival = await (await trial.signedIn()).visit(errand.url)
  return codeIn(trial, errand, leftFor(errand, arrival))
}

export type Redeeming = Pick<Call, 'assertion' | 'proof' | 'isAnonymous'> & {
  readonly params?: Params
  readonly as?: Client
  readonly isBearer?: boolean
}

/** POST to the token endpoint with a code, as it is. */
export function redeem(
  trial: Trial,
  { client, params, verifier }: Errand,
  code: string,
  { params: more = {}, as = client, isBearer = false, ...call }: Redeeming = {},
): Promise<Answered> {
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: params['redirect_uri'],
    code_verifier: verifier,
    ...more,
  }
  const url = endpoint(trial, 'token_endpoint')
  const isBound = as.dpopKey !== undefined && !isBearer
  return callAs(trial, as, { url, form, ...(isBound ? { proof: {} } : {}), ...call })
}

/** A code made into tokens, which are checked, and used at /userinfo. */
export async function redeemed(
  trial: Trial,
  errand: Errand,
  code: string,
  how: Redeeming = {},
): Promise<Omit<Flow, 'asked'>> {
  const tokens = checkTokens(trial, errand.client, await redeem(trial, errand, code, how))
  const rawIdToken = String(tokens['id_token'])
  const idToken = await checkIdToken(trial, errand, rawIdToken, tokens)
  const seen = await userinfo(trial, errand.client, tokens.access_token)
  checkUserinfo(seen, idToken)
  return { errand, tokens, idToken, rawIdToken }
}

export type Reading = {
  readonly method?: 'GET' | 'POST'
  readonly proof?: Change
  readonly headers?: Readonly<Record<string, string>>
  readonly scheme?: string
  /** false: without a proof. */
  readonly isProven?: false
  readonly url?: string
  /** The access token in the body, and not in the header (RFC 6750, section 2.2). */
  readonly inBody?: boolean
}

/** /userinfo with an access token, and a proof where it is bound to a key. */
export async function userinfo(
  trial: Trial,
  client: Client,
  token: string,
  reading: Reading = {},
): Promise<Answered> {
  const { method = 'GET', url = endpoint(trial, 'userinfo_endpoint'), inBody = false } = reading
  const body = inBody ? { body: new URLSearchParams({ access_token: token }) } : {}
  const isProven = provesItself(client, reading)
  for (let tries = 1; ; tries++) {
    const proof = isProven ? await readingProof(trial, client, token, { ...reading, url }) : {}
    const bearing = inBody ? {} : { authorization: `${schemeOf(client, reading)} ${token}` }
    const headers = { ...ofReading(reading), ...bearing, ...proof }
    const answered = await send(trial, url, { method, headers, ...body })
    if (!asksForNonce(trial, answered) || tries === mostTries || !isProven) return answered
  }
}

function provesItself({ dpopKey }: Client, reading: Reading): boolean {
  return dpopKey !== undefined && reading.isProven !== false && !('dpop' in ofReading(reading))
}

function ofReading({ headers = {} }: Reading): Readonly<Record<string, string>> {
  return headers
}

function schemeOf({ dpopKey }: Client, { scheme }: Reading): string {
  return scheme ?? (dpopKey === undefined ? 'Bearer' : 'DPoP')
}

async function readingProof(
  trial: Trial,
  { dpopKey }: Client,
  token: string,
  { method = 'GET', url, proof = {} }: Reading & { readonly url: string },
): Promise<{ dpop?: string }> {
  const [htu = url] = url.split('?')
  if (dpopKey === undefined) return {}
  return { dpop: await proofOf(trial, dpopKey, { method, url: htu, token }, proof) }
}

function defined(params: Params): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).filter((pair): pair is [string, string] => pair[1] !== undefined),
  )
}
