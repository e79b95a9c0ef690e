import { expect, test } from 'vitest'
import type { EventKind, Payload } from '../../../src/ledger/chain/index.ts'
import { compare } from '../../../src/ledger/fold/index.ts'
import { accessTeller } from '../../../src/people/accounts/index.ts'
import { newUuid, writeId } from '../../../src/base/values/ids.ts'

// The list of her ways in was put back as it was, with its own seal: the events of her chain tell which ways may stand.

const now = new Date()
const [first, second, password, other] = [newUuid(now), newUuid(now), newUuid(now), newUuid(now)]
const personId = newUuid(now)
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
  const erasedYears = new Set([2020])
  expect(differences([opened], { ways: [`key ${second}`] }, { erasedYears })).toEqual([])
  const gone = differences([opened, removed], { ways: [`key ${second}`] }, { erasedYears })
  expect(gone).toHaveLength(1)
})

function differences(
  events: readonly Told[],
  row: { readonly ways: readonly string[] | null } | undefined,
  given: { hasAccount?: boolean; erasedYears?: ReadonlySet<number> } = {},
): string[] {
  const { hasAccount = true, erasedYears = new Set<number>() } = given
  const teller = accessTeller({ personId, hasAccount, erasedYears })
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
  const held = new Map([['ways_in', rows]])
  return compare(teller.tables(), held).map(({ because }) => because)
}
