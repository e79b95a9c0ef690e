import { describe, expect, test } from 'vitest'
import { otherProgrammes, pastChoices } from '../../src/registry/objects/free-choice.ts'
import { effectTimes } from '../../src/registry/objects/effect-delay.ts'
import { legalBases } from '../../src/registry/objects/legal-bases.ts'
import { referenceFaults } from '../../src/registry/objects/references.ts'
import { shelvesOf } from '../../src/registry/objects/object-index.ts'
import type { RegisterObject } from '../../src/registry/changes/store.ts'
import type { Content } from './whole-register.ts'
import { another, everything, law } from './whole-register.ts'

// Agreements by law: they name their law, what is new in them waits, and they take no place of what people answered (docs/design/domain.md#law).

const withoutText = everything.filter(({ kind }) => kind !== 'text' && kind !== 'agreement')
const states = ['draft', 'filed', 'in_force', 'suspended', 'ended'] as const
const filing = {
  transmission_method: 'API',
  security_measures_summary: { fr: 'Essai', en: 'Trial' },
  periodicity: 'yearly',
  pia_conclusion_date: '2025-10-01',
  cai_sent_on: '2025-12-01',
  cai_received_on: '2025-12-06',
  in_force_from: '2026-01-05',
}

function agreed(change: Content): RegisterObject {
  return another('agreement', change)
}

function at(object: RegisterObject, on: number) {
  return { ...object, no: 0, root: 0, appliedAt: day(on) }
}

/** A day of March. */
function day(n: number): Date {
  return new Date(Date.UTC(2026, 2, n, 15))
}

function noon(text: string): Date {
  return new Date(`${text}T15:00:00Z`)
}

/** What is said of an agreement in a register with it. */
function faultsOf(change: Content): string[] {
  const objects = [...withoutText, agreed(change)]
  return referenceFaults(objects, shelvesOf(objects.map((object) => at(object, 1))))
    .filter(({ file }) => file.includes('agr_one'))
    .map(({ message }) => message)
}

test('an agreement by law names its Act, its section and an address, unless it has ended; one by consent names none', () => {
  for (const { id } of legalBases.filter((basis) => !basis.requiresConsent)) {
    const missing = `law is missing: an agreement under ${id} must name its Act, its section and where people read it`
    for (const status of states) {
      const change = {
        legal_basis_id: id,
        ...filing,
        status,
      }
      expect(faultsOf(change)).toEqual([])
      expect(faultsOf({ ...change, law: undefined })).toEqual(status === 'ended' ? [] : [missing])
    }
  }
  expect(faultsOf({ law })).toEqual([
    'under consent_53 the person decides, and no law: leave it out',
  ])
})

test('four bases demand a case or order in each decision; three of them cool', () => {
  expect(legalBases.filter(({ demandsCase }) => demandsCase).map(({ id }) => id)).toEqual([
    'law_67',
    'investigation_59',
    'emergency_59',
    'court_order',
  ])
  expect(legalBases.filter(({ cools }) => cools).map(({ id }) => id)).toEqual([
    'law_67',
    'investigation_59',
    'court_order',
  ])
})

describe('the cooling time', () => {
  const byLaw = { agreement_id: 'agr_law', legal_basis_id: 'law_67', purposes: ['pur_own@1'] }
  const own = another('purpose', { purpose_id: 'pur_own', programme: 'Un autre' })

  /** When the last of these versions takes effect; each is applied on a day of March. */
  function effect(...versions: readonly (readonly [number, Content])[]): Date | undefined {
    const first = [...withoutText, own].map((object) => at(object, 1))
    const later = versions.map(([on, change], i) =>
      at(
        'kind' in change
          ? (change as RegisterObject)
          : agreed({ ...byLaw, version: i + 1, ...change }),
        on,
      ),
    )
    return effectTimes(shelvesOf([...first, ...later])).get('agr_law')
  }

  test('a new agreement takes effect a day later, or as late as the setting says; one of the first register at once', () => {
    expect(effect([3, {}])).toEqual(day(4))
    const setting = another('setting', { cooling_days: 5 })
    expect(effect([3, {}], [4, setting])).toEqual(day(8))
    expect(effect([1, {}])).toBeUndefined()
    expect(effect([3, { legal_basis_id: 'emergency_59' }])).toBeUndefined()
    expect(effect([3, { legal_basis_id: 'collective_67_1' }])).toBeUndefined()
  })

  test('it counts from the day since which the agreement allows no more than now', () => {
    const income = { datasets: [{ dataset_id: 'dst_notice@1', categories: ['cat_income'] }] }
    expect(effect([3, { status: 'filed' }], [6, {}])).toEqual(day(4))
    expect(effect([3, {}], [6, { status: 'suspended' }], [9, income])).toEqual(day(4))
    expect(effect([3, income], [6, {}])).toEqual(day(7))
    expect(effect([3, {}], [5, income], [6, {}])).toEqual(day(7))
    for (const wider of [
      { legal_basis_id: 'court_order' },
      { law: { ...law, section: '13' } },
      { purposes: ['pur_own@1', 'pur_aid@1'] },
      { duration: { from: '2026-01-05' } },
      { duration: { from: '2026-01-04', until: '2031-01-04' } },
      { shown_after_days: 30 },
    ])
      expect(effect([3, {}], [6, wider])).toEqual(day(7))
  })

  test('a category that has come to mean another thing makes the agreement a new one', () => {
    const accounts = another('category', {
      version: 2,
      label: { fr: 'Tous vos comptes', en: 'All your accounts' },
    })
    expect(effect([3, {}], [5, accounts], [6, {}])).toEqual(day(7))
    expect(effect([3, {}], [4, {}], [5, another('organisation', { version: 2 })], [6, {}])).toEqual(
      day(4),
    )
  })
})

test('for twelve months no law takes the place of what people were asked for the same programme', () => {
  const byLaw = { agreement_id: 'agr_law', legal_basis_id: 'law_67', purposes: ['pur_own@1'] }
  function said(now: string, change: Content = {}, programme: string | undefined = 'Un programme') {
    const own = another('purpose', { purpose_id: 'pur_own', programme })
    const world = shelvesOf(
      [
        ...withoutText,
        own,
        agreed({}),
        agreed({ version: 2, status: 'ended' }),
        agreed({ ...byLaw, ...change }),
      ].map((object, i) => ({
        ...object,
        no: i,
        root: i,
        appliedAt: noon(
          object.id === 'agr_one' && object.version === 2 ? '2026-03-02' : '2026-01-05',
        ),
      })),
    )
    const agreement = world.agreement.find('agr_law')
    if (agreement === undefined) throw new Error('no agreement')
    return {
      refused: pastChoices(agreement, world, noon(now)).map(({ message }) => message),
      beside: otherProgrammes(agreement, world).map(({ ref }) => ref),
    }
  }
  const refused = [
    'people were asked for the same under agr_one within twelve months: a law may not take the place of their answers yet',
  ]
  expect(said('2026-03-03')).toEqual({ refused, beside: [] })
  expect(said('2027-03-02').refused).toEqual(refused)
  expect(said('2027-03-03').refused).toEqual([])
  expect(said('2026-03-03', {}, ' UN  programme').refused).toEqual(refused)
  expect(said('2026-03-03', { status: 'filed' })).toEqual({ refused: [], beside: [] })
  // Another programme is said to those who sign, with the number of refusals.
  expect(said('2026-03-03', {}, 'Un autre')).toEqual({
    refused: [],
    beside: ['agr_one@1', 'agr_one@2'],
  })
  for (const other of [
    { recipient_org_id: 'org_giver' },
    { datasets: [{ dataset_id: 'dst_other@1', categories: ['cat_income'] }] },
  ])
    expect(said('2026-03-03', other)).toEqual({ refused: [], beside: [] })
})
