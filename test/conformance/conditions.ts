import * as jose from 'jose'
import type { Left } from './agent.ts'
import type { Client } from './clients.ts'
import type { Answered, Errand, Tokens, Trial } from './judging.ts'
import { demand, equal } from './judging.ts'
import { seconds, sha256 } from './tokens.ts'

// The conditions that hold after each flow, whatever its module is about.

// RFC 6749, appendix A: what an error and its description may be made of.
const errorText = /^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/
// RFC 6749, appendix A.12.
const tokenText = /^[\x20-\x7E]+$/
const longestSubject = 255
const skewSeconds = 60

/** The parameters of an answer, out of the signed object if the client gets it so (JARM, section 2.4). */
export async function openedAnswer(
  trial: Trial,
  { client }: Errand,
  { params }: Left,
): Promise<URLSearchParams> {
  if (client.responseMode !== 'jwt') return params
  equal([...params.keys()].join(' '), 'response', 'the parameters of a signed answer')
  const { payload, protectedHeader } = await verified(trial, client, params.get('response') ?? '')
  equal(protectedHeader.alg, client.idTokenAlg, 'alg of the signed answer')
  demand(typeof payload.exp === 'number', 'the signed answer has no exp')
  demand(payload.exp - seconds() <= 600, 'the signed answer is good for more than ten minutes')
  const inside = Object.entries(payload).filter(([name]) => !['aud', 'exp', 'iat'].includes(name))
  return new URLSearchParams(inside.map(([name, value]): [string, string] => [name, String(value)]))
}

/** @returns the code of an answer that is a success (RFC 6749, section 4.1.2; RFC 9207) */
export function checkAnswer(_trial: Trial, { params }: Errand, answer: URLSearchParams): string {
  demand(
    !answer.has('error'),
    `the answer is ${answer.get('error')}: ${answer.get('error_description')}`,
  )
  requireOnce(answer)
  checkSender(_trial, params, answer)
  const code = answer.get('code')
  demand(code !== null && tokenText.test(code), 'the answer has no code')
  demand(!answer.has('access_token') && !answer.has('id_token'), 'the answer has a token in it')
  return code
}

/** An answer that is an error (RFC 6749, section 4.1.2.1), and one of these. */
export function checkErrorAnswer(
  trial: Trial,
  { params }: Errand,
  answer: URLSearchParams,
  expected: readonly string[],
): void {
  requireOnce(answer)
  checkSender(trial, params, answer)
  demand(!answer.has('code'), 'an answer with an error has a code')
  demand(
    expected.includes(answer.get('error') ?? ''),
    `the error is ${answer.get('error')}, not ${expected.join(' or ')}`,
  )
  checkErrorWords(Object.fromEntries(answer))
  const known = ['error', 'error_description', 'error_uri', 'state', 'iss', 'scope']
  const other = [...answer.keys()].filter((name) => !known.includes(name))
  if (other.length > 0) trial.warn(`the answer has ${other.join(', ')} besides`)
}

function requireOnce(answer: URLSearchParams): void {
  const names = [...answer.keys()]
  equal(new Set(names).size, names.length, 'the number of parameters, each counted once,')
}

function checkSender({ judged }: Trial, params: Errand['params'], answer: URLSearchParams): void {
  equal(answer.get('iss'), judged.issuer, 'iss of the answer')
  equal(answer.get('state'), params['state'] ?? null, 'state of the answer')
}

export function checkPushed(
  _trial: Trial,
  answered: Answered,
): { readonly requestUri: string; readonly expiresIn: number } {
  const { status, json } = answered
  equal(status, 201, `the status of a pushed request (${short(answered)})`)
  checkNoStore(answered)
  const { request_uri: requestUri, expires_in: expiresIn } = json ?? {}
  demand(typeof requestUri === 'string' && /^urn:|^https:/.test(requestUri), 'no request_uri')
  demand(Number.isInteger(expiresIn) && Number(expiresIn) > 0, 'expires_in is no positive number')
  // FAPI 2.0 Security Profile, 5.3.2.2: less than 600 seconds.
  demand(Number(expiresIn) < 600, `a pushed request lives for ${String(expiresIn)} s`)
  return { requestUri, expiresIn: Number(expiresIn) }
}

/** RFC 6749, section 5.1; OpenID Connect Core, section 3.1.3.3. */
export function checkTokens(_trial: Trial, { dpopKey }: Client, answered: Answered): Tokens {
  const { status, headers, json } = answered
  equal(status, 200, `the status of the token endpoint (${short(answered)})`)
  demand(json !== undefined, 'the answer of the token endpoint is no JSON object')
  demand(/^application\/json\b/.test(headers.get('content-type') ?? ''), 'content-type is not JSON')
  checkNoStore(answered)
  const { access_token: token, token_type: type, expires_in: expiresIn } = json
  demand(typeof token === 'string' && tokenText.test(token), 'no access_token')
  equal(String(type).toLowerCase(), dpopKey === undefined ? 'bearer' : 'dpop', 'token_type')
  demand(Number.isInteger(expiresIn) && Number(expiresIn) > 0, 'expires_in is no positive number')
  demand(typeof json['id_token'] === 'string', 'no id_token')
  return { ...json, access_token: token }
}

/** OpenID Connect Core, sections 2 and 3.1.3.7; FAPI 2.0 Security Profile, 5.4. */
export async function checkIdToken(
  trial: Trial,
  { client, params }: Errand,
  token: string,
  tokens: Tokens,
): Promise<jose.JWTPayload> {
  const { payload, protectedHeader } = await verified(trial, client, token)
  equal(protectedHeader.alg, client.idTokenAlg, 'alg of the ID token')
  const { iss, aud, exp, iat, sub, nonce, azp, auth_time: authTime, at_hash: hash, acr } = payload
  equal(iss, trial.judged.issuer, 'iss of the ID token')
  const audience = [aud ?? []].flat()
  demand(audience.includes(client.id), 'aud of the ID token has no client')
  demand(audience.length === 1 || azp !== undefined, 'an ID token of several audiences has no azp')
  if (azp !== undefined) equal(azp, client.id, 'azp of the ID token')
  demand(isAround(iat), 'iat of the ID token is not now')
  demand(Number.isInteger(exp) && Number(exp) > seconds(), 'exp of the ID token is not ahead')
  demand(Number(exp) - Number(iat) <= 3600, 'the ID token lives for more than an hour')
  demand(
    typeof sub === 'string' && /^[\x21-\x7E]+$/.test(sub) && sub.length <= longestSubject,
    'sub',
  )
  equal(nonce, params['nonce'], 'nonce of the ID token')
  if (authTime !== undefined)
    demand(Number.isInteger(authTime) && Number(authTime) <= seconds() + skewSeconds, 'auth_time')
  if (acr !== undefined) demand(typeof acr === 'string', 'acr is no text')
  if (hash !== undefined) {
    const half = Buffer.from(sha256(tokens.access_token), 'base64url').subarray(0, 16)
    equal(hash, half.toString('base64url'), 'at_hash')
  }
  return payload
}

function isAround(at: unknown): boolean {
  return Number.isInteger(at) && Math.abs(Number(at) - seconds()) <= skewSeconds
}

/** A token of the provider for a client, whose key is named and published. */
export async function verified(
  { judged, published }: Trial,
  client: Client,
  token: string,
): Promise<jose.JWTVerifyResult> {
  const { kid, alg } = jose.decodeProtectedHeader(token)
  demand(alg !== undefined && alg !== 'none' && !alg.startsWith('HS'), `signed by ${alg}`)
  const keys = (published['keys'] ?? []) as readonly jose.JWK[]
  const named = keys.filter((key) => key.kid === kid)
  demand(kid !== undefined && named.length === 1, 'kid names no one key of jwks_uri')
  const set = jose.createLocalJWKSet({ keys: [...keys] })
  return jose.jwtVerify(token, set, { issuer: judged.issuer, audience: client.id })
}

export function checkUserinfo(
  answered: Answered,
  idToken: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { status, headers, json } = answered
  equal(status, 200, `the status of userinfo (${short(answered)})`)
  demand(json !== undefined, 'userinfo is no JSON object')
  demand(/^application\/json\b/.test(headers.get('content-type') ?? ''), 'content-type is not JSON')
  equal(json['sub'], idToken['sub'], 'sub of userinfo')
  return json
}

/** An error of an endpoint for programs (RFC 6749, section 5.2). */
export function checkError(
  trial: Trial,
  answered: Answered,
  statuses: readonly number[],
  expected: readonly string[],
): void {
  const { status, headers, json } = answered
  demand(
    statuses.includes(status),
    `the status is ${status}, not ${statuses.join(' or ')} (${short(answered)})`,
  )
  demand(json !== undefined, 'an error is no JSON object')
  demand(/^application\/json\b/.test(headers.get('content-type') ?? ''), 'content-type is not JSON')
  checkNoStore(answered)
  demand(
    expected.includes(String(json['error'])),
    `the error is ${String(json['error'])}, not ${expected.join(' or ')}`,
  )
  checkErrorWords(json)
  const known = ['error', 'error_description', 'error_uri', 'scope', 'state', 'iss']
  const other = Object.keys(json).filter((name) => !known.includes(name))
  if (other.length > 0) trial.warn(`an error has ${other.join(', ')} besides`)
}

function checkErrorWords(error: Readonly<Record<string, unknown>>): void {
  for (const name of ['error', 'error_description'])
    if (error[name] !== undefined)
      demand(errorText.test(textOf(error[name])), `${name} has characters that it may not have`)
  if (error['error_uri'] === undefined) return
  const uri = textOf(error['error_uri'])
  demand(URL.canParse(uri) && !/["\\ ]/.test(uri), 'error_uri')
}

function checkNoStore({ headers }: Answered): void {
  const kept = headers.get('cache-control') ?? ''
  demand(/\bno-store\b/.test(kept), `cache-control is ${JSON.stringify(kept)}, without no-store`)
}

/** What went wrong in a word or two; never a token. */
export function short({ status, json }: Answered): string {
  const { error, error_description: says } = json ?? {}
  return [status, error, says]
    .map(textOf)
    .filter((part) => part !== '')
    .join(' ')
}

/** A text or a number as it is; nothing for what is neither. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
