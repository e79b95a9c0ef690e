import { expect, test } from 'vitest'
import type { Account } from '../../../src/consent/disclosures/reconciliation.ts'
import {
  anomaliesOf,
  decisionOutcome,
  marksOf,
} from '../../../src/consent/disclosures/reconciliation.ts'

// What the two bodies say of one permit, side by side.

const decision = { evaluatedAt: new Date('2026-11-24T12:00:00Z') }
const at = (hours: number) => new Date(decision.evaluatedAt.getTime() + hours * 3_600_000)
const sent = {
  status: 'recorded',
  useReturned: null,
  anomaly: false,
  categoriesActual: 0b11n,
  recordCount: 1,
  manifestSha256: null,
} as const
const nil = {
  ...sent,
  status: 'nil',
  useReturned: true,
  categoriesActual: 0n,
  recordCount: 0,
} as const
const got = { categories: 0b11n, recordCount: 1, manifestSha256: null }
const [one, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]

test.each<[string, number, Omit<Account, 'decision'>, string[]]>([
  ['nobody says anything, within the day', 23.9, { disclosure: undefined, received: [] }, []],
  [
    'nobody says anything, a day later',
    24,
    { disclosure: undefined, received: [] },
    ['unconfirmed'],
  ],
  ['received, and the day is not over', 23.9, { disclosure: undefined, received: [got] }, []],
  [
    'received, and a day later not reported',
    24,
    { disclosure: undefined, received: [got] },
    ['not_reported'],
  ],
  [
    'received twice, not reported yet',
    1,
    { disclosure: undefined, received: [got, got] },
    ['received_twice'],
  ],
  ['reported, and nobody mirrors it', 48, { disclosure: sent, received: [] }, []],
  ['both say the same', 48, { disclosure: sent, received: [got] }, []],
  ['no count on one side', 48, { disclosure: sent, received: [{ ...got, recordCount: null }] }, []],
  [
    'other categories',
    1,
    { disclosure: sent, received: [{ ...got, categories: 0b01n }] },
    ['categories_differ'],
  ],
  [
    'more than was sent',
    1,
    { disclosure: sent, received: [{ ...got, categories: 0b111n }] },
    ['categories_differ'],
  ],
  [
    'another count',
    1,
    { disclosure: sent, received: [{ ...got, recordCount: 2 }] },
    ['counts_differ'],
  ],
  [
    'another content',
    1,
    { disclosure: { ...sent, manifestSha256: one }, received: [{ ...got, manifestSha256: other }] },
    ['contents_differ'],
  ],
  [
    'the same content',
    1,
    {
      disclosure: { ...sent, manifestSha256: one },
      received: [{ ...got, manifestSha256: Buffer.from(one) }],
    },
    [],
  ],
  [
    'a manifest of one side',
    1,
    { disclosure: { ...sent, manifestSha256: one }, received: [got] },
    [],
  ],
  [
    'a manifest of the other side',
    1,
    { disclosure: sent, received: [{ ...got, manifestSha256: one }] },
    [],
  ],
  ['nothing sent, something received', 1, { disclosure: nil, received: [got] }, ['nothing_sent']],
  ['nothing sent, and the use came back', 1, { disclosure: nil, received: [] }, []],
  [
    'nothing sent too often',
    1,
    { disclosure: { ...nil, useReturned: false }, received: [] },
    ['nil_too_often'],
  ],
  [
    'sent too late',
    1,
    { disclosure: { ...sent, anomaly: true }, received: [] },
    ['sent_after_permit'],
  ],
  [
    'all of it at once',
    1,
    {
      disclosure: { ...sent, anomaly: true },
      received: [got, { categories: 0b01n, recordCount: 3, manifestSha256: null }],
    },
    ['sent_after_permit', 'categories_differ', 'counts_differ', 'received_twice'],
  ],
])('%s: %d hours after the permit', (_, hours, account, kinds) => {
  expect(anomaliesOf({ decision, ...account }, at(hours))).toEqual(kinds)
})

test.each([
  ['deny', null, 0, 'refused'],
  ['permit', 'nil', 1, 'nothing-sent'],
  ['permit', 'recorded', 1, 'sent'],
  ['permit', 'unconfirmed', 25, 'unconfirmed'],
  ['permit', 'authorised', 25, 'unconfirmed'],
  ['permit', 'authorised', 23, 'allowed'],
] as const)('a %s with the status %s is after %d hours: %s', (outcome, status, hours, expected) => {
  expect(decisionOutcome({ ...decision, outcome, status }, at(hours))).toBe(expected)
})

test('the marks of a line are its lateness, its correction and what contradicts, and not what the line itself says', () => {
  const followed = {
    isLate: true,
    isReceived: true,
    correctedAt: at(3),
    correction: null,
    anomalies: ['unconfirmed', 'counts_differ'],
  } as const
  expect(marksOf(followed)).toEqual(['late', 'corrected', 'counts_differ'])
  expect(marksOf({ ...followed, isLate: false, correctedAt: null })).toEqual(['counts_differ'])
  expect(marksOf(undefined)).toEqual([])
})
