import type { Verdict } from '../../../src/consent/decisions/question.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ConsentState } from '../../../src/consent/record/index.ts'
import { maskOf } from '../../../src/consent/record/index.ts'
import { delayOf, lawfulFor, limitByLaw } from '../../../src/consent/decisions/decide-by-law.ts'
import { decide } from '../../../src/consent/decisions/decide.ts'
import type { Register } from '../../../src/registry/index.ts'
import type { Change, World } from '../../support/world.ts'
import { consentOf, openWorld } from '../../support/world.ts'

// What the law permits, by the register and by what the person was asked (I11, I20, I33).

const now = new Date('2026-12-01T15:00:00.000Z')
const agreement = 'agr_2026-014'
const purpose = 'pur_verification-loyer'

let world: World
beforeAll(async () => (world = await openWorld()))
afterAll(() => world.close())

type Asked = {
  readonly categories?: readonly string[]
  readonly period?: { readonly from: string; readonly to: string }
  readonly agreement?: string
  readonly isCaseNamed?: boolean
  readonly consents?: (register: Register) => readonly ConsentState[]
  readonly usesByLaw?: readonly Date[]
  readonly at?: Date
}

async function judge(asked: Asked = {}, ...changes: Change[]): Promise<Verdict> {
  const register = changes.length === 0 ? world.register : await world.after(...changes)
  const [dataset, why] = [register.dataset('dst_avis-cotisation'), register.purpose(purpose)]
  if (dataset === undefined) throw new Error('the register is not the demonstration')
  const mask = maskOf(dataset, asked.categories ?? ['cat_revenu-net'])
  const recipient = 'org_logement-abordable'
  const question = {
    holder: register.organisation('org_agence-revenu')?.root ?? 0,
    recipient: register.organisation(recipient)?.root,
    dataset,
    purpose: why,
    asked: mask,
    period: asked.period,
    agreement: asked.agreement,
    isCaseNamed: asked.isCaseNamed ?? true,
    lawful: lawfulFor({ dataset, asked: mask }, { recipient, purpose: why }, register),
  }
  const { consents = () => [], usesByLaw = [], at = now } = asked
  return decide(
    question,
    { consents: consents(register), usesByLaw, isUntrusted: false, isWhole: true },
    register,
    at,
  )
}

function because(verdict: Verdict): string {
  if (!verdict.permit) return verdict.because
  return 'consent' in verdict ? 'CONSENT_ACTIVE' : verdict.reasonCode
}

test('an agreement in force permits, without a consent', async () => {
  expect(await judge()).toMatchObject({
    permit: true,
    reasonCode: 'LAW_AGREEMENT',
    agreement: { id: agreement },
    usesLeft: 1,
  })
})

test.each([
  ['law_67', 'LAW_PROVISION'],
  ['official_source_12_14', 'LAW_PROVISION'],
  ['court_order', 'LAW_PROVISION'],
  ['mandate_67_2', 'LAW_AGREEMENT'],
  ['research_67_2_1', 'LAW_AGREEMENT'],
  ['agreement_68_3', 'LAW_AGREEMENT'],
])('under %s it is %s', async (legal_basis_id, code) => {
  const change = { of: agreement, set: { legal_basis_id } }
  expect(because(await judge({}, change))).toBe(code)
})

const abroad = { of: 'org_logement-abordable', set: { jurisdiction: 'CA' } }
const year = { from: '2025-12-01', to: '2025-12-31' }
const lookback = { of: purpose, set: { lookback: 'P1Y' } }
const renamed = { of: agreement, set: { purposes: [`${purpose}@2`] } }

test.each<[string, string, Asked, Change[]]>([
  [
    'the agreement is suspended',
    'AGREEMENT_NOT_IN_FORCE',
    {},
    [{ of: agreement, set: { status: 'suspended' } }],
  ],
  [
    'it has ended',
    'AGREEMENT_NOT_IN_FORCE',
    {},
    [{ of: agreement, set: { status: 'ended', ended_reason: 'finie' } }],
  ],
  [
    'its last day is over',
    'AGREEMENT_NOT_IN_FORCE',
    { at: new Date('2031-01-05T05:00:00.000Z') },
    [],
  ],
  [
    'it names another version of the purpose',
    'AGREEMENT_NOT_IN_FORCE',
    {},
    [{ of: purpose, set: { status: 'published' } }],
  ],
  [
    'it names another version of the data',
    'AGREEMENT_NOT_IN_FORCE',
    {},
    [{ of: 'dst_avis-cotisation', set: { update_frequency: 'P2Y' } }],
  ],
  [
    'who receives is suspended',
    'ORGANISATION_SUSPENDED',
    {},
    [{ of: 'org_logement-abordable', set: { status: 'suspended' } }],
  ],
  [
    'who sends is closed',
    'ORGANISATION_SUSPENDED',
    {},
    [{ of: 'org_agence-revenu', set: { status: 'closed' } }],
  ],
  [
    'the purpose is retired',
    'PURPOSE_RETIRED',
    {},
    [{ of: purpose, set: { status: 'retired' } }, renamed],
  ],
  [
    'who receives is outside Québec, and nobody has assessed that',
    'OUTSIDE_QUEBEC_NOT_ASSESSED',
    {},
    [abroad],
  ],
  ['another agreement is named', 'AGREEMENT_MISMATCH', { agreement: 'agr_2026-001' }, []],
  [
    'more is asked than it allows',
    'CATEGORY_NOT_COVERED',
    { categories: ['cat_revenu-net', 'cat_situation-familiale'] },
    [],
  ],
  ['it allows nothing of it', 'NO_CONSENT', { categories: ['cat_situation-familiale'] }, []],
  ['no period is named where one counts', 'PERIOD_MISSING', {}, [lookback, renamed]],
  [
    'the period begins a day early',
    'PERIOD_NOT_COVERED',
    { period: { ...year, from: '2025-11-30' } },
    [lookback, renamed],
  ],
  [
    'the period ends tomorrow',
    'PERIOD_NOT_COVERED',
    { period: { ...year, to: '2026-12-02' } },
    [lookback, renamed],
  ],
  [
    'it was used a year ago today',
    'FREQUENCY_EXCEEDED',
    { usesByLaw: [new Date('2025-12-01T23:00:00.000Z')], at: new Date('2026-12-01T04:59:59.999Z') },
    [],
  ],
  [
    'every use in all was made',
    'USES_EXHAUSTED',
    { usesByLaw: [new Date('2020-01-01'), new Date('2020-02-01')] },
    [{ of: purpose, set: { max_uses: 2 } }, renamed],
  ],
])('nothing is permitted where %s: %s', async (_, reason, asked, changes) => {
  expect(because(await judge(asked, ...changes))).toBe(reason)
})

test.each<[string, Asked, Change[]]>([
  ['the period is within the one that counts', { period: year }, [lookback, renamed]],
  [
    'the country and the assessment are named',
    {},
    [
      abroad,
      { of: agreement, set: { outside_quebec: { country: 'Ontario', pia_70_1: 'EFVP 2' } } },
    ],
  ],
  [
    'it was used on the day before the same day of last year',
    {
      usesByLaw: [new Date('2025-12-01T04:59:59.999Z')],
      at: new Date('2026-12-01T05:00:00.000Z'),
    },
    [],
  ],
  ['its agreement is named', { agreement }, []],
])('but it is permitted where %s', async (_, asked, changes) => {
  expect(because(await judge(asked, ...changes))).toBe('LAW_AGREEMENT')
})

test('a deny names the categories that would be permitted', async () => {
  const categories = ['cat_revenu-net', 'cat_situation-familiale']
  expect(await judge({ categories })).toMatchObject({ permitted: 0b001n })
})

// Whatever the register has become since: who was asked has decided it.
test.each(['refused', 'revoked', 'suspended', 'expired', 'superseded', 'void'] as const)(
  'the law does not permit what the person decided by a consent that is %s (I33)',
  async (state) => {
    expect(because(await judge({ consents: answered(state) }))).not.toMatch(/^LAW/)
  },
)

test('while the person has a live consent for the same sharing, nothing is permitted by law instead', async () => {
  expect(because(await judge({ consents: answered('active') }))).not.toMatch(/^LAW/)
})

test('a refusal for a purpose of another programme does not block this one', async () => {
  expect(because(await refusedFor('Transport adapté (démo)'))).toBe('LAW_AGREEMENT')
  // Another name of the purpose, or of the look of the programme, is no other thing; a purpose without a programme may serve any.
  for (const same of ['Logement abordable (démo)', ' logement  ABORDABLE (démo)', undefined])
    expect(because(await refusedFor(same))).toBe('NO_CONSENT')
})

test.each([
  ['law_67', 'CASE_MISSING'],
  ['investigation_59', 'CASE_MISSING'],
  ['emergency_59', 'CASE_MISSING'],
  ['court_order', 'CASE_MISSING'],
  ['collective_67_1', 'LAW_PROVISION'],
  ['agreement_68_3', 'LAW_AGREEMENT'],
])('without a case or order, under %s it is %s', async (legal_basis_id, code) => {
  const change = { of: agreement, set: { legal_basis_id } }
  expect(because(await judge({ isCaseNamed: false }, change))).toBe(code)
})

function underAt(legal_basis_id: string, at: string): Promise<Verdict> {
  return judge({ at: new Date(at) }, { of: agreement, set: { legal_basis_id } })
}

test('what is new under such a basis permits nothing before the cooling time is over; an emergency waits for nobody', async () => {
  for (const basis of ['law_67', 'court_order']) {
    expect(because(await underAt(basis, '2026-12-01T14:59:59.999Z'))).toBe('AGREEMENT_NOT_IN_FORCE')
    expect(because(await underAt(basis, '2026-12-01T15:00:00.000Z'))).toBe('LAW_PROVISION')
  }
  expect(because(await underAt('emergency_59', '2026-11-30T15:00:00.000Z'))).toBe('LAW_PROVISION')
})

function refusedFor(programme: string | undefined): Promise<Verdict> {
  const consents = answered('refused', 'pur_autre')
  return judge({ consents }, { of: purpose, as: 'pur_autre', set: { programme } })
}

// An answer of hers, by an agreement that asked for the same category.
function answered(state: ConsentState['state'], about = purpose) {
  return (register: Register): ConsentState[] => [
    {
      ...consentOf(register, { state }),
      purpose: register.purpose(about)?.no ?? 0,
      recipient: register.organisation('org_logement-abordable')?.root ?? 0,
    },
  ]
}

test('a permit is shown later only if its agreement says so, and the longest of several delays counts', async () => {
  const { register } = world
  const found = register.agreement(agreement)
  if (found === undefined) throw new Error('the register is not the demonstration')
  const later = { ...found, legalBasis: 'investigation_59', shownAfterDays: 30 }
  expect(delayOf([], now)).toBeUndefined()
  expect(delayOf([found], now)).toBeUndefined()
  expect(delayOf([found, later, { ...later, shownAfterDays: 90 }], now)).toEqual({
    legalBasisId: 'investigation_59',
    visibleFrom: new Date('2027-03-01T15:00:00.000Z'),
  })
})

test('of a purpose without a frequency, the uses in all are counted alone', () => {
  const [frequencyLimit, since] = [undefined, new Date('2020-01-01T00:00:00Z')]
  expect(limitByLaw({ frequencyLimit, maxUses: 3 }, [since], now)).toEqual({ usesLeft: 2 })
  expect(limitByLaw({ frequencyLimit, maxUses: 1 }, [since], now)).toMatchObject({
    because: 'USES_EXHAUSTED',
  })
  expect(limitByLaw({ frequencyLimit, maxUses: undefined }, [since], now)).toEqual({})
  const yearly = { frequencyLimit: { count: 4, per: 'P1Y' }, maxUses: 3 }
  expect(limitByLaw(yearly, [since], now)).toEqual({ usesLeft: 2 })
})
