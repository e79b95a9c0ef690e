import { createPublicKey } from 'node:crypto'
import { decodeCredentialPublicKey } from '@simplewebauthn/server/helpers'
import { attempt } from '../base/values/expected-errors.ts'
import type { FactorEvent, PublicJwk } from '../people/accounts/index.ts'
import type { Passkey } from './store.ts'

// Labels and values of COSE keys (RFC 9052, RFC 9053, RFC 8230).
const label = { kty: 1, crv: -1, x: -2, y: -3, n: -1, e: -2 } as const
const kty = { okp: 1, ec2: 2, rsa: 3 } as const
const crv = { p256: 1, ed25519: 6 } as const

/**
 * A public key as RFC 7517 writes it: whoever checks a signature years later needs no CBOR for that.
 * @throws TypeError for a key of another kind than we ask for at its making
 */
export function publicJwkOf(cose: Buffer): PublicJwk {
  // The library's type knows the labels by names of its own.
  const key = decodeCredentialPublicKey(new Uint8Array(cose)) as unknown as ReadonlyMap<
    number,
    unknown
  >
  const text = (at: number) => textOf(key.get(at))
  switch (`${String(key.get(label.kty))} ${String(key.get(label.crv))}`) {
    case `${kty.ec2} ${crv.p256}`:
      return { kty: 'EC', crv: 'P-256', x: text(label.x), y: text(label.y) }
    case `${kty.okp} ${crv.ed25519}`:
      return { kty: 'OKP', crv: 'Ed25519', x: text(label.x) }
    default:
      if (key.get(label.kty) !== kty.rsa) throw new TypeError('a key of an unknown kind')
      return { kty: 'RSA', n: text(label.n), e: text(label.e) }
  }
}

function textOf(value: unknown): string {
  if (!(value instanceof Uint8Array)) throw new TypeError('a key without its numbers')
  return Buffer.from(value).toString('base64url')
}

/** Whether a signature can ever be checked by this key: where no maker attests it, an authenticator may say anything. */
export function isPublicKey(cose: Buffer): boolean {
  return attempt(
    () => createPublicKey({ key: publicJwkOf(cose), format: 'jwk' }).type === 'public',
    () => false,
  )
}

/** A key as the chain of its person tells it. */
export function toldKey({
  passkeyId: factorId,
  kind: factor,
  publicKey,
  backupEligible,
}: Pick<Passkey, 'passkeyId' | 'kind' | 'publicKey' | 'backupEligible'>): FactorEvent {
  return { factorId, factor, key: { jwk: publicJwkOf(publicKey), backupEligible } }
}
