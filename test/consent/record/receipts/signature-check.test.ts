import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isAssertion, signsAnswer } from '../../../../public/js/verifier.js'
import { isMakingOf } from '../../../../src/consent/record/receipts/key-origin-check.ts'
import {
  assertionFault,
  signatureFault,
} from '../../../../src/consent/record/receipts/signature-check.ts'
import { liftChallenge } from '../../../../src/consent/record/signed-text.ts'
import type { PublicJwk } from '../../../../src/people/accounts/index.ts'
import { keyChallenge } from '../../../../src/people/accounts/index.ts'

// The published vectors hold by both of our checks and by Python; whatever is changed in one, it does not hold.

type Event = Readonly<Record<string, unknown>> & {
  readonly signed: Readonly<Record<string, unknown>>
}
type Vector = {
  readonly alg: string
  readonly says: string
  readonly event: Event
  readonly text: string
}

const folder = join(import.meta.dirname, '../../../../docs/vectors')
const { issuer, vectors } = JSON.parse(
  readFileSync(join(folder, 'signed-answers.json'), 'utf8'),
) as { issuer: string; vectors: readonly Vector[] }

const holds = async (event: Event, site = issuer): Promise<readonly boolean[]> => [
  signatureFault(event, site) === undefined,
  await signsAnswer(event, site).catch(() => false),
]

test.each(vectors)('$alg: $says', async ({ event }) => {
  expect(await holds(event)).toEqual([true, true])
})

describe.each(vectors)('$alg: $says, but', ({ event }) => {
  test.each<[string, Partial<Event>]>([
    [
      'another choice',
      { kind: event['kind'] === 'consent.granted' ? 'consent.refused' : 'consent.granted' },
    ],
    [
      'a category more',
      { categories_granted: [...(event['categories_granted'] as string[]), 'cat_x'] },
    ],
    ['an express act more', { categories_express: ['cat_revenu-net'] }],
    ['a later last day', { valid_until_local: '2027-09-01' }],
    ['another page', { rendered_sha256: createHash('sha256').update('x').digest('hex') }],
    ['another presentation', { presentation_id: 'pre_01JD9ZK3Y8HT2V5E9M4C7A0QPF' }],
    ['another tree', { signed: { ...event.signed, checkpoint: '' } }],
    ['one answer more', { signed: { ...event.signed, others: ['ab'.repeat(32)] } }],
    ['no user verification', { signed: { ...event.signed, ...unverified(event.signed) } }],
    ['another signature', { signed: { ...event.signed, signature: 'MEUCIQ' } }],
    ['no key', { signed: { ...event.signed, jwk: { kty: 'oct', k: 'AAAA' } } }],
    ['another key', { signed: { ...event.signed, jwk: otherKey(event.signed['jwk']) } }],
    ['no signature', { signed: {} }],
  ])('%s', async (_, change) => {
    expect(await holds({ ...event, ...change })).toEqual([false, false])
  })
  test('another site', async () => {
    expect(await holds(event, 'https://accord.test')).toEqual([false, false])
  })
})

describe.each(vectors)(
  '$alg: $says, and it is told what is wrong with',
  ({ event: { signed, ...event } }) => {
    const browser = JSON.parse(
      Buffer.from(String(signed['client_data_json']), 'base64url').toString(),
    ) as object
    const saidBy = (members: object | string) => ({
      client_data_json: Buffer.from(
        typeof members === 'string' ? members : JSON.stringify({ ...browser, ...members }),
      ).toString('base64url'),
    })
    const authenticator = (change: (bytes: Buffer) => Buffer) => ({
      authenticator_data: change(
        Buffer.from(String(signed['authenticator_data']), 'base64url'),
      ).toString('base64url'),
    })
    test.each<[string, string, object]>([
      ['no base64url', 'it has no signature that can be read', { signature: '*' }],
      [
        'a making',
        'its key signed something that is no answer',
        saidBy({ type: 'webauthn.create' }),
      ],
      ['no JSON', 'its key signed something that is no answer', saidBy('no JSON')],
      ['elsewhere', 'its key signed at another site', saidBy({ origin: 'https://accord.test' })],
      ['a frame', 'its key signed in a frame of another site', saidBy({ crossOrigin: true })],
      ['its top', 'its key signed in a frame of another site', saidBy({ topOrigin: issuer })],
      ['another challenge', 'its key signed something else', saidBy({ challenge: 'AAAA' })],
      ['another RP', 'its key signed for another site', authenticator((all) => all.fill(0, 0, 32))],
      [
        'a short one',
        'its key signed for another site',
        authenticator((all) => all.subarray(0, 36)),
      ],
      ['nobody verified', 'its key did not verify who used it', unverified(signed)],
      ['a word more', 'its signature does not hold', saidBy({ more: 'said' })],
      ['no key', 'its signature does not hold', { jwk: null }],
      ['a key of no kind', 'its signature does not hold', { jwk: { kty: 7 } }],
      [
        'a key that is none',
        'its signature does not hold',
        { jwk: { ...(signed['jwk'] as object), crv: 'none', n: '' } },
      ],
    ])('%s: %s', async (_, because, change) => {
      const changed = { ...event, signed: { ...signed, ...change } }
      expect(signatureFault(changed, issuer)).toBe(because)
      expect(await signsAnswer(changed, issuer).catch(() => false)).toBe(false)
    })
  },
)

type KeyVector = {
  readonly alg: string
  readonly says: string
  readonly new_key?: PublicJwk
  readonly lifts?: string
  readonly signed: Readonly<Record<string, unknown>>
  readonly text: string
}
const ofKeys = (
  JSON.parse(readFileSync(join(folder, 'signed-keys.json'), 'utf8')) as {
    vectors: readonly KeyVector[]
  }
).vectors

describe.each(ofKeys)('$alg: $says', ({ new_key, lifts = '', signed, text }) => {
  const expected =
    new_key === undefined ? liftChallenge(issuer, lifts) : keyChallenge(issuer, new_key)
  const both = async (given: typeof signed, challenge: Buffer, site = issuer) => [
    assertionFault(given, challenge, site) === undefined,
    await isAssertion(given, challenge, site).catch(() => false),
  ]

  test('holds, by the text that is described', async () => {
    expect(createHash('sha256').update(text).digest()).toEqual(expected)
    expect(await both(signed, expected)).toEqual([true, true])
  })

  test('and by nothing else', async () => {
    expect(await both(signed, Buffer.alloc(32))).toEqual([false, false])
    expect(await both(signed, expected, 'https://accord.test')).toEqual([false, false])
    for (const change of [
      unverified(signed),
      { signature: 'MEUCIQ' },
      { jwk: otherKey(signed['jwk']) },
    ])
      expect(await both({ ...signed, ...change }, expected)).toEqual([false, false])
  })
})

const judge = join(import.meta.dirname, '../judge-answers.py')

test('Python, which shares nothing with us, finds the same challenge and the same signature', () => {
  const files = [
    ['signed-answers.json', vectors.length],
    ['signed-keys.json', ofKeys.length],
  ] as const
  for (const [name, count] of files) {
    const said = execFileSync('python3', [judge, join(folder, name)]).toString()
    expect(said.trim().split('\n')).toEqual(Array.from({ length: count }, () => 'holds'))
  }
})

test('Python refuses each of them once a word, a key or a byte of the signature is changed', () => {
  const changed = [
    ...vectors.flatMap(({ event }) => [
      { event: { ...event, valid_until_local: '2027-09-01' } },
      { event: { ...event, signed: { ...event.signed, ...flipped(event.signed) } } },
      { event: { ...event, signed: { ...event.signed, ...unverified(event.signed) } } },
    ]),
    ...ofKeys.flatMap((vector) => [
      vector.lifts === undefined
        ? { ...vector, new_key: otherKey(vector.new_key) }
        : { ...vector, lifts: 'evt_01JD9ZK3Y8HT2V5E9M4C7A0QPF' },
      { ...vector, signed: { ...vector.signed, ...flipped(vector.signed) } },
    ]),
  ]
  const dir = mkdtempSync(join(tmpdir(), 'vectors-'))
  const file = join(dir, 'changed.json')
  writeFileSync(file, JSON.stringify({ issuer, vectors: changed }))
  const said = execFileSync('python3', [judge, file]).toString().trim().split('\n')
  rmSync(dir, { recursive: true })
  expect(said).toHaveLength(changed.length)
  for (const line of said) expect(line).toMatch(/^refused: (?:challenge|signature|authenticator)$/)
})

/** A signature with its last byte changed. */
function flipped(signed: Event['signed']) {
  const bytes = Buffer.from(String(signed['signature']), 'base64url')
  bytes.writeUInt8((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1)
  return { signature: bytes.toString('base64url') }
}

test('the event of a key is of this key, of its making, and older than the answer', () => {
  const [{ event }] = vectors as [Vector]
  const answer = { ...event, recorded_at: '2026-11-28T10:00:00.000Z' }
  const { jwk } = event.signed
  const making = {
    kind: 'access.opened',
    recorded_at: '2026-11-27T10:00:00.000Z',
    person_seq: 1,
    factors: [{ factor: 'passkey', jwk }],
  }
  expect(isMakingOf(making, jwk, answer)).toBe(true)
  for (const wrong of [
    { kind: 'access.factor-removed' },
    { recorded_at: '2026-11-28T10:00:00.000Z' },
    { person_seq: 2 },
    { factors: [{ factor: 'passkey', jwk: otherKey(jwk) }] },
    { factors: [{ factor: 'security-key', jwk }] },
    { factors: [{ factor: 'password' }] },
    { factors: undefined },
  ])
    expect(isMakingOf({ ...making, ...wrong }, jwk, answer)).toBe(false)
})

function unverified({ authenticator_data: data }: Readonly<Record<string, unknown>>) {
  const bytes = Buffer.from(String(data), 'base64url')
  bytes[32] = 1
  return { authenticator_data: bytes.toString('base64url') }
}

function otherKey(jwk: unknown): object {
  const { kty } = jwk as { kty: string }
  const other = vectors.find(({ event }) => {
    const found = event.signed['jwk'] as { kty: string }
    return found.kty === kty && JSON.stringify(found) !== JSON.stringify(jwk)
  })
  return (other?.event.signed['jwk'] as object | undefined) ?? { ...(jwk as object), kty: 'EC' }
}
