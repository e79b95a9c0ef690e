import { describe, expect, test } from 'vitest'
import { claimsTeller } from '../../../src/consent/claims/fold.ts'
import { sourceName } from '../../../src/consent/claims/held-claims.ts'
import { purposeHash } from '../../../src/consent/claims/question.ts'
import type { JsonValue } from '../../../src/ledger/chain/index.ts'
import type { ErasedEvent, ToldEvent } from '../../../src/ledger/fold/index.ts'
import { compare, InvalidEvent, notInEvents } from '../../../src/ledger/fold/index.ts'

// What a person said to services, told by her events, also where one does not fit those before it.

const purpose = { fr: 'Vous écrire', en: 'Write to you' }
const at = new Date('2026-11-24T15:00:00.000Z')
const personId = '4f6c1c5e-5b9a-4c59-9d4c-1b6a3e1d2f00'

function event(kind: ToldEvent['kind'], service: string, claims?: JsonValue): ToldEvent {
  const payload = { service, ...(claims === undefined ? {} : { claims }) }
  return { kind, eventId: personId, personSeq: 1, recordedAt: at, payload, delayed: undefined }
}
const answered = (service: string, claim = 'email') =>
  event('claims.answered', service, [{ claim, given: true, optional: true, purpose }])
const ended = (service: string) => event('claims.ended', service, ['email'])

const gone = {
  kind: 'claims.answered',
  recordedAt: new Date('2025-03-01T12:00:00Z'),
  personSeq: 1,
} as const

type Of = { readonly hasAccount?: boolean; readonly erased?: readonly ErasedEvent[] }

function tableOf(events: readonly ToldEvent[], { hasAccount = true, erased = [] }: Of = {}) {
  const teller = claimsTeller({ personId, hasAccount, erased })
  for (const one of events) teller.tell(one)
  return teller.tables()
}
const rowsOf = (events: readonly ToldEvent[], of?: Of) =>
  tableOf(events, of).flatMap(({ rows }) => [...rows.values()])

const missingOf = (of: Of) => compare(tableOf([answered('post')], of), new Map())
const strangeOf = (answered_at: string, erased: readonly ErasedEvent[] = []) => {
  const held = { service_id: 'post', claim: 'email', answered_at }
  return compare(tableOf([], { erased }), new Map([['claim_answer', [held]]]))
}

const row = { person_id: personId, service_id: 'post', claim: 'email', answered_at: at }
const hash = purposeHash(purpose)

describe('her events tell', () => {
  test('what she gave, what she ended, and nothing of a connection that she ended', () => {
    const given = { ...row, is_given: true, purpose_sha256: hash }
    expect(rowsOf([answered('post')])).toEqual([given])
    expect(rowsOf([answered('post'), ended('post')])).toEqual([{ ...given, is_given: false }])
    const both = [answered('post'), answered('post', 'birthdate'), answered('bulletin')]
    const left = rowsOf([...both, event('connection.ended', 'post')])
    expect(left).toEqual([{ ...given, service_id: 'bulletin' }])
  })

  test('an end whose beginning is erased, without the purpose that it was for', () => {
    const end = { ...row, is_given: false, purpose_sha256: notInEvents }
    expect(rowsOf([ended('post')], { erased: [gone] })).toEqual([end])
  })

  test('that a row is missing, unless she closed her access: a year that is erased is before all that is not', () => {
    expect(missingOf({})).toMatchObject([{ table: 'claim_answer', because: 'it is missing' }])
    expect(missingOf({ hasAccount: false })).toEqual([])
    expect(missingOf({ erased: [gone] })).toHaveLength(1)
  })

  test('that no event tells of a row, unless one of its instant is erased', () => {
    const strange = [{ table: 'claim_answer', because: 'no event tells of it' }]
    expect(strangeOf('2025-03-01T12:00:00+00:00')).toMatchObject(strange)
    expect(strangeOf('2025-03-01T12:00:00+00:00', [gone])).toEqual([])
    expect(strangeOf('2025-03-01T12:00:00.001+00:00', [gone])).toMatchObject(strange)
    const other = { ...gone, kind: 'disclosure.recorded' } as const
    expect(strangeOf('2025-03-01T12:00:00+00:00', [other])).toMatchObject(strange)
  })
})

test.each<[string, ToldEvent]>([
  ['it ends what was never given', ended('post')],
  ['it has no claims', event('claims.answered', 'post')],
  ['it has no claims', event('claims.ended', 'post', [7])],
  ['a claim of it is incomplete', event('claims.answered', 'post', [null])],
  ['a claim of it is incomplete', event('claims.answered', 'post', [{ given: true, purpose }])],
  ['a claim of it is incomplete', event('claims.answered', 'post', [{ claim: 'email', purpose }])],
  ['a claim of it is incomplete', event('claims.answered', 'post', [{ claim: 'x', given: true }])],
])('an event cannot be told: %s', (because, one) => {
  expect(() => tableOf([one])).toThrow(new InvalidEvent(because))
})

test('a provider that left the register while its word is told has the name of its address', () => {
  const source = { issuer: 'https://identite.exemple.test/oidc' }
  expect(
    sourceName(source, { knownProviders: new Map(), organisation: () => undefined }, 'fr'),
  ).toBe('identite.exemple.test')
})
