import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConsentState, State } from '../../../src/consent/record/index.ts'
import { currentWindow, isLive, limitReached, obstacle } from '../../../src/consent/record/index.ts'
import type { Register } from '../../../src/registry/index.ts'
import type { Change, World } from '../../support/world.ts'
import { consentOf, openWorld } from '../../support/world.ts'

const now = new Date('2026-12-01T15:00:00.000Z')

let world: World
let register: Register
beforeAll(async () => {
  world = await openWorld()
  register = world.register
})
afterAll(() => world.close())

function consent(change: Partial<ConsentState> = {}): ConsentState {
  return consentOf(register, change)
}

test('a consent that is allowed and not over is in force', () => {
  expect(obstacle(consent(), register, now)).toBeUndefined()
  expect(isLive(consent(), register, now)).toBe(true)
})

test.each<[State, string]>([
  ['revoked', 'CONSENT_REVOKED'],
  // Within its term it was used up, and says the same before that is written.
  ['expired', 'USES_EXHAUSTED'],
  ['suspended', 'CONSENT_SUSPENDED'],
  ['refused', 'NO_CONSENT'],
  ['superseded', 'NO_CONSENT'],
  ['void', 'NO_CONSENT'],
])('a consent that is %s permits nothing', (state, because) => {
  expect(obstacle(consent({ state }), register, now)).toBe(because)
  expect(isLive(consent({ state }), register, now)).toBe(false)
})

// [what, instant, milliseconds from it, what stands in the way]
test.each([
  ['before its start', 'validFrom', -1, 'NO_CONSENT'],
  ['at its start', 'validFrom', 0, undefined],
  ['after its start', 'validFrom', 1, undefined],
  ['in its last millisecond', 'validUntil', -1, undefined],
  ['at its end', 'validUntil', 0, 'CONSENT_EXPIRED'],
  ['after its end', 'validUntil', 1, 'CONSENT_EXPIRED'],
] as const)('%s', (_, instant, ms, because) => {
  const found = obstacle(consent(), register, new Date(consent()[instant].getTime() + ms))
  expect(found).toBe(because)
})

const all = { fr: 'tout', en: 'all' }
const wording = { reason: { fr: 'Plus court.', en: 'Shorter.' }, approved_on: '2026-11-01' }
const agreement = (set: Change['set']): Change => ({ of: 'agr_2026-001', set })
const only = (...categories: string[]) => [{ dataset_id: 'dst_avis-cotisation@1', categories }]

describe('a consent is judged by the register of the day', () => {
  test.each<[string, Change, string | undefined]>([
    ['a suspended agreement', agreement({ status: 'suspended' }), 'AGREEMENT_NOT_IN_FORCE'],
    ['an ended one', agreement({ status: 'ended' }), 'AGREEMENT_NOT_IN_FORCE'],
    [
      'one whose last day was yesterday',
      agreement({ duration: { from: '2026-01-05', until: '2026-11-30' } }),
      'AGREEMENT_NOT_IN_FORCE',
    ],
    [
      'one whose last day is today',
      agreement({ duration: { from: '2026-01-05', until: '2026-12-01' } }),
      undefined,
    ],
    ['one without a last day', agreement({ duration: { from: '2026-12-01' } }), undefined],
    [
      'one that begins tomorrow',
      agreement({ duration: { from: '2026-12-02' } }),
      'AGREEMENT_NOT_IN_FORCE',
    ],
    [
      'one that lost a category',
      agreement({ datasets: only('cat_revenu-net', 'cat_personnes-a-charge') }),
      'AGREEMENT_NOT_IN_FORCE',
    ],
    [
      'one that lost a category that was not allowed',
      agreement({ datasets: only('cat_revenu-net', 'cat_situation-familiale') }),
      undefined,
    ],
    [
      'another way to write the same',
      agreement({ datasets: only('cat_situation-familiale', 'cat_revenu-net') }),
      undefined,
    ],
    ['a retired purpose', { of: 'pur_calcul-aide', set: { status: 'retired' } }, 'PURPOSE_RETIRED'],
    [
      'a purpose taken back to a draft',
      { of: 'pur_calcul-aide', set: { status: 'draft' } },
      'PURPOSE_RETIRED',
    ],
    [
      'a purpose in other words',
      { of: 'pur_calcul-aide', set: { label: { fr: 'Autre', en: 'Other' } } },
      undefined,
    ],
    [
      'a suspended recipient',
      { of: 'org_aide-etudes', set: { status: 'suspended' } },
      'ORGANISATION_SUSPENDED',
    ],
    [
      'a closed holder',
      { of: 'org_agence-revenu', set: { status: 'closed' } },
      'ORGANISATION_SUSPENDED',
    ],
    [
      'a recipient with a new name',
      {
        of: 'org_aide-etudes',
        set: { name: { fr: 'Bourses', en: 'Bursaries' }, name_in_sentence: undefined },
      },
      'CONSENT_SUSPENDED',
    ],
    [
      'a recipient whose new name is declared as other words for the same',
      {
        of: 'org_aide-etudes',
        set: {
          name: { fr: 'Bourses', en: 'Bursaries' },
          name_in_sentence: undefined,
          wording_change: wording,
        },
      },
      undefined,
    ],
    [
      'a recipient of another kind',
      { of: 'org_aide-etudes', set: { kind: 'enterprise' } },
      'CONSENT_SUSPENDED',
    ],
    [
      'a holder with a number of an enterprise',
      { of: 'org_agence-revenu', set: { neq: '1140000000' } },
      'CONSENT_SUSPENDED',
    ],
    [
      'a holder that is reached elsewhere',
      { of: 'org_agence-revenu', set: { policy_url: 'https://elsewhere.test/' } },
      undefined,
    ],
    [
      'a category with another label',
      { of: 'cat_revenu-net', set: { label: all } },
      'CONSENT_SUSPENDED',
    ],
    [
      'a category with another description',
      { of: 'cat_revenu-net', set: { plain_description: all } },
      'CONSENT_SUSPENDED',
    ],
    [
      'a category with another description, declared as other words for the same',
      { of: 'cat_revenu-net', set: { plain_description: all, wording_change: wording } },
      undefined,
    ],
    ['a category with another example', { of: 'cat_revenu-net', set: { example: all } }, undefined],
    [
      'a category that was declined, with another label',
      { of: 'cat_personnes-a-charge', set: { label: all } },
      undefined,
    ],
  ])('%s', async (_, change, because) => {
    expect(obstacle(consent(), await world.after(change), now)).toBe(because)
  })

  test('an agreement handed to another recipient ends the consents for the earlier recipient', async () => {
    const given = consent()
    const after = await world.after(
      { of: 'org_aide-etudes', as: 'org_autre', set: {} },
      { of: 'pur_calcul-aide', as: 'pur_autre', set: { recipient_org_id: 'org_autre' } },
      agreement({ recipient_org_id: 'org_autre', purposes: ['pur_autre@1'] }),
    )
    expect(obstacle(given, after, now)).toBe('AGREEMENT_NOT_IN_FORCE')
  })

  test('an agreement without the purpose, or for another version of the dataset, ends the consent', async () => {
    const withoutPurpose = await world.after(
      { of: 'pur_calcul-aide', as: 'pur_autre', set: {} },
      agreement({ purposes: ['pur_autre@1'] }),
    )
    const otherData = await world.after(
      { of: 'dst_avis-cotisation', set: { quality_note: { fr: 'Note', en: 'Note' } } },
      agreement({
        datasets: [{ dataset_id: 'dst_avis-cotisation@2', categories: ['cat_revenu-net'] }],
      }),
    )
    expect(obstacle(consent(), withoutPurpose, now)).toBe('AGREEMENT_NOT_IN_FORCE')
    expect(obstacle(consent(), otherData, now)).toBe('AGREEMENT_NOT_IN_FORCE')
  })

  test('a person’s stop is given as reason before the agreement’s suspension', async () => {
    const suspended = await world.after(agreement({ status: 'suspended' }))
    expect(obstacle(consent({ state: 'revoked' }), suspended, now)).toBe('CONSENT_REVOKED')
  })

  test.each(['agreement', 'purpose', 'dataset', 'holder', 'recipient'] as const)(
    'a consent whose %s is unknown or not that of the agreement is not in force',
    (member) => {
      expect(obstacle(consent({ [member]: -1 }), register, now)).toBe('AGREEMENT_NOT_IN_FORCE')
    },
  )
})

const start = consentStart()
const yearLater = new Date('2027-11-24T15:00:00.000Z')

// [what, uses in all, of the window, which window, limits, at, obstacle, uses left]
describe('limits of use', () => {
  const unlimited = { maxUses: null, frequencyCount: null, frequencyPer: null }
  const yearly = { maxUses: null, frequencyCount: 4, frequencyPer: 'P1Y' }
  test.each<[string, Partial<ConsentState>, Date, string | undefined, number | undefined]>([
    ['no limit', { ...unlimited, ...used(9999) }, now, undefined, undefined],
    ['never used', yearly, now, undefined, 4],
    ['three of four', { ...yearly, ...used(3) }, now, undefined, 1],
    ['four of four', { ...yearly, ...used(4) }, now, 'FREQUENCY_EXCEEDED', 0],
    ['five of four', { ...yearly, ...used(5) }, now, 'FREQUENCY_EXCEEDED', 0],
    [
      'four, a millisecond before a new year',
      { ...yearly, ...used(4) },
      before(yearLater),
      'FREQUENCY_EXCEEDED',
      0,
    ],
    ['four, in a new year', { ...yearly, ...used(4) }, yearLater, undefined, 4],
    ['two in all, none used', { ...unlimited, maxUses: 2 }, now, undefined, 2],
    ['two in all, one used', { ...unlimited, maxUses: 2, ...used(1) }, now, undefined, 1],
    ['two in all, both used', { ...unlimited, maxUses: 2, ...used(2) }, now, 'USES_EXHAUSTED', 0],
    ['both: in all is less', { ...yearly, maxUses: 5, ...used(4, 1) }, now, undefined, 1],
    ['both: the year is less', { ...yearly, maxUses: 9, ...used(3) }, now, undefined, 1],
    ['both reached', { ...yearly, maxUses: 4, ...used(4) }, now, 'USES_EXHAUSTED', 0],
    [
      'in all reached, a new year',
      { ...yearly, maxUses: 4, ...used(4) },
      yearLater,
      'USES_EXHAUSTED',
      0,
    ],
    [
      'the year reached, uses left in all',
      { ...yearly, maxUses: 9, ...used(4) },
      now,
      'FREQUENCY_EXCEEDED',
      0,
    ],
  ])('%s', (_, change, at, reached, usesLeft) => {
    expect(limitReached(consent(change), at)).toMatchObject({ obstacle: reached, usesLeft })
  })

  test('a reached frequency limit does not end a consent; its last use does', () => {
    expect(isLive(consent({ ...yearly, ...used(4) }), register, now)).toBe(true)
    expect(isLive(consent({ ...unlimited, maxUses: 1, ...used(1) }), register, now)).toBe(false)
  })

  // A window of a day, where a day of the clock has 23 or 25 hours.
  test.each([
    ['one that begins, an hour early', '2026-03-07T17:00:00.000Z', '2026-03-08T15:59:59.999Z', 0],
    ['one that begins', '2026-03-07T17:00:00.000Z', '2026-03-08T16:00:00.000Z', 1],
    ['one that ends, an hour late', '2026-10-31T16:00:00.000Z', '2026-11-01T16:59:59.999Z', 0],
    ['one that ends', '2026-10-31T16:00:00.000Z', '2026-11-01T17:00:00.000Z', 1],
  ])('a limit of once a day holds on the day of a clock change: %s', (_, from, at, left) => {
    const validFrom = new Date(from)
    const daily = { validFrom, frequencyCount: 1, frequencyPer: 'P1D', ...used(1, 1, validFrom) }
    expect(limitReached(consent(daily), new Date(at)).usesLeft).toBe(left)
  })

  test('a limit of once a month from the 31st gives one use in February', () => {
    const validFrom = new Date('2027-01-31T17:00:00.000Z')
    const february = new Date('2027-02-28T17:00:00.000Z')
    const monthly = { validFrom, frequencyCount: 1, frequencyPer: 'P1M', ...used(2, 1, february) }
    expect(limitReached(consent(monthly), new Date('2027-03-31T15:59:59.999Z')).usesLeft).toBe(0)
    expect(limitReached(consent(monthly), new Date('2027-03-31T16:00:00.000Z')).usesLeft).toBe(1)
  })

  test('the window of an instant is given with the uses in it', () => {
    const three = consent({ ...yearly, ...used(3) })
    expect(currentWindow(three, now)).toEqual({ startedAt: start, limit: 4, uses: 3 })
    expect(currentWindow(three, yearLater)).toEqual({ startedAt: yearLater, limit: 4, uses: 0 })
    expect(currentWindow(consent(unlimited), now)).toBeUndefined()
  })
})

function used(
  uses: number,
  windowUses = uses,
  windowStartedAt: Date | null = start,
): Partial<ConsentState> {
  return { uses, windowUses, windowStartedAt }
}

function consentStart(): Date {
  return new Date('2026-11-24T15:00:00.000Z')
}

function before(at: Date): Date {
  return new Date(at.getTime() - 1)
}
