import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  checkKeyRuleLift,
  checkSigningKey,
} from '../../../src/consent/record/receipts/key-origin-check.ts'
import type { ReceiptClaims } from '../../../src/consent/record/index.ts'
import { signatureWords } from '../../../src/consent/record/index.ts'
import { canonical, commitmentTo, logEntry } from '../../../src/ledger/chain/index.ts'
import type { JsonValue } from '../../../src/ledger/chain/index.ts'

// How the key that signed an answer became hers, by the events in the receipt alone: as the command says it, and as her page does.
// The signatures are those of the published vectors.

type Jwk = Readonly<Record<string, string>>
type Signed = Readonly<Record<string, JsonValue>> & { readonly jwk: Jwk }
type Vector = { readonly new_key?: Jwk; readonly lifts?: string; readonly signed: Signed }
const folder = join(import.meta.dirname, '../../../docs/vectors')
const { issuer, vectors } = JSON.parse(readFileSync(join(folder, 'signed-keys.json'), 'utf8')) as {
  issuer: string
  vectors: readonly Vector[]
}
const [endorsement, lifting] = [
  vectors.find(({ new_key }) => new_key !== undefined),
  vectors.find(({ lifts }) => lifts !== undefined),
] as [Vector & { new_key: Jwk }, Vector & { lifts: string }]
const [young, old] = [endorsement.new_key, endorsement.signed.jwk]

const hers = 'iss_sub:hers'
const at = { older: '2026-01-01', key: '2026-02-01', question: '2026-03-01', answer: '2026-04-01' }
type Event = Readonly<Record<string, JsonValue>>

/** An event of her chain in a receipt: the text and the salt that make its entry. */
function shown(event: Event) {
  const [payload, salt] = [canonical(event), Buffer.alloc(32, 9)]
  const entry = logEntry(commitmentTo(salt, payload)).toString('base64')
  return { payload, salt: salt.toString('base64'), entry }
}

function making(jwk: Jwk, recorded_at: string, more: Event = {}): Event {
  const factors = [{ factor: 'passkey', jwk }]
  return { kind: 'access.factor-added', recorded_at, pii_principal_id: hers, factors, ...more }
}
const opening = making(old, at.older, { kind: 'access.opened', person_seq: 1 })
const endorsed = making(young, at.key, { endorsed_by: endorsement.signed })

/** What both say of an answer of hers that this key signed. */
function said(jwk: Jwk, members: object) {
  const event = { kind: 'consent.granted', recorded_at: at.answer, signed: { jwk } }
  const claims = {
    iss: issuer,
    pii_principal_id: hers,
    event: [{ event_kind: 'consent.granted' }],
    ledger: shown(event),
    ...members,
  }
  const command = checkSigningKey(claims, event)
  // The page opens only what this broker sealed: it checks no signature again.
  const page = command.holds ? signatureWords(claims as unknown as ReceiptClaims) : undefined
  return { command: command.holds ? command.says[0] : command.because, page: page?.by }
}

describe('the events tell of a key that', () => {
  test.each<[string, Jwk, object, string, string]>([
    [
      'opened her access',
      old,
      { signing_key: shown(opening) },
      'Her access was opened with this key, at 2026-01-01, by the event beside it.',
      'opened',
    ],
    [
      'was added to it',
      young,
      { signing_key: shown(making(young, at.key)) },
      'This key was added to her access, at 2026-02-01; no older key vouches for it.',
      'added',
    ],
    [
      'came by a recovery',
      young,
      { signing_key: shown(making(young, at.key, { kind: 'access.recovered' })) },
      'A recovery of her access made this key, at 2026-02-01; no older key vouches for it.',
      'recovered',
    ],
    [
      'a session of a recovery added',
      young,
      { signing_key: shown(making(young, at.key, { by_recovered: true })) },
      'A session of a recovery added this key, at 2026-02-01; no older key vouches for it.',
      'recovered',
    ],
    [
      'an older one endorsed that opened her access',
      young,
      { signing_key: shown(endorsed), endorsing_keys: [shown(opening)] },
      'This key was added to her access, at 2026-02-01; an older key vouches for it, and it goes back through 1 of hers to the opening of her access, at 2026-01-01.',
      'traced',
    ],
    [
      'an older one endorsed that was added',
      young,
      { signing_key: shown(endorsed), endorsing_keys: [shown(making(old, at.older))] },
      'This key was added to her access, at 2026-02-01; an older key vouches for it, and it goes back to one that was added, at 2026-01-01.',
      'endorsed',
    ],
    [
      'an older one endorsed that came by a recovery',
      young,
      {
        signing_key: shown(endorsed),
        endorsing_keys: [shown(making(old, at.older, { kind: 'access.recovered' }))],
      },
      'This key was added to her access, at 2026-02-01; an older key vouches for it, and it goes back to one that came by a recovery, at 2026-01-01.',
      'endorsed-recovered',
    ],
    [
      'an older one endorsed of which nothing is shown',
      young,
      { signing_key: shown(endorsed) },
      'This key was added to her access, at 2026-02-01; an older key vouches for it, and how that one became hers is not shown.',
      'endorsed',
    ],
    [
      'nothing is shown of',
      young,
      {},
      'The receipt does not show how this key became hers.',
      'untold',
    ],
    [
      'was told in what was erased',
      young,
      { signing_key_erased: true },
      'The receipt does not show how this key became hers: some of what told it was erased.',
      'erased',
    ],
    [
      'an event tells from before an event said whose it is',
      young,
      { signing_key: shown(withoutName(making(young, at.key))) },
      'The event of its key does not name whose it is.',
      'untold',
    ],
  ])('%s', (_, jwk, members, command, page) => {
    expect(said(jwk, members)).toEqual({ command, page })
  })
})

function withoutName({ pii_principal_id: _name, ...event }: Event): Event {
  return event
}

describe('a receipt is refused with', () => {
  const changed = { ...shown(opening), payload: canonical({ ...opening, recorded_at: at.key }) }
  const otherKey = 'the event of its key is of another key, or comes after what it signed'
  const nine = Array.from({ length: 9 }, () => shown(opening))
  test.each<[string, Jwk, object, string]>([
    [
      'an event that was changed',
      old,
      { signing_key: changed },
      'the event of its key was changed',
    ],
    ['an event without its text', old, { signing_key: {} }, 'the event of its key was changed'],
    [
      'a salt that is none',
      old,
      { signing_key: { ...shown(opening), salt: '*' } },
      'the event of its key was changed',
    ],
    [
      'an older event that was changed',
      young,
      { signing_key: shown(endorsed), endorsing_keys: [changed] },
      'the event of its key was changed',
    ],
    [
      'more keys than a receipt shows',
      young,
      { signing_key: shown(endorsed), endorsing_keys: nine },
      'it shows more keys than a receipt can',
    ],
    ['the event of another key', young, { signing_key: shown(opening) }, otherKey],
    [
      'the event of another person',
      old,
      { signing_key: shown({ ...opening, pii_principal_id: 'iss_sub:another' }) },
      'the event of its key is of somebody else',
    ],
    [
      'an older key that endorsed nothing',
      young,
      { signing_key: shown(making(young, at.key)), endorsing_keys: [shown(opening)] },
      'no key endorsed the one whose event is shown',
    ],
    [
      'an endorsement of another key',
      old,
      { signing_key: shown(making(old, at.key, { endorsed_by: endorsement.signed })) },
      'of the endorsement of its key: its key signed something else',
    ],
    [
      'the event of a key that did not endorse it',
      young,
      { signing_key: shown(endorsed), endorsing_keys: [shown(making(young, at.older))] },
      'the event of the key that endorsed it is of another key',
    ],
    [
      'the event of an older key that is younger',
      young,
      { signing_key: shown(endorsed), endorsing_keys: [shown(making(old, at.question))] },
      'the event of the key that endorsed it is of another key',
    ],
  ])('%s', (_, jwk, members, because) => {
    expect(said(jwk, members).command).toBe(because)
  })
})

describe('an unsigned answer after a lifting', () => {
  const answer = { kind: 'consent.granted', recorded_at: at.answer, signed: null }
  const lifted = {
    kind: 'signature.lifted',
    recorded_at: at.question,
    pii_principal_id: hers,
    lifts: lifting.lifts,
    signed: lifting.signed,
  }
  const key = making(lifting.signed.jwk, at.key)
  const by = (event: Event, more: object = { signing_key: shown(key) }) =>
    checkKeyRuleLift(
      { iss: issuer, pii_principal_id: hers, signature_lifted: shown(event), ...more },
      answer,
    )

  test('says when, and which key signed that', () => {
    expect(by(lifted)).toEqual({
      holds: true,
      says: [
        'She had lifted at 2026-03-01 that a yes of hers needs her key: a passkey signed that.',
        'This key was added to her access, at 2026-02-01; no older key vouches for it.',
      ],
    })
    expect(by({ ...lifted, signed: null, recovered: 'evt_recovery' })).toEqual({
      holds: true,
      says: [
        'She had lifted at 2026-03-01 that a yes of hers needs her key: after a recovery, without a key.',
      ],
    })
    expect(checkKeyRuleLift({ iss: issuer }, answer)).toEqual({ holds: true, says: [] })
  })

  test.each<[string, Event, object | undefined, string]>([
    [
      'one by no key and after no recovery',
      { ...lifted, signed: null },
      undefined,
      'its lifting is by no key, and after no recovery',
    ],
    [
      'another person’s',
      { ...lifted, pii_principal_id: 'iss_sub:another' },
      undefined,
      'the event of a lifting is of something else, or comes later',
    ],
    [
      'a later one',
      { ...lifted, recorded_at: '2026-05-01' },
      undefined,
      'the event of a lifting is of something else, or comes later',
    ],
    [
      'another event',
      opening,
      undefined,
      'the event of a lifting is of something else, or comes later',
    ],
    [
      'one that names what it did not lift',
      { ...lifted, lifts: 'evt_1' },
      undefined,
      'of the lifting: its key signed something else',
    ],
    [
      'one that another key signed than is shown',
      lifted,
      { signing_key: shown(making(young, at.key)) },
      'the event of its key is of another key, or comes after what it signed',
    ],
  ])('is refused with %s', (_, event, more, because) => {
    expect(by(event, more)).toEqual({ holds: false, because })
  })
})

test.each<[string, Event]>([
  ['code', { collected_by: { amr: ['pwd', 'otp'] } }],
  ['key', { collected_by: { amr: ['pwd', 'hwk'] } }],
  ['passkey', { collected_by: { amr: ['pop'] } }],
  ['other', { collected_by: { amr: [] } }],
  ['other', {}],
])('her page says by what an unsigned answer was given: %s', (after, told) => {
  const event = [{ event_kind: 'consent.granted' }]
  const claims = { event, ledger: shown({ signed: null, ...told }) } as unknown as ReceiptClaims
  expect(signatureWords(claims)).toMatchObject({ by: 'nobody', after })
})
