import type { JsonWebKey, KeyObject } from 'node:crypto'
import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  randomBytes,
  randomUUID,
  sign,
} from 'node:crypto'

/** What a service signs: its assertions and its proofs (RFC 7523, RFC 9449). Synchronous, 30 µs each: done before a window. */
export type Signer = {
  readonly clientId: string
  /** The public key of its assertions, for its registration. */
  readonly jwk: JsonWebKey
  assertion(): string
  proof(of: ProofOf): string
  /** Its private keys, for a run that goes on with the same services. */
  kept(): KeptSigner
}

export type KeptSigner = { readonly assertions: JsonWebKey; readonly proofs: JsonWebKey }

export type ProofOf = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly nonce?: string
  readonly token?: string
}

const assertionSeconds = 120

export function makeSigner(issuer: string, clientId: string, kept?: KeptSigner): Signer {
  const [assertions, proofs] = [keyOf(kept?.assertions), keyOf(kept?.proofs)]
  return {
    clientId,
    jwk: { ...assertions.jwk, use: 'sig', alg: 'ES256' },
    assertion() {
      const iat = epochSeconds()
      const exp = iat + assertionSeconds
      const payload = { iss: clientId, sub: clientId, aud: issuer, jti: randomUUID(), iat, exp }
      return jws({ alg: 'ES256' }, payload, assertions.key)
    },
    proof({ method, path, nonce, token }) {
      const payload = {
        jti: randomUUID(),
        htm: method,
        htu: issuer + path,
        iat: epochSeconds(),
        ...(nonce === undefined ? {} : { nonce }),
        ...(token === undefined ? {} : { ath: sha256(token) }),
      }
      return jws({ alg: 'ES256', typ: 'dpop+jwt', jwk: proofs.jwk }, payload, proofs.key)
    },
    kept: () => ({
      assertions: assertions.key.export({ format: 'jwk' }),
      proofs: proofs.key.export({ format: 'jwk' }),
    }),
  }
}

function keyOf(kept: JsonWebKey | undefined): {
  readonly key: KeyObject
  readonly jwk: JsonWebKey
} {
  const key =
    kept === undefined
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
      : createPrivateKey({ key: kept, format: 'jwk' })
  const { d: _, ...jwk } = key.export({ format: 'jwk' })
  return { key, jwk }
}

function jws(header: object, payload: object, key: KeyObject): string {
  const signed = `${encoded(header)}.${encoded(payload)}`
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

function epochSeconds(): number {
  return Math.floor(Date.now() / 1000)
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

export function random(): string {
  return randomBytes(32).toString('base64url')
}
