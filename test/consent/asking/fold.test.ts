import { describe, expect, test } from 'vitest'
import type { AskingTeller } from '../../../src/consent/asking/fold.ts'
import { askingTeller } from '../../../src/consent/asking/fold.ts'
import { itemHashIn } from '../../../src/consent/asking/page-event.ts'
import type { EventKind, Payload } from '../../../src/ledger/chain/index.ts'
import type { StoredRow } from '../../../src/ledger/fold/index.ts'
import { compare, InvalidEvent, UnknownReference } from '../../../src/ledger/fold/index.ts'
import { newUuid, writeId } from '../../../src/base/values/ids.ts'
import type { Register } from '../../../src/registry/index.ts'

// The rows of questions, told by events, and what an erasure takes of them.

const asked = new Date('2026-03-01T12:00:00.000Z')
const day = (n: number) => new Date(Date.UTC(2026, 2, n))
const lapsed = new Date('2026-03-31T12:00:00.000Z')
const personId = newUuid(asked)
const [request, consent, other, page, before] = ids(5)
const hash = 'ab'.repeat(32)

const register = {
  agreement: () => ({ no: 1, recipient: 'org_a' }),
  organisation: () => ({ root: 5 }),
  dataset: () => ({ no: 2, ref: 'dst_a@1', categories: ['cat_a', 'cat_b'] }),
  purpose: () => ({ no: 3 }),
  text: (ref: string) => (ref === 'txt_a@1' ? { no: 4 } : undefined),
} as unknown as Register

/** `consent.presented`, of one of two items. */
const now = {
  consent_id: writeId('con', consent),
  request_id: writeId('req', request),
  presentation_id: writeId('pre', page),
  agreement: 'agr_a@1',
  holder: 'org_a',
  recipient: 'org_a',
  purpose: 'pur_a@1',
  dataset: 'dst_a@1',
  text: 'txt_a@1',
  lang: 'fr-CA',
  canonical_sha256: hash,
  rendered_sha256: hash,
  service: 'service-a',
  items: 2,
  item_no: 1,
  expires_at: lapsed.toISOString(),
  categories_required: ['cat_a'],
  categories_optional: [],
  valid_until: '2026-12-01T05:00:00.000Z',
  valid_until_local: '2026-11-30',
  order_of_items: ['cat_a'],
  grant_label: 'Oui',
  refuse_label: 'Non',
  channel: 'web',
  assistance_offered: true,
  assistance_used: false,
}

const requestRow: StoredRow = {
  request_id: request,
  person_id: personId,
  client_id: 'service-a',
  recipient: 5,
  created_at: asked.toISOString(),
  expires_at: lapsed.toISOString(),
}
const itemRow: StoredRow = {
  request_id: request,
  item_no: 1,
  consent_id: consent,
  agreement: 1,
  purpose: 3,
  dataset: 2,
  text: 4,
  categories_required: 1,
  categories_optional: 0,
  valid_until_local: '2026-11-30',
  max_uses: null,
  frequency_count: null,
  frequency_per: null,
  lookback_from: null,
  lookback_to: null,
  narrows: null,
  amends: null,
  state: 'requested',
  asked_at: asked.toISOString(),
}
/** An item that no page has shown. */
const unseen = { ...itemRow, consent_id: other, item_no: 2 }

type Event = readonly [EventKind, Payload]

function told(events: readonly Event[], hasAccount = true): AskingTeller {
  const teller = askingTeller({ personId, register, hasAccount, erased: [] })
  events.forEach(([kind, payload], i) =>
    teller.tell({
      kind,
      payload: { kind, ...payload },
      eventId: newUuid(asked),
      personSeq: i + 1,
      recordedAt: asked,
      delayed: undefined,
    }),
  )
  return teller
}

function ids(count: 5): [string, string, string, string, string]
function ids(count: number): string[] {
  return Array.from({ length: count }, () => newUuid(asked))
}

function differences(teller: AskingTeller, items: readonly StoredRow[]): string[] {
  const held = { consent_request: [requestRow], consent_request_item: items }
  return compare(teller.tables(), new Map(Object.entries(held)))
    .filter(({ table }) => table in held)
    .map(({ table, because }) => `${table}: ${because}`)
}

/** The first showing, or a later one: both say the same of the request. */
const shown = (payload: Payload): Event => {
  const items_sha256 = [payload, secondOf(payload)].map(itemHashIn)
  return ['consent.presented', { items_sha256, ...payload }]
}
const { request_id, presentation_id, agreement, holder, recipient, purpose, dataset } = now
const answer = {
  consent_id: writeId('con', consent),
  request_id,
  presentation_id,
  agreement,
  holder,
  recipient,
  purpose,
  dataset,
  rendered_sha256: hash,
  categories_granted: ['cat_a'],
  valid_until: now.valid_until,
  valid_until_local: now.valid_until_local,
}

test.each<[string, Payload, StoredRow, readonly string[]]>([
  ['fits', now, itemRow, []],
  ['does not fit other limits', now, { ...itemRow, max_uses: 3 }, ['max_uses is not']],
  ['does not fit another purpose', now, { ...itemRow, purpose: 9 }, ['purpose is not']],
])('an event %s', (_, payload, row, because) => {
  expect(differences(told([shown(payload)]), [row])).toEqual(
    because.map((said) => expect.stringContaining(said)),
  )
})

test.each<[string, readonly Payload[], StoredRow, boolean]>([
  ['of two stands unseen', [now], unseen, true],
  [
    'is not among two that were shown',
    [now, secondOf(now)],
    { ...unseen, consent_id: page },
    false,
  ],
  ['unseen is not answered', [now], { ...unseen, state: 'answered' }, false],
  ['is of no other request', [now], { ...unseen, request_id: other }, false],
])('an item %s', (_, payloads, row, stands) => {
  const rows = payloads.length === 1 ? [itemRow, row] : [itemRow, unseen, row]
  expect(differences(told(payloads.map(shown)), rows)).toEqual(
    stands ? [] : ['consent_request_item: no event tells of it'],
  )
})

test('what answers what was never shown, or names an unknown text, cannot be told', () => {
  for (const event of [
    ['consent.granted', { consent_id: writeId('con', consent) }],
    ['consent.refused', { consent_id: writeId('con', consent) }],
    shown({ ...now, text: 'txt_b@1' }),
    shown({ ...now, items: 'two' }),
    shown({ ...now, expires_at: 'later' }),
  ] as const)
    expect(() => told([event])).toThrow(InvalidEvent)
})

test('an answer says no more than its page', () => {
  const page = shown({ ...now, max_uses: 2 })
  const yes = { ...answer, max_uses: 2 }
  const no = { ...yes, categories_granted: [] }
  expect(() => told([page, ['consent.granted', yes]])).not.toThrow()
  expect(() => told([page, ['consent.refused', no]])).not.toThrow()
  for (const [name, value] of [
    ['max_uses', 3],
    ['frequency_limit', { count: 1, per: 'P1D' }],
    ['lookback', { from: '2025-01-01', to: '2025-12-31' }],
    ['purpose', 'pur_b@1'],
    ['recipient', 'org_b'],
    ['rendered_sha256', 'cd'.repeat(32)],
    ['categories_granted', ['cat_a', 'cat_b']],
    ['categories_granted', []],
    ['valid_until', '2026-12-02T05:00:00.000Z'],
    ['valid_until_local', '2026-12-01'],
  ] as const)
    expect(() => told([page, ['consent.granted', { ...yes, [name]: value }]]), name).toThrow(
      new InvalidEvent(`it says more than its page: ${name}`),
    )
  const other = { ...yes, presentation_id: writeId('pre', before) }
  expect(() => told([page, ['consent.granted', other]])).toThrow(UnknownReference)
})

test('a later page that shows other terms than the first is no page of ours', () => {
  const first = shown(now)
  const [kind, same] = first
  const later = { ...same, presentation_id: writeId('pre', before) }
  expect(() => told([first, [kind, later]])).not.toThrow()
  for (const change of [{ max_uses: 9 }, { categories_optional: ['cat_b'] }, { item_no: 3 }])
    expect(() => told([first, [kind, { ...later, ...change }]])).toThrow(InvalidEvent)
})

test('a question was asked when it was first shown', () => {
  const teller = told([shown(now)])
  expect([teller.askedAt(consent), teller.askedAt(other)]).toEqual([asked, undefined])
})

test('her silences may be gone with her account, and only then', () => {
  const silenced: Event = [
    'question.silenced',
    {
      silence_id: writeId('sil', page),
      recipient: 'org_a',
      holder: 'org_a',
      dataset: 'dst_a@1',
      categories: ['cat_b'],
    },
  ]
  const missing = (hasAccount: boolean) =>
    compare(told([silenced], hasAccount).tables(), new Map()).map(({ because }) => because)
  expect([missing(true), missing(false)]).toEqual([['it is missing'], []])
})

describe('an erasure takes', () => {
  const answered: Event = ['consent.refused', answer]
  const beside = shown({ ...now, changes: writeId('con', before) })
  const narrowing = shown({ ...now, narrows: writeId('con', before) })

  type Case = {
    readonly events: readonly Event[]
    readonly of?: string
    readonly until?: Date
    /** What is left of the request, and of its item. */
    readonly left: readonly [boolean, boolean]
  }

  test.each<[string, Case]>([
    ['the question of a consent', { events: [shown(now)], of: consent, left: [true, false] }],
    ['a change of a consent', { events: [beside], of: before, left: [true, false] }],
    ['a narrowing of a consent', { events: [narrowing], of: before, left: [true, false] }],
    ['no other question', { events: [beside], of: other, left: [true, true] }],
    [
      'a question that nobody answered, and its request, once it is over',
      { events: [shown(now)], until: new Date(lapsed.getTime() + 1), left: [false, false] },
    ],
    [
      'none that may still be answered',
      { events: [shown(now)], until: lapsed, left: [true, true] },
    ],
    [
      'none that was answered',
      { events: [shown(now), answered], until: day(99), left: [true, true] },
    ],
    [
      'a request with its last item',
      { events: [shown({ ...now, items: 1 })], of: consent, left: [false, false] },
    ],
  ])('%s', (_, { events, of, until = day(1), left }) => {
    const teller = told(events)
    const consentIds = new Set(of === undefined ? [] : [of])
    expect(teller.pagesBeside(consentIds)).toEqual(
      new Set(events.includes(beside) && of === before ? [page] : []),
    )
    const isAnswered = () => events.includes(answered)
    teller.forget({ consentIds, before: until, isAnswered })
    const [requests, items] = teller.tables().map(({ rows }) => rows.size === 1)
    expect([requests, items]).toEqual(left)
  })
})

function secondOf(payload: Payload): Payload {
  const consent_id = writeId('con', other)
  return { ...payload, consent_id, presentation_id: writeId('pre', other), item_no: 2 }
}
