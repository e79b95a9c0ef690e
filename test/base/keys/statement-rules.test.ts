import { expect, test } from 'vitest'
import { purposesOfKinds } from '../../../src/base/keys/jws.ts'
import { faultOfStatement } from '../../../src/base/keys/statement-rules.ts'
import type { FarPurpose } from '../../../src/base/keys/signer.ts'
import { algsOf, farPurposes } from '../../../src/base/keys/signer.ts'
import { keptSeconds } from '../../../src/consent/signals/retry-schedule.ts'
import { statement } from '../../support/signer.ts'

// What a signer in another process signs of a purpose. That it refuses the rest over its sockets is in test/provider/signer.test.ts.

const iss = 'https://accord.example'
const nowSeconds = Math.floor(Date.now() / 1000)
const [day, year] = [86_400, 366 * 86_400]
type Said = Readonly<Record<string, unknown>>
type Changed = { readonly header?: Said; readonly claims?: Said; readonly alg?: string }

function faultOf(
  purpose: FarPurpose,
  { header = {}, claims = {}, alg = algsOf[purpose][0] ?? '' }: Changed,
) {
  const bytes = statement(purpose, { iss, alg, kid: 'key', header, claims })
  return faultOfBytes(purpose, bytes)
}

function faultOfBytes(purpose: FarPurpose, bytes: Buffer) {
  const asked = { purpose, kid: 'key', alg: algsOf[purpose][0] ?? '', bytes }
  return faultOfStatement(asked, { issuer: iss, nowSeconds })
}

test.each(farPurposes)(
  '%s: what the house says now is signed, and what another says is not',
  (purpose) => {
    expect(faultOf(purpose, {})).toBeUndefined()
    for (const other of ['https://other.example', `${iss}.evil.example`, `${iss}/other`, '', 7])
      if (purpose !== 'upstream')
        expect(faultOf(purpose, { claims: { iss: other } })).toBe('a statement of another house')
    expect(faultOf(purpose, { claims: { iss: undefined } })).toBe('a statement of another house')
    for (const iat of [nowSeconds + 3600, nowSeconds + year, 1e18, -1, 0.5, '0', null])
      expect(faultOf(purpose, { claims: { iat } }), String(iat)).toBe('a statement of another time')
    expect(faultOf(purpose, { claims: { nbf: nowSeconds + 3600 } })).toBe(
      'a statement of another time',
    )
    for (const exp of [nowSeconds + 3600, nowSeconds + 10 * year, 'never', null])
      expect(faultOf(purpose, { claims: { exp } })).toBe('a statement that lives too long')
    expect(faultOf(purpose, { header: { kid: 'other' } })).toBe('this is no statement')
    expect(faultOf(purpose, { header: { alg: 'none' } })).toBe('this is no statement')
    expect(faultOf(purpose, { header: { crit: ['b64'], b64: false } })).toBe('this is no statement')
    for (const typ of ['at+jwt', 'JWT', 'dpop+jwt', 'constructor', '__proto__', 7])
      expect(faultOf(purpose, { header: { typ } })).toBe(
        'no statement of this purpose is of this kind',
      )
  },
)

test.each<[FarPurpose, string, Changed]>([
  ['id-token', 'an answer of authorization, without the instant', { claims: { iat: undefined } }],
  ['id-token-rsa', 'an answer of authorization', { claims: { iat: undefined } }],
  ['id-token', 'a logout token', kind('logout+jwt', { exp: nowSeconds + 120 })],
  ['id-token', 'an introspection', kind('token-introspection+jwt', { exp: undefined })],
  [
    'signals',
    'an event of a day in the time for which it is kept',
    { claims: { iat: nowSeconds - keptSeconds } },
  ],
  [
    'decision',
    'an acknowledgement of a year ago',
    kind('disclosure-ack+jwt', { iat: nowSeconds - year, exp: undefined }),
  ],
  ['decision', 'another one', kind('effect-ack+jwt', { exp: undefined })],
  ['decision', 'metadata', kind('authzen-configuration+jwt', { iat: undefined, exp: undefined })],
  [
    'decision',
    'metadata of a part of the house',
    kind('authzen-configuration+jwt', {
      iss: `${iss}/conformance`,
      iat: undefined,
      exp: undefined,
    }),
  ],
  ['receipt', 'a certificate', kind('erasure-certificate+jwt', { iat: nowSeconds - day })],
  ['receipt', 'a dossier', kind('audit-dossier+jwt', {})],
  ['receipt', 'what officers order', kind('desk-order+jwt', {})],
  [
    'receipt',
    'a digest of an hour',
    kind('audit-digest+jwt', { iat: undefined, until: '2026-01-01T00:00:00.000Z' }),
  ],
])('%s signs %s', (purpose, _what, changed) => {
  expect(faultOf(purpose, changed)).toBeUndefined()
})

test.each<[FarPurpose, string, Changed]>([
  ['id-token', 'an ID token of yesterday', { claims: { iat: nowSeconds - day } }],
  ['id-token', 'one that is over', { claims: { iat: undefined, exp: nowSeconds - day } }],
  ['id-token', 'one without an end', { claims: { exp: undefined } }],
  ['id-token', 'one of six minutes', { claims: { exp: nowSeconds + 361 } }],
  ['id-token', 'a logout token of an hour', kind('logout+jwt', { exp: nowSeconds + 3600 })],
  ['id-token', 'a decision', { header: { typ: 'decision+jwt' } }],
  ['upstream', 'an assertion in the name of the house', { claims: { iss, sub: iss } }],
  ['upstream', 'an assertion of one client about another', { claims: { sub: 'other' } }],
  [
    'signals',
    'an event that no body waits for any more',
    { claims: { iat: nowSeconds - keptSeconds - 2 * day } },
  ],
  [
    'decision',
    'a permit of last hour',
    { claims: { iat: nowSeconds - 3600, exp: nowSeconds - 3540 } },
  ],
  ['decision', 'a permit of a day', { claims: { exp: nowSeconds + day } }],
  ['decision', 'a receipt', { header: { typ: 'consent-receipt+jwt' }, claims: { exp: undefined } }],
  [
    'decision',
    'an acknowledgement of tomorrow',
    kind('disclosure-ack+jwt', { iat: nowSeconds + day, exp: undefined }),
  ],
  ['receipt', 'a receipt of last week', { claims: { iat: nowSeconds - 7 * day } }],
  [
    'receipt',
    'a digest of an hour that comes',
    kind('audit-digest+jwt', { iat: undefined, until: '2999-01-01T00:00:00.000Z' }),
  ],
  ['receipt', 'a digest of no hour', kind('audit-digest+jwt', { iat: undefined })],
])('%s does not sign %s', (purpose, _what, changed) => {
  expect(faultOf(purpose, changed)).toBeTypeOf('string')
})

test.each(Object.entries(purposesOfKinds))('%s is a kind that a signer knows', (typ, purpose) => {
  const strange = 'no statement of this purpose is of this kind'
  expect(faultOf(purpose, { header: { typ } })).not.toBe(strange)
  expect(faultOf(purpose === 'receipt' ? 'decision' : 'receipt', { header: { typ } })).toBe(strange)
})

test('what two readers could read in two ways is no statement', () => {
  const header = part('{"typ":"consent-receipt+jwt","alg":"Ed25519","kid":"key"}')
  const claims = `{"iss":"${iss}","iat":${nowSeconds}}`
  expect(faultOfText(`${header}.${part(claims)}`)).toBeUndefined()
  for (const text of [
    `${header}.${part(`{"iat":${nowSeconds + year},${claims.slice(1)}`)}`,
    `${header}.${part(` ${claims}`)}`,
    `${header}.${part(claims)}=`,
    `${header}.${part(claims)}.`,
    `${header}.${claims}`,
    `${header}.${part('[]')}`,
    `${header}.${part('null')}`,
    `${header}.${part('[['.repeat(50_000))}`,
    header,
    '',
    '.',
    'any bytes at all, as of another protocol',
  ])
    expect(faultOfText(text), text.slice(0, 90)).toBe('this is no statement')
})

function part(text: string): string {
  return Buffer.from(text).toString('base64url')
}

function faultOfText(text: string) {
  return faultOfBytes('receipt', Buffer.from(text))
}

function kind(typ: string, claims: Said): Changed {
  return { header: { typ }, claims }
}
