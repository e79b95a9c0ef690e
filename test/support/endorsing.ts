import { createHash } from 'node:crypto'
import { decodeAttestationObject, parseAuthenticatorData } from '@simplewebauthn/server/helpers'
import { publicJwkOf } from '../../src/webauthn/public-jwk.ts'
import type { Authenticator, Forgery } from './authenticator.ts'
import type { Answer, Browser } from './browser.ts'
import { formOf } from './browser.ts'
import { lines, unescaped } from './signing.ts'

// What the script of the page does with which a person adds a key (public/js/passkey.js): an older key signs the name of the new one.

export type Endorsing = {
  /** The older key. */
  readonly by: Authenticator
  /** Of its signature. */
  readonly forgery?: Forgery
  /** What is sent in the place of its signature. */
  readonly instead?: string
}

/** Adds a passkey in « Mon accès ». @returns the answer to the form */
export async function addKey(
  browser: Browser,
  key: Authenticator,
  endorsing?: Endorsing,
): Promise<Answer> {
  const page = await browser.get('/acces/cles/ajout')
  const { action, fields, options } = formOf(page)
  const credential = key.create(options)
  const endorsement =
    endorsing === undefined
      ? ''
      : (endorsing.instead ?? endorsementOf(page, jwkOf(credential), endorsing))
  return browser.post(action, { ...fields, credential, endorsement })
}

/** What an older key signs of a new one. */
export function endorsementOf(
  { body }: Answer,
  jwk: object,
  { by, forgery = {} }: Endorsing,
): string {
  const [, data] = /data-endorsing="([^"]*)"/.exec(body) ?? []
  if (data === undefined) throw new Error('the page offers no endorsement')
  const { issuer, options } = JSON.parse(unescaped(data)) as { issuer: string; options: object }
  const text = lines('accord.key.v1', issuer, thumbprintOf(jwk))
  const challenge = createHash('sha256').update(text).digest('base64url')
  return by.get(JSON.stringify({ ...options, challenge }), forgery)
}

/** RFC 7638, of a key with nothing but what its kind demands. */
export function thumbprintOf(jwk: object): string {
  const members = Object.entries(jwk).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(members)))
    .digest('base64url')
}

/** The public key that an authenticator made. */
export function jwkOf(credential: string): object {
  const { response } = JSON.parse(credential) as { response: { attestationObject: string } }
  const bytes = new Uint8Array(Buffer.from(response.attestationObject, 'base64url'))
  const { credentialPublicKey = new Uint8Array() } = parseAuthenticatorData(
    decodeAttestationObject(bytes).get('authData'),
  )
  return publicJwkOf(Buffer.from(credentialPublicKey))
}
