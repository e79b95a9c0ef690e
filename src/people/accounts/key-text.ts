import { createHash } from 'node:crypto'
import type { PublicJwk } from './account-events.ts'

// What an older key of a person signs of a new one. The page makes the same text (public/js/passkey.js), and so does a stranger from a
// receipt (public/js/verifier.js). Its first line says what it is: neither an answer nor a sign-in begins so.

/** Three lines, each ended. */
export function keyText(issuer: string, jwk: PublicJwk): string {
  return `accord.key.v1\n${issuer}\n${thumbprintOf(jwk)}\n`
}

export function keyChallenge(issuer: string, jwk: PublicJwk): Buffer {
  return createHash('sha256').update(keyText(issuer, jwk)).digest()
}

/** RFC 7638, base64url: of the members that RFC 7517 requires, in the order of their names. */
function thumbprintOf(jwk: PublicJwk): string {
  return createHash('sha256').update(requiredOf(jwk)).digest('base64url')
}

function requiredOf(jwk: PublicJwk): string {
  switch (jwk.kty) {
    case 'EC':
      return JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y })
    case 'OKP':
      return JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x })
    case 'RSA':
      return JSON.stringify({ e: jwk.e, kty: jwk.kty, n: jwk.n })
  }
}
