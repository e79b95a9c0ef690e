import { expect, test } from 'vitest'
import type { EventKind, Live, Payload, ToldStanding } from '../../../src/ledger/chain/index.ts'
import { emptyLiveSet, markIn, markOf, withMark } from '../../../src/ledger/chain/index.ts'
import type { ErasedEvent } from '../../../src/ledger/fold/index.ts'
import { compare } from '../../../src/ledger/fold/index.ts'
import { accessTeller } from '../../../src/people/accounts/index.ts'
import { newUuid, writeId } from '../../../src/base/values/ids.ts'

// The list of her ways in was put back as it was, with its own seal: the events of her chain tell which ways may stand.

const now = new Date()
const [first, second, password, other] = [newUuid(now), newUuid(now), newUuid(now), newUuid(now)]
const personId = newUuid(now)
const erasedEvent: ErasedEvent = { kind: 'access.standing', recordedAt: now, personSeq: 1 }
const factor = (id: string) => ({ factor_id: writeId('fac', id), factor: 'passkey' })

const opened = ['access.opened', { factors: [factor(first)] }] as const
const added = ['access.factor-added', { factors: [factor(second)], by_recovered: false }] as const
const removed = [
  'access.factor-removed',
  { factors: [writeId('fac', second)], because: 'removed' },
] as const
const replaced = [
  'access.factor-added',
  { factors: [factor(password)], by_recovered: false, replaces: writeId('fac', other) },
] as const
const recovered = ['access.recovered', { factors: [factor(other)], code: 'own' }] as const

const blocked = ['access.providers-blocked', { issuers: ['https://a.test'], all: false }] as const
const all = ['access.providers-blocked', { issuers: [], all: true }] as const
const lifted = ['access.providers-blocked', { issuers: [], all: false }] as const

type Told = readonly [EventKind, Payload]

test.each<[string, readonly Told[], readonly string[] | null, string | undefined]>([
  ['what came stands', [opened, added], [`key ${first}`, `key ${second}`], undefined],
  ['what is suspended is not listed', [opened, added], [`key ${first}`], undefined],
  ['what went is listed', [opened, added, removed], [`key ${second}`], 'a way in that is gone'],
  ['what was replaced is listed', [recovered, replaced], [`totp ${other}`], 'that is gone'],
  ['what never came is listed', [opened], [`key ${second}`], 'that never came'],
  ['what a recovery made stands', [opened, recovered], [`password ${other}`], undefined],
  ['a text is listed', [opened], ['x'], 'what is no way in'],
  ['an access of before the events has what it has', [added], [`key ${first}`], undefined],
  ['nothing is told of it', [], [`key ${first}`], undefined],
  [
    'what she blocked stands',
    [opened, blocked],
    [`key ${first}`, 'block https://a.test'],
    undefined,
  ],
  ['what she blocked is not listed', [opened, blocked], [`key ${first}`], 'other blocks'],
  [
    'a block that she lifted stands',
    [opened, blocked, lifted],
    ['block https://a.test'],
    'other blocks',
  ],
  ['a block of all is listed for one', [opened, blocked], ['block all'], 'other blocks'],
  ['a block of all stands', [opened, all], ['block all'], undefined],
  ['an event of something else tells nothing', [['consent.presented', {}]], ['x'], undefined],
  ['no list is there', [opened], null, 'it lists nothing'],
  ['a code and an address are no factors', [opened], [`codes ${now.toISOString()}`], undefined],
])('%s', (_what, events, ways, because) => {
  expect(differences(events, { ways })).toEqual(
    because === undefined ? [] : [expect.stringContaining(because)],
  )
})

test.each<[Told, string]>([
  [['access.opened', {}], 'it has no factors'],
  [['access.opened', { factors: [{ factor_id: 7 }] }], 'it names no way in'],
  [['access.factor-removed', { factors: ['usr_x'], because: 'removed' }], 'it names no way in'],
  [['access.providers-blocked', { issuers: 'https://a.test', all: false }], 'it names no bodies'],
])('an event that cannot be told says why: %j', (event, because) => {
  expect(() => differences([opened, event], undefined)).toThrow(because)
})

test('a list that is gone is missed, unless the access is erased', () => {
  expect(differences([opened], undefined)).toEqual(['it is missing'])
  expect(differences([opened], undefined, { hasAccount: false })).toEqual([])
})

test('what was told in a year whose content is erased may stand', () => {
  const erased = [erasedEvent]
  expect(differences([opened], { ways: [`key ${second}`] }, { erased })).toEqual([])
  const gone = differences([opened, removed], { ways: [`key ${second}`] }, { erased })
  expect(gone).toHaveLength(1)
})

const at = new Date('2026-11-24T15:04:11.402Z')
const open = {
  status: 'active',
  suspendedAt: null,
  closedAt: null,
  eraseAt: null,
  use: 'own',
} as const
const work = { ...open, use: 'work' } as const
const suspended = { ...open, suspendedAt: at } satisfies ToldStanding
const closed = { ...open, closedAt: at, eraseAt: at } satisfies ToldStanding
const dead = { ...open, status: 'deceased' } as const
const gone = { ...closed, status: 'erased' } as const
const told = (is: ToldStanding): Told => [
  'access.standing',
  {
    was: 'active',
    status: is.status,
    suspended_at: is.suspendedAt?.toISOString() ?? null,
    closed_at: is.closedAt?.toISOString() ?? null,
    erase_at: is.eraseAt?.toISOString() ?? null,
    by: 'person',
    ...(is.use === 'work' ? { use: 'work' } : {}),
  },
]

test.each<[string, readonly Told[], ToldStanding | undefined, readonly string[]]>([
  ['an access without events is open', [], open, []],
  ['and no other', [], suspended, ['suspended_at is not what was written']],
  ['it is as the last event says', [told(suspended), told(open)], open, []],
  ['a suspension that was lifted by hand', [told(suspended)], open, ['suspended_at']],
  ['a suspension of before', [told(suspended), told(open)], suspended, ['suspended_at']],
  ['a closing that was taken back', [told(closed)], open, ['closed_at', 'erase_at']],
  ['a death that was taken back', [told(dead)], open, ['status']],
  ['an access that was erased', [told(closed), told(gone)], closed, ['no event tells of it']],
  ['an access that is gone', [told(suspended)], undefined, ['it is missing']],
  ['a work access', [told(work)], work, []],
  ['a work access that was made a person’s', [told(work)], open, ['use is not what was written']],
  ['a person’s access that was made a work access', [], work, ['use is not what was written']],
  [
    'a work access that is suspended',
    [told(work), told({ ...work, suspendedAt: at })],
    work,
    ['suspended_at'],
  ],
])('of how an access stands: %s', (_what, events, is, because) => {
  const found = standingDifferences(events, is)
  expect(found).toEqual(because.map((one) => expect.stringContaining(one) as string))
})

test('where the events that told it are erased, the end of her chain says how an access stands', () => {
  const given = { isErased: true, end: withMark(emptyLiveSet, markOf(personId, suspended)) }
  expect(standingDifferences([told(suspended)], suspended, given)).toEqual([])
  expect(standingDifferences([told(suspended)], open, given)).toEqual([
    'it is not as the end of her chain says',
  ])
  const kept = tellerOf([told(suspended)], given).marks?.(emptyLiveSet)
  expect(kept && markIn(kept)).toEqual(markOf(personId, suspended))
  // An end that nobody can believe gets a mark that no row has.
  const unknown = tellerOf([told(suspended)], { isErased: true, end: 'untrusted' })
  const mark = markIn(unknown.marks?.(emptyLiveSet) ?? 'untrusted')
  for (const is of [open, suspended, closed, dead, work])
    expect(mark).not.toEqual(markOf(personId, is))
})

test.each([
  [{ status: 'asleep' }],
  [{ status: 'active', suspended_at: null, closed_at: null, erase_at: null, use: 'both' }],
  [{}],
  [{ status: 'active', closed_at: 'soon' }],
])('an event that tells no standing says why: %j', (payload) => {
  expect(() => tellerOf([['access.standing', payload]])).toThrow(
    /no (standing|status|instant|closed_at|use)|is no instant/,
  )
})

type Given = { readonly isErased?: boolean; readonly end?: Live }

function tellerOf(events: readonly Told[], { isErased = false, end = emptyLiveSet }: Given = {}) {
  const erased = isErased ? [erasedEvent] : []
  const teller = accessTeller({ personId, hasAccount: true, erased, end })
  for (const [i, [kind, payload]] of events.entries()) {
    const event = { kind, eventId: newUuid(now), personSeq: i + 1, recordedAt: now, payload }
    if (!isErased) teller.tell({ ...event, delayed: undefined })
  }
  for (const [kind] of events) teller.tellKind?.(kind)
  return teller
}

function standingDifferences(
  events: readonly Told[],
  is: ToldStanding | undefined,
  given: Given = {},
): string[] {
  const tables = tellerOf(events, given)
    .tables()
    .filter(({ name }) => name === 'accounts')
  const row = is && {
    person_id: personId,
    status: is.status,
    closed_at: is.closedAt?.toISOString() ?? null,
    erase_at: is.eraseAt?.toISOString() ?? null,
    suspended_at: is.suspendedAt?.toISOString() ?? null,
    use: is.use,
  }
  const held = new Map([['accounts', row === undefined ? [] : [row]]])
  return compare(tables, held).map(({ because }) => because)
}

function differences(
  events: readonly Told[],
  row: { readonly ways: readonly string[] | null } | undefined,
  given: { hasAccount?: boolean; erased?: readonly ErasedEvent[]; end?: Live } = {},
): string[] {
  const { hasAccount = true, erased = [], end = emptyLiveSet } = given
  const teller = accessTeller({ personId, hasAccount, erased, end })
  for (const [i, [kind, payload]] of events.entries())
    teller.tell({
      kind,
      eventId: newUuid(now),
      personSeq: i + 1,
      recordedAt: now,
      payload,
      delayed: undefined,
    })
  const rows =
    row === undefined ? [] : [{ person_id: personId, seal: null, ways: row.ways && [...row.ways] }]
  const tables = teller.tables().filter(({ name }) => name === 'ways_in')
  return compare(tables, new Map([['ways_in', rows]])).map(({ because }) => because)
}
