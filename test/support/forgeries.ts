import { randomBytes } from 'node:crypto'
import type { Authenticator, Forgery } from './authenticator.ts'
import { issuer } from './broker.ts'

// The changes of an attacker to an honest answer, for passkeys and security keys alike.

export type Attack = readonly [string, Forgery | (() => Forgery)]

const both: readonly Attack[] = [
  ['another origin', { origin: 'http://evil.test' }],
  ['https instead of http', { origin: 'https://accord.localhost' }],
  ['our origin with a port', { origin: 'http://accord.localhost:8080' }],
  ['a sub-domain of ours', { origin: 'http://www.accord.localhost' }],
  ['our origin in capitals', { origin: 'http://ACCORD.localhost' }],
  ['our origin with a slash', { origin: `${issuer}/` }],
  ['another relying party', { rpId: 'evil.test' }],
  ['the parent domain', { rpId: 'localhost' }],
  ['a cross-origin frame', { clientData: { crossOrigin: true } }],
  ['a cross-origin frame with its top', { clientData: { crossOrigin: true, topOrigin: issuer } }],
  ['a top origin alone', { clientData: { topOrigin: 'http://evil.test' } }],
  ['crossOrigin as text', { clientData: { crossOrigin: 'false' } }],
  ['no ceremony', { clientData: { type: undefined } }],
  ['no origin', { clientData: { origin: undefined } }],
  ['an unknown token binding', { clientData: { tokenBinding: { status: 'maybe' } } }],
  ['nobody present', { isPresent: false }],
  ['nobody verified', { isVerified: false }],
  ['backed up though it cannot be', { isBackupEligible: false, isBackedUp: true }],
  ['leftover bytes', { leftover: Buffer.from([0]) }],
  ['id and rawId differ', { rawId: 'AAAA' }],
  ['another credential type', { type: 'password' }],
  ['client data that is not JSON', { clientDataJson: 'no' }],
  ['client data that is a list', { clientDataJson: '[]' }],
  ['no client data', { response: { clientDataJSON: undefined } }],
  ['client data that is a number', { response: { clientDataJSON: 1 } }],
  ['client data that is empty', { response: { clientDataJSON: '' } }],
  ['no id', { credential: { id: undefined } }],
  ['an id that is a number', { credential: { id: 1, rawId: 1 } }],
  ['an empty id', { credential: { id: '', rawId: '' } }],
  ['an id that is no base64url', { id: '***' }],
  ['no type', { credential: { type: undefined } }],
  ['a type that is a number', { credential: { type: 1 } }],
  ['no response', { credential: { response: undefined } }],
  ['a response that is text', { credential: { response: 'x' } }],
  ['a response that is a list', { credential: { response: [] } }],
  ['a ceremony that is a number', { clientData: { type: 1 } }],
  ['an empty ceremony', { clientData: { type: '' } }],
  ['an origin that is a number', { clientData: { origin: 1 } }],
  ['an empty origin', { clientData: { origin: '' } }],
  ['a token binding that is text', { clientData: { tokenBinding: 'present' } }],
  ['a token binding without a status', { clientData: { tokenBinding: {} } }],
]

/** @param others somebody else's key, when it is there */
export function forgeriesOf(others: () => Authenticator) {
  const ofUse: readonly Attack[] = [
    ...both,
    ['the other ceremony', { ceremony: 'webauthn.create' }],
    ['a wrong signature', { signature: randomBytes(70) }],
    ['an empty signature', { signature: Buffer.alloc(0) }],
    ['a signature of zeros', { signature: Buffer.from('3006020100020100', 'hex') }],
    ['an unknown credential', { id: randomBytes(32).toString('base64url') }],
    ['a credential of 1,024 bytes', { id: randomBytes(1024).toString('base64url') }],
    ['the credential of someone else', () => ({ id: others().credentialId.toString('base64url') })],
    ['the user handle of someone else', () => ({ userHandle: others().userHandle() })],
    ['an unknown user handle', { userHandle: randomBytes(32).toString('base64url') }],
    ['no user handle', { userHandle: null }],
    ['a user handle that is a list', { response: { userHandle: ['a'] } }],
    ['suddenly eligible for backup', { isBackupEligible: true }],
    ['authenticator data that is too short', { response: { authenticatorData: 'AAAA' } }],
    ['authenticator data that is no base64url', { response: { authenticatorData: '*' } }],
    ['a signature that is a number', { response: { signature: 1 } }],
    ['no authenticator data', { response: { authenticatorData: undefined } }],
    ['authenticator data that is a number', { response: { authenticatorData: 1 } }],
    ['empty authenticator data', { response: { authenticatorData: '' } }],
    ['no signature', { response: { signature: undefined } }],
    ['a signature that is no base64url', { response: { signature: '***' } }],
    ['a user handle that is a number', { response: { userHandle: 1 } }],
  ]

  const ofCreation: readonly Attack[] = [
    ...both,
    ['the id of another key', () => ({ id: others().credentialId.toString('base64url') })],
    ['the other ceremony', { ceremony: 'webauthn.get' }],
    ['an algorithm that was not offered', { algorithm: -36 }],
    ['an algorithm that is none', { algorithm: 0 }],
    ['a key on a curve that was not offered', { cose: [[-1, 2]] }],
    ['a key of a kind that was not offered', { cose: [[1, 4]] }],
    ['a key without its point', { cose: [[-2, 1]] }],
    ['a key whose point is not on its curve', { cose: [[-2, new Uint8Array(32)]] }],
    ['no key though the flag says so', { withoutKey: true }],
    ['an unknown format', { format: 'trust-me' }],
    ['a statement with format none', { statement: new Map([['alg', -7]]) }],
    ['format packed without a statement', { format: 'packed' }],
    [
      'format packed with a bad signature',
      {
        format: 'packed',
        statement: new Map<string, unknown>([
          ['alg', -7],
          ['sig', new Uint8Array(Buffer.from('3006020101020101', 'hex'))],
        ]),
      },
    ],
    ['format fido-u2f without certificate', { format: 'fido-u2f' }],
    ['format tpm', { format: 'tpm' }],
    ['format android-key', { format: 'android-key' }],
    ['format apple', { format: 'apple' }],
    [
      'format packed with a certificate',
      { format: 'packed', statement: new Map<string, unknown>([['x5c', [new Uint8Array(8)]]]) },
    ],
    [
      'format packed with another algorithm than the key’s',
      {
        format: 'packed',
        statement: new Map<string, unknown>([
          ['alg', -257],
          ['sig', new Uint8Array(70)],
        ]),
      },
    ],
    [
      'format packed with a signature that is text',
      {
        format: 'packed',
        statement: new Map<string, unknown>([
          ['alg', -7],
          ['sig', 'x'],
        ]),
      },
    ],
    ['an attestation that is a number', { response: { attestationObject: 1 } }],
    ['an attestation that is a list', { response: { attestationObject: 'gA' } }],
    ['an attestation that is an empty map', { response: { attestationObject: 'oA' } }],
    ['no attestation', { response: { attestationObject: '' } }],
    ['an attestation that is not CBOR', { response: { attestationObject: '____' } }],
    [
      'an attestation nested without end',
      { response: { attestationObject: Buffer.alloc(20_000, 0x81).toString('base64url') } },
    ],
  ]
  return { ofUse, ofCreation }
}

/** Whether a forgery is malformed: such an answer is refused without being counted or recorded. */
export function isMalformed(name: string): boolean {
  return malformed.has(name)
}

const malformed: ReadonlySet<string> = new Set([
  'id and rawId differ',
  'another credential type',
  'client data that is not JSON',
  'client data that is a list',
  'no client data',
  'client data that is a number',
  'client data that is empty',
  'no id',
  'an id that is a number',
  'an empty id',
  'no type',
  'a type that is a number',
  'no response',
  'a response that is text',
  'a response that is a list',
  'an empty signature',
  'a credential of 1,024 bytes',
  'a signature that is a number',
  'no authenticator data',
  'authenticator data that is a number',
  'empty authenticator data',
  'no signature',
  'an id that is no base64url',
  'authenticator data that is no base64url',
  'a signature that is no base64url',
  'an attestation that is a number',
  'no attestation',
])

/** Values that are no credential at all. */
export const garbage: readonly (readonly [string, string])[] = [
  ['text', 'no JSON'],
  ['null', 'null'],
  ['a number', '1'],
  ['a list', '[]'],
  ['an empty object', '{}'],
  ['a prototype', '{"__proto__":{"id":"AAAA"}}'],
  ['an id that is a list', '{"id":["AAAA"],"rawId":["AAAA"],"type":"public-key","response":{}}'],
  ['an id of nothing', '{"id":"","rawId":"","type":"public-key","response":{}}'],
  ['an id with a NUL', credentialWith('\u0000')],
  ['an id with half a character', credentialWith('\ud800')],
  ['an id that is no base64url', credentialWith('*!')],
  ['no response', '{"id":"AAAA","rawId":"AAAA","type":"public-key"}'],
  ['a response that is a list', '{"id":"AAAA","rawId":"AAAA","type":"public-key","response":[]}'],
  ['a response of null', '{"id":"AAAA","rawId":"AAAA","type":"public-key","response":null}'],
  ['an empty response', '{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{}}'],
  ['lists nested without end', '['.repeat(9000)],
]

export function forgery(attack: Forgery | (() => Forgery)): Forgery {
  return typeof attack === 'function' ? attack() : attack
}

function credentialWith(id: string): string {
  return JSON.stringify({
    id,
    rawId: id,
    type: 'public-key',
    response: { clientDataJSON: '', attestationObject: '', authenticatorData: '', signature: '' },
  })
}
