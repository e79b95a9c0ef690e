import { createHash, randomBytes } from 'node:crypto'
import * as jose from 'jose'
import type { Client, KeyPair } from './clients.ts'
import type { Trial } from './judging.ts'

// What a client signs: assertions of itself, proofs of possession, requests as a whole.

/** What is other than usual in a token; undefined leaves a member out. */
export type Change = {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
  readonly key?: KeyPair
  /** Applied to the signed text. */
  readonly spoil?: (token: string) => string
}

export async function signed(
  key: KeyPair,
  claims: Readonly<Record<string, unknown>>,
  header: Readonly<Record<string, unknown>>,
  { spoil = (token) => token, ...change }: Change,
): Promise<string> {
  const by = change.key ?? key
  const head = defined({ alg: by.alg, ...header, ...change.header }) as jose.JWTHeaderParameters
  const body = defined({ ...claims, ...change.claims })
  if (head.alg === 'none') return spoil(`${encoded(head)}.${encoded(body)}.`)
  return spoil(await new jose.SignJWT(body).setProtectedHeader(head).sign(by.privateKey))
}

/** RFC 7523, section 2.2; its audience is the issuer (FAPI 2.0 Security Profile, 5.3.3). */
export function assertionOf(
  { judged }: Trial,
  client: Client,
  change: Change = {},
): Promise<string> {
  const now = seconds()
  const claims = {
    iss: client.id,
    sub: client.id,
    aud: judged.issuer,
    jti: random(),
    iat: now,
    exp: now + 60,
  }
  return signed(client.key, claims, { kid: client.key.jwk.kid }, change)
}

export type Proven = { readonly method: string; readonly url: string; readonly token?: string }

/** RFC 9449, section 4.2. */
export function proofOf(
  { memory }: Trial,
  key: KeyPair,
  { method, url, token }: Proven,
  change: Change = {},
): Promise<string> {
  const { kid: _, use: _use, alg: _alg, ...jwk } = (change.key ?? key).jwk
  const claims = {
    jti: random(),
    htm: method,
    htu: url,
    iat: seconds(),
    nonce: memory.nonce,
    ath: token === undefined ? undefined : sha256(token),
  }
  return signed(key, claims, { typ: 'dpop+jwt', jwk }, change)
}

/** RFC 9101, section 4, with what FAPI 2.0 Message Signing (5.3.1) demands. */
export function requestObjectOf(
  { judged }: Trial,
  client: Client,
  params: Readonly<Record<string, string>>,
  change: Change = {},
): Promise<string> {
  const now = seconds()
  const claims = { iss: client.id, aud: judged.issuer, nbf: now, exp: now + 300, ...params }
  const header = { typ: 'oauth-authz-req+jwt', kid: client.key.jwk.kid }
  return signed(client.key, claims, header, change)
}

/** The RFC 7638 thumbprint of a key. */
export function thumbprintOf({ jwk }: KeyPair): Promise<string> {
  return jose.calculateJwkThumbprint(jwk)
}

/** The same token with one byte of its signature turned. */
export function withWrongSignature(token: string): string {
  const [head, body, signature = ''] = token.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  bytes[5] = (bytes[5] ?? 0) ^ 0xff
  return [head, body, bytes.toString('base64url')].join('.')
}

export function seconds(): number {
  return Math.floor(Date.now() / 1000)
}

export function random(bytes = 24): string {
  return randomBytes(bytes).toString('base64url')
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function defined(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
