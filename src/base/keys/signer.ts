import type { KeyObject } from 'node:crypto'
import { constants, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import type { KeyPair, KeyPairs } from './key-pairs.ts'
import { isOfPurpose } from './key-pairs.ts'
import type { KeyPurpose } from '../values/key-purposes.ts'
import type { Keys } from './keys.ts'

// Who signs is behind one port: keys in this process, or a signer in another one that never gives its keys away.

/** The purposes whose key pairs may lie elsewhere. */
export const farPurposes = [
  'id-token',
  'id-token-rsa',
  'upstream',
  'signals',
  'decision',
  'receipt',
] as const satisfies readonly KeyPairs[]
export type FarPurpose = (typeof farPurposes)[number]

export function isFarPurpose(purpose: KeyPurpose): purpose is FarPurpose {
  return (farPurposes as readonly string[]).includes(purpose)
}

export type SigningAlg = 'ES256' | 'PS256' | 'RS256' | 'Ed25519'
/** By which algorithms a key of a purpose signs, and by no other. */
export const algsOf: Readonly<Record<FarPurpose, readonly SigningAlg[]>> = {
  'id-token': ['ES256'],
  'id-token-rsa': ['PS256', 'RS256'],
  upstream: ['ES256'],
  signals: ['RS256'],
  decision: ['ES256'],
  receipt: ['Ed25519'],
}

export type ToSign = {
  readonly purpose: FarPurpose
  /** The key that is meant, by its thumbprint: no other signs in its place. */
  readonly kid: string
  readonly alg: SigningAlg
  readonly bytes: Uint8Array
}
export type SigningPort = {
  /** @returns the signature as JWS has it (RFC 7518, section 3). @throws Unavailable where it cannot be had now */
  sign(asked: ToSign): Promise<Buffer>
  /** @throws Problem signer (503) where nothing would be signed now */
  check(): Promise<void>
}

/** The key pairs of the purposes that may lie elsewhere. */
export type HeldPairs = Readonly<Record<FarPurpose, readonly KeyPair[]>>
/** The members of `Keys` that hold pairs which may lie elsewhere. */
export type PairKeys = Pick<
  Keys,
  'idToken' | 'idTokenRsa' | 'upstream' | 'signals' | 'decision' | 'receipt'
>

export function pairsOf(keys: Partial<PairKeys>): HeldPairs {
  return {
    'id-token': keys.idToken ?? [],
    'id-token-rsa': keys.idTokenRsa ?? [],
    upstream: keys.upstream ?? [],
    signals: keys.signals ?? [],
    decision: keys.decision ?? [],
    receipt: keys.receipt ?? [],
  }
}

/** The same for each purpose. */
export function forEachPurpose<T>(of: (purpose: FarPurpose) => T): Readonly<Record<FarPurpose, T>> {
  return {
    'id-token': of('id-token'),
    'id-token-rsa': of('id-token-rsa'),
    upstream: of('upstream'),
    signals: of('signals'),
    decision: of('decision'),
    receipt: of('receipt'),
  }
}

type RsaAlg = 'PS256' | 'RS256'
const rsaHash = 'sha256'
// JWS wants a salt as long as the digest for PSS.
const rsaForms = {
  PS256: {
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  },
  RS256: { padding: constants.RSA_PKCS1_PADDING },
} as const satisfies Record<RsaAlg, object>

/** Signs by keys in this process. A public half signs nothing, nor does a key of another kind than that of its purpose. */
export function signerOf(pairs: Partial<HeldPairs>): SigningPort {
  const keys = new Map<string, KeyObject>()
  for (const purpose of farPurposes)
    for (const jwk of pairs[purpose] ?? [])
      if (jwk.d !== undefined && isOfPurpose(jwk, purpose))
        keys.set(nameOf(purpose, jwk.kid), createPrivateKey({ key: jwk, format: 'jwk' }))
  return {
    async sign({ purpose, kid, alg, bytes }) {
      const key = keys.get(nameOf(purpose, kid))
      if (key === undefined || !algsOf[purpose].includes(alg))
        throw new Error(`no key of purpose ${purpose} signs by ${alg} under this name`)
      return signBy(key, alg, bytes)
    },
    check: () => Promise.resolve(),
  }
}

function nameOf(purpose: FarPurpose, kid = ''): string {
  return `${purpose} ${kid}`
}

function signBy(key: KeyObject, alg: SigningAlg, bytes: Uint8Array): Buffer | Promise<Buffer> {
  switch (alg) {
    case 'ES256':
      return signEs256(key, bytes)
    // Ed25519 hashes by itself (RFC 8032).
    case 'Ed25519':
      return sign(null, bytes, key)
    case 'PS256':
    case 'RS256':
      return signByRsa(key, alg, bytes)
  }
}

// Off the main thread: an RSA signature takes milliseconds.
function signByRsa(key: KeyObject, alg: RsaAlg, bytes: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign(rsaHash, bytes, { key, ...rsaForms[alg] }, (error, signature) =>
      error === null ? resolve(signature) : reject(error),
    )
  })
}

/** Whether a key has signed these bytes by this algorithm. */
export function isSignature(
  publicKey: KeyObject,
  { alg, bytes }: Pick<ToSign, 'alg' | 'bytes'>,
  signature: Buffer,
): boolean {
  switch (alg) {
    case 'ES256':
      return isEs256(publicKey, bytes, signature)
    case 'Ed25519':
      return verify(null, bytes, publicKey, signature)
    case 'PS256':
    case 'RS256':
      return verify(rsaHash, bytes, { key: publicKey, ...rsaForms[alg] }, signature)
  }
}

/** The public half of a key, also of a private one. */
export function publicKeyOf(jwk: KeyPair): KeyObject {
  return createPublicKey({ key: jwk, format: 'jwk' })
}

// ES256 as JWS has it: r and s side by side, 32 bytes each (RFC 7518, section 3.4). Done at once: a thread of the pool, or WebCrypto,
// costs a signature 45 µs of CPU and a check 74, in the place of 21 and 49.

const hash = 'sha256'
const dsaEncoding = 'ieee-p1363'

export function signEs256(key: KeyObject, bytes: Uint8Array): Buffer {
  return sign(hash, bytes, { key, dsaEncoding })
}

/** Whether a key of the curve P-256 has signed these bytes. */
export function isEs256(publicKey: KeyObject, bytes: Uint8Array, signature: Uint8Array): boolean {
  return verify(hash, bytes, { key: publicKey, dsaEncoding }, signature)
}
