import { isoCBOR } from '@simplewebauthn/server/helpers'
import { expect, test } from 'vitest'
import { requireNoCertificate } from '../../src/webauthn/credential.ts'

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
