import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { writeId } from '../../../src/base/values/ids.ts'
import { canonical } from '../../../src/ledger/chain/canonical.ts'
import type { JsonValue } from '../../../src/ledger/chain/canonical.ts'
import type { NewEvent } from '../../../src/ledger/chain/event.ts'
import { leafHash } from '../../../src/base/tlog/merkle.ts'
import { commitmentTo, payloadText } from '../../../src/ledger/chain/event.ts'
import { logEntry } from '../../../src/ledger/chain/log-entry.ts'
import { seeded, seededBytes } from '../../support/property.ts'

const personId = '4bd9bd9c-6f1e-4d0e-8c0e-1f1f3c2a9d11'
const standing = {
  eventId: '0193c0de-0000-7000-8000-0123456789ab',
  kind: 'consent.revoked',
  personSeq: 7,
  previous: Buffer.alloc(32, 0xde),
  recordedAt: new Date('2026-11-24T15:04:05.120Z'),
} as const
const event: NewEvent = {
  kind: 'consent.revoked',
  actor: { type: 'person', acr: 'urn:accord:aal:2' },
  fields: { revoked_at: '2026-11-24T15:04:05.120Z' },
}

test('the worked example: text, commitment, log entry and leaf', () => {
  const example = JSON.parse(
    readFileSync(join(import.meta.dirname, 'vectors/own-leaf-example.json'), 'utf8'),
  ) as Record<string, string> & { event: JsonValue }
  const text = canonical(example.event)
  const commitment = commitmentTo(Buffer.from(example['salt_hex'] ?? '', 'hex'), text)
  const entry = logEntry(commitment)

  expect(text).toBe(example['jcs'])
  expect(commitment.toString('hex')).toBe(example['commitment_hex'])
  expect(entry.toString('hex')).toBe(example['entry_hex'])
  expect(leafHash(entry).toString('hex')).toBe(example['leaf_hash_hex'])
})

test('a payload is tied to its row and to the event before it', () => {
  expect(JSON.parse(payloadText(event, standing, [personId]))).toEqual({
    v: 1,
    kind: 'consent.revoked',
    event_id: writeId('evt', standing.eventId),
    person_seq: 7,
    prev_commitment: Buffer.alloc(32, 0xde).toString('base64'),
    recorded_at: '2026-11-24T15:04:05.120Z',
    actor: { type: 'person', acr: 'urn:accord:aal:2' },
    revoked_at: '2026-11-24T15:04:05.120Z',
  })
})

test('the first event is tied to no event before it', () => {
  const first = payloadText(event, { ...standing, previous: null }, [personId])

  expect(first).toContain('"prev_commitment":null')
})

test('an actor has exactly its named members', () => {
  const holder = { type: 'organisation', organisation: 'org_a', secret: 'x' } as const

  expect(payloadText({ ...event, actor: holder }, standing, [personId])).toContain(
    '"actor":{"organisation":"org_a","type":"organisation"}',
  )
})

test.each(['v', 'kind', 'event_id', 'person_seq', 'prev_commitment', 'recorded_at', 'actor'])(
  'an event may not set %s itself',
  (name) => {
    const setting = { ...event, fields: { [name]: 1 } }

    expect(() => payloadText(setting, standing, [personId])).toThrow(`may not set ${name}`)
  },
)

test.each<[string, JsonValue]>([
  ['as a value', personId],
  ['in a text', `person ${personId}!`],
  ['in capitals', personId.toUpperCase()],
  ['without hyphens', personId.replaceAll('-', '')],
  ['as an id of another kind', writeId('con', personId)],
  ['deep inside', [{ a: [{ b: personId }] }]],
  ['as a name', { [personId]: 1 }],
])('an event that shows the internal id of its person is refused: %s', (_, value) => {
  const showing = { ...event, fields: { note: value } }

  expect(() => payloadText(showing, standing, [personId])).toThrow('shows the person')
})

test('an event whose actor or id shows the internal id is refused', () => {
  const actor = { type: 'person', acr: personId } as const

  expect(() => payloadText({ ...event, actor }, standing, [personId])).toThrow('shows the person')
  expect(() => payloadText(event, { ...standing, eventId: personId }, [personId])).toThrow(
    'shows the person',
  )
})

test('a commitment depends on every bit of salt and text', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      fc.pre(one !== other)
      const salt = seededBytes('salt')

      expect(commitmentTo(salt, one)).toHaveLength(32)
      expect(commitmentTo(salt, one).equals(commitmentTo(salt, one))).toBe(true)
      expect(commitmentTo(salt, one).equals(commitmentTo(salt, other))).toBe(false)
      expect(commitmentTo(salt, one).equals(commitmentTo(seededBytes('other'), one))).toBe(false)
    }),
    seeded(),
  )
})
