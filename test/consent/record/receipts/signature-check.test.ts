import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import {
  isAssertion,
  isWithinPage,
  linesIn,
  signedText,
  signsAnswer,
} from '../../../../public/js/verifier.js'
import { beyondPage } from '../../../../src/consent/record/beyond-page.ts'
import { isMakingOf } from '../../../../src/consent/record/receipts/key-origin-check.ts'
import {
  assertionFault,
  signatureFault,
  signedTextOf,
} from '../../../../src/consent/record/receipts/signature-check.ts'
import { fixedLines, isAnswerText } from '../../../../src/consent/record/signed-lines.ts'
import { challengeOfHashes, liftChallenge } from '../../../../src/consent/record/signed-text.ts'
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
  /** The event of its page, which the nineteen lines name. */
  readonly page?: Page
  readonly text: string
}
type Page = Readonly<Record<string, unknown>>

const folder = join(import.meta.dirname, '../../../../docs/vectors')
const { issuer, vectors } = JSON.parse(
  readFileSync(join(folder, 'signed-answers.json'), 'utf8'),
) as { issuer: string; vectors: readonly Vector[] }

const holds = async (event: Event, page?: Page, site = issuer): Promise<readonly boolean[]> => [
  signatureFault(event, page, site) === undefined,
  await signsAnswer(event, page, site).catch(() => false),
]

test.each(vectors)('$alg: $says', async ({ event, page, text }) => {
  expect(await holds(event, page)).toEqual([true, true])
  expect(signedTextOf(event, page, issuer)).toEqual({ isKnown: true, text })
  expect(signedText(event, page, issuer)).toBe(text)
  if (page !== undefined)
    expect([beyondPage(event, page), isWithinPage(event, page)]).toEqual([undefined, true])
})

describe.each(vectors)('$alg: $says, but', ({ event, page }) => {
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
    ['a later last day', { valid_until_local: '2027-09-03' }],
    ['another page', { rendered_sha256: createHash('sha256').update('x').digest('hex') }],
    ['another presentation', { presentation_id: 'pre_01JD9ZK3Y8HT2V5E9M4C7A0QPF' }],
    ['another tree', { signed: { ...event.signed, checkpoint: '' } }],
    ['one answer more', { signed: { ...event.signed, others: ['ab'.repeat(32)] } }],
    ['no user verification', { signed: { ...event.signed, ...unverified(event.signed) } }],
    ['another signature', { signed: { ...event.signed, signature: 'MEUCIQ' } }],
    ['no key', { signed: { ...event.signed, jwk: { kty: 'oct', k: 'AAAA' } } }],
    ['another key', { signed: { ...event.signed, jwk: otherKey(event.signed['jwk']) } }],
    ['no signature', { signed: {} }],
    ['a text that is not known here', { signed: { ...event.signed, text: 3 } }],
  ])('%s', async (_, change) => {
    expect(await holds({ ...event, ...change }, page)).toEqual([false, false])
  })
  test('another site', async () => {
    expect(await holds(event, page, 'https://accord.test')).toEqual([false, false])
  })
})

describe.each(vectors)(
  '$alg: $says, and it is told what is wrong with',
  ({ event: { signed, ...event }, page }) => {
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
      expect(signatureFault(changed, page, issuer)).toBe(because)
      expect(await signsAnswer(changed, page, issuer).catch(() => false)).toBe(false)
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
    ...vectors.flatMap(({ event, page }) => [
      { event: { ...event, valid_until_local: '2027-09-03' }, page },
      { event: { ...event, signed: { ...event.signed, ...flipped(event.signed) } }, page },
      { event: { ...event, signed: { ...event.signed, ...unverified(event.signed) } }, page },
    ]),
    ...ofKeys.flatMap((vector) => [
      vector.lifts === undefined
        ? { ...vector, new_key: otherKey(vector.new_key) }
        : { ...vector, lifts: 'evt_01JD9ZK3Y8HT2V5E9M4C7A0QPF' },
      { ...vector, signed: { ...vector.signed, ...flipped(vector.signed) } },
    ]),
  ]
  const said = saidByPython(changed)
  expect(said).toHaveLength(changed.length)
  for (const line of said) expect(line).toMatch(/^refused: (?:challenge|signature|authenticator)$/)
})

const nineteen = vectors.flatMap((vector) =>
  vector.page === undefined ? [] : [{ ...vector, page: vector.page }],
)

test('a character more, less or other in any of the nineteen lines is another text, by all three', async () => {
  const changed = nineteen.flatMap(({ event: { signed }, text }) =>
    text
      .split('\n')
      .slice(0, -1)
      .flatMap((line, n, all) =>
        [`${line}0`, line.slice(0, -1), `${line.slice(0, -1)}${line.endsWith('7') ? 8 : 7}`].map(
          (other) => ({ signed, text: `${all.with(n, other).join('\n')}\n` }),
        ),
      ),
  )
  expect(changed).toHaveLength(nineteen.length * 19 * 3)
  for (const { signed, text } of changed) {
    const own = createHash('sha256').update(text).digest('hex')
    const challenge = challengeOfHashes([own, ...(signed['others'] as string[])])
    expect(assertionFault(signed, challenge, issuer)).toBe('its key signed something else')
    expect(await isAssertion(signed, challenge, issuer)).toBe(false)
  }
  for (const line of saidByPython(changed)) expect(line).toMatch(/^refused: (?:text|challenge)$/)
})

test('what an event or its page says otherwise makes another text, by all three', async () => {
  const wrong: readonly (readonly [Page, Page])[] = [
    [{ holder: 'org_other' }, {}],
    [{ recipient: 'org_other' }, {}],
    [{ agreement: 'agr_2026-001@2' }, {}],
    [{ purpose: 'pur_other@1' }, {}],
    [{ dataset: 'dst_other@1' }, {}],
    [{ max_uses: 7 }, {}],
    [{ frequency_limit: { count: 1000, per: 'P1Y' } }, {}],
    [{ lookback: { from: '1990-01-01', to: '2090-01-01' } }, {}],
    [{ categories_granted: ['cat_other'] }, {}],
    [{ categories_express: ['cat_revenu-net'] }, {}],
    [{}, { text: 'txt_other@1' }],
    [{}, { bodies: ['org_agence-revenu@9', 'org_aide-etudes@2'] }],
    [{}, { category_versions: ['cat_revenu-net@9'] }],
    [{}, { narrows: 'con_01JD9ZK3Y8HT2V5E9M4C7A0QPZ' }],
  ]
  const changed = nineteen.flatMap(({ event, page }) =>
    wrong.flatMap(([ofAnswer, ofPage]) => {
      // A no names no categories: of those its text has none to be of another version.
      if (event['kind'] === 'consent.refused' && 'category_versions' in ofPage) return []
      return [{ event: { ...event, ...ofAnswer }, page: { ...page, ...ofPage } }]
    }),
  )
  for (const { event, page } of changed)
    expect(await holds(event, page), JSON.stringify({ event, page })).toEqual([false, false])
  for (const line of saidByPython(changed)) expect(line).toMatch(/^refused: /)
})

test('a yes that replaces another sharing, or ends after its day, is more than its lines, by all three', async () => {
  const [yes] = nineteen
  const narrowing = nineteen.find(({ page }) => 'narrows' in page)
  if (yes === undefined || narrowing === undefined) throw new Error('a vector is missing')
  const changed = [
    { ...yes, event: { ...yes.event, valid_until: '2027-09-02T05:00:00.001Z' } },
    { ...narrowing, event: { ...narrowing.event, supersedes: null } },
    { ...yes, page: undefined },
  ]
  for (const { event, page } of changed) expect(await holds(event, page)).toEqual([false, false])
  expect(saidByPython(changed)).toEqual(changed.map(() => 'refused: text'))
})

test('a text of a later version is not known here: a mandate, a line more, another order', () => {
  const [{ text, event }] = nineteen as [(typeof nineteen)[0]]
  const all = text.split('\n').slice(0, -1)
  const others = [
    text.replace('for -', 'for man_01JD9ZK3Y8HT2V5E9M4C7A0QPZ'),
    text.replace('accord.answer.v2', 'accord.answer.v3'),
    `${text}more -\n`,
    text.slice(0, -1),
    `${all
      .with(6, all[7] ?? '')
      .with(7, all[6] ?? '')
      .join('\n')}\n`,
    text.replace('about -', 'about'),
    text.replace('categories cat', 'categories  cat'),
  ]
  expect([isAnswerText(text), linesIn(text) !== undefined]).toEqual([true, true])
  for (const other of others)
    expect([isAnswerText(other), linesIn(other)], other).toEqual([false, undefined])
  const { signed } = event
  expect(saidByPython(others.map((one) => ({ signed, text: one })))).toEqual(
    others.map(() => 'refused: text'),
  )
})

test('Python says the lines in words, in both languages', () => {
  const file = join(folder, 'signed-answers.json')
  for (const [language, words] of [
    ['fr', ['Qui peut envoyer: org_agence-revenu@1', 'Combien de fois: uses - frequency 4/P1Y']],
    ['en', ['Who may send: org_agence-revenu@1', 'How often: uses - frequency 4/P1Y']],
  ] as const) {
    const said = execFileSync('python3', [judge, file, language]).toString().split('\n')
    expect(said).toEqual(expect.arrayContaining(words.map((line) => `  ${line}`)))
    expect(said.filter((line) => line.startsWith('  '))).toHaveLength(
      nineteen.length * 19 + (vectors.length - nineteen.length) * 9,
    )
  }
})

test('the page’s script makes the same text from its lines and its form', async () => {
  vi.stubGlobal('document', { querySelector: () => null })
  const { textsOf } = await import('../../../../public/js/answer.js')
  for (const { event, page, text } of nineteen) {
    const at = { issuer, checkpoint: String(event.signed['checkpoint']) }
    const required = page['categories_required'] as string[]
    const sign = {
      lines: fixedLines(page, at),
      versions: page['category_versions'],
      required,
      lastDay: page['valid_until_local'],
    }
    const form = new FormData()
    const express = event['categories_express'] as string[]
    for (const one of express) form.append('express', one)
    for (const one of event['categories_granted'] as string[])
      if (![...required, ...express].includes(one)) form.append('optional', one)
    const [year = '', month = '', day = ''] = String(event['valid_until_local']).split('-')
    if (event['valid_until_local'] !== page['valid_until_local']) {
      form.set('until_year', year)
      form.set('until_month', month)
      form.set('until_day', String(Number(day)))
    }
    expect(
      textsOf(sign, event['kind'] === 'consent.granted' ? 'granted' : 'refused', form),
    ).toEqual([text])
  }
  const [{ event, text }] = vectors as [Vector]
  const sign = {
    head: text.split('\n').slice(0, 4),
    required: event['categories_granted'],
    lastDay: event['valid_until_local'],
    checkpoint: event.signed['checkpoint'],
  }
  expect(textsOf(sign, 'granted', new FormData())).toEqual([text])
})

/** The judge's verdicts of these, a line each. */
function saidByPython(given: readonly object[]): readonly string[] {
  const dir = mkdtempSync(join(tmpdir(), 'vectors-'))
  const file = join(dir, 'changed.json')
  writeFileSync(file, JSON.stringify({ issuer, vectors: given }))
  const said = execFileSync('python3', [judge, file]).toString().trim().split('\n')
  rmSync(dir, { recursive: true })
  return said
}

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
