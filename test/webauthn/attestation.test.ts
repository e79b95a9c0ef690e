import { generateKeyPairSync } from 'node:crypto'
import { isoCBOR } from '@simplewebauthn/server/helpers'
import { expect, test } from 'vitest'
import { requireNoCertificate } from '../../src/webauthn/credential.ts'
import { isPublicKey, publicJwkOf } from '../../src/webauthn/public-jwk.ts'

const authData = new Uint8Array(37)

function attestation(fmt: string, statement: Readonly<Record<string, unknown>>): string {
  const object = new Map<string, unknown>([
    ['fmt', fmt],
    ['attStmt', new Map(Object.entries(statement))],
    ['authData', authData],
  ])
  return Buffer.from(isoCBOR.encode(object as never)).toString('base64url') // its types know no nested maps
}

const sig = new Uint8Array(70)

test.each([
  ['no attestation', 'none', {}],
  ['a key that vouches for itself', 'packed', { alg: -7, sig }],
])('%s is checked', (_, fmt, statement) => {
  expect(() => requireNoCertificate(attestation(fmt, statement))).not.toThrow()
})

// A certificate names the address of its revocation list, and the library would ask it.
test.each([
  ['packed', { alg: -7, sig, x5c: [new Uint8Array(300)] }],
  ['packed', { alg: -7, sig, x5c: [] }],
  ['fido-u2f', { sig, x5c: [new Uint8Array(300)] }],
  ['android-key', { alg: -7, sig, x5c: [new Uint8Array(300)] }],
  ['android-safetynet', { ver: '1', response: new Uint8Array(300) }],
  ['apple', { x5c: [new Uint8Array(300)] }],
  ['tpm', { ver: '2.0', alg: -257, sig, x5c: [new Uint8Array(300)] }],
  ['unknown', {}],
])(
  'an attestation of the form %s with a certificate is refused without parsing it',
  (fmt, statement) => {
    expect(() => requireNoCertificate(attestation(fmt, statement))).toThrow('passkey.refused')
  },
)

type Cose = readonly (readonly [label: number, value: number | string | undefined])[]

function cose(members: Cose): Buffer {
  const written = members.map(([label, value]) => {
    const bytes =
      typeof value === 'string' ? new Uint8Array(Buffer.from(value, 'base64url')) : value
    return [label, bytes ?? 0] as const
  })
  return Buffer.from(isoCBOR.encode(new Map(written)))
}

const { x: point } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })

// RFC 9053, section 7.2; RFC 8230, section 4.
test.each<[string, Cose, object]>([
  [
    'Ed25519',
    [
      [1, 1],
      [3, -8],
      [-1, 6],
      [-2, point],
    ],
    { kty: 'OKP', crv: 'Ed25519', x: point },
  ],
  [
    'RSA',
    [
      [1, 3],
      [3, -257],
      [-1, rsa.n],
      [-2, rsa.e],
    ],
    { kty: 'RSA', n: rsa.n, e: rsa.e },
  ],
])('a key of %s is written as a JWK, and one without its numbers is none', (_, members, jwk) => {
  expect(publicJwkOf(cose(members))).toEqual(jwk)
  expect(isPublicKey(cose(members))).toBe(true)
  expect(isPublicKey(cose(members.slice(0, -1)))).toBe(false)
})
