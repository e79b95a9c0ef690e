import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decide, lawfulFor } from '../../../src/consent/decisions/index.ts'
import type { ConsentState } from '../../../src/consent/record/index.ts'
import { longestLookback, lookbackOf, maskOf } from '../../../src/consent/record/index.ts'
import type { SharingDeed, StandingFacts, StillFlows } from '../../../src/consent/standing/index.ts'
import type { FlowRight, PermittedFlow } from '../../../src/consent/standing/flows.ts'
import { consentsAfter } from '../../../src/consent/standing/consents-after.ts'
import { whatStillFlows } from '../../../src/consent/standing/index.ts'
import { dayOf } from '../../../src/base/values/calendar.ts'
import { newUuid } from '../../../src/base/values/ids.ts'
import type { Agreement, Register } from '../../../src/registry/index.ts'
import { bodyNo } from '../../../src/registry/index.ts'
import { present } from '../../../src/base/values/present.ts'
import { seeded } from '../../support/property.ts'
import type { Change, World } from '../../support/world.ts'
import { consentOf, openWorld } from '../../support/world.ts'
import { isAsking } from './answered.ts'
import type { Asking } from './people.ts'
import { askings, whileAsking } from './people.ts'

// What may still be sent is what the bodies would be answered: asked one by one, for everything that the register has.

const now = new Date('2026-12-01T15:00:00.000Z')
const dayMs = 86_400_000

let world: World
let register: Register
let hidden: Register
let registers: ReadonlyMap<Asking, Register>

// The law allows Student Aid a category that she may allow it too, and, in the second register, another use that she sees only later.
const byLaw: readonly Change[] = [
  {
    of: 'pur_verification-loyer',
    as: 'pur_controle',
    set: { recipient_org_id: 'org_aide-etudes' },
  },
  { of: 'dst_avis-cotisation', as: 'dst_releve', set: {} },
  {
    of: 'agr_2026-014',
    as: 'agr_2026-901',
    set: {
      recipient_org_id: 'org_aide-etudes',
      datasets: [{ dataset_id: 'dst_releve@1', categories: ['cat_revenu-net'] }],
      purposes: ['pur_controle@1'],
    },
  },
]
const shownLater: readonly Change[] = [
  {
    of: 'pur_verification-residence',
    as: 'pur_enquete',
    set: { frequency_limit: undefined },
  },
  {
    of: 'agr_2026-017',
    as: 'agr_2026-902',
    set: {
      legal_basis_id: 'investigation_59',
      shown_after_days: 30,
      purposes: ['pur_enquete@1'],
    },
  },
]

beforeAll(async () => {
  world = await openWorld()
  register = await world.after(...byLaw)
  hidden = await world.after(...byLaw, ...shownLater)
  registers = new Map(askings.map((asking) => [asking, whileAsking(register, asking)]))
})
afterAll(() => world.close())

/** The agreements to which she may have said yes. */
const agreements = ['agr_2026-001', 'agr_2026-009', 'agr_2026-031'] as const
const states = ['active', 'suspended', 'refused', 'revoked', 'expired', 'superseded'] as const
const causes = [['person'], ['incident'], ['person', 'order']] as const

const consents = fc.array(
  fc.record({
    agreement: fc.constantFrom(...agreements),
    state: fc.constantFrom('active', ...states),
    because: fc.constantFrom(...causes),
    isUntrusted: fc.constantFrom(false, false, false, true),
    categories: fc.bigInt(1n, 7n),
    days: fc.constantFrom(undefined, { from: '2025-01-01', to: '2025-12-31' }),
    uses: fc.constantFrom(0, 3, 4),
    endsIn: fc.constantFrom(-1, 20, 200),
  }),
  { maxLength: 4 },
)
type Drawn = typeof consents extends fc.Arbitrary<infer T> ? T : never

const uses = fc.array(fc.integer({ min: 0, max: 800 }), { maxLength: 3 })
const deeds = fc.option(
  fc.record({ kind: fc.constantFrom('stop', 'pause', 'resume', 'narrow'), first: fc.boolean() }),
  { nil: undefined },
)

const validFrom = new Date('2026-11-24T15:00:00.000Z')

function drawnConsents(drawn: Drawn, given: Register): ConsentState[] {
  return drawn.map(({ agreement, categories, because, days, endsIn, uses: used, ...state }, n) => {
    const { named, ...terms } = termsUnder(agreement, given)
    return consentOf(given, {
      ...terms,
      ...state,
      consentId: newUuid(new Date(validFrom.getTime() + n)),
      categories: (categories & named) === 0n ? named : categories & named,
      suspendedReasons: state.state === 'suspended' ? [...because] : [],
      lookbackFrom: days?.from ?? null,
      lookbackTo: days?.to ?? null,
      windowStartedAt: validFrom,
      windowUses: used,
      uses: used,
      validFrom,
      validUntil: new Date(now.getTime() + endsIn * dayMs),
    })
  })
}

function termsUnder(id: string, given: Register) {
  const agreement = present(given.agreement(id), 'an agreement')
  const agreed = present(agreement.datasets[0], 'its data')
  const dataset = present(given.dataset(agreed.dataset), 'a dataset')
  return {
    holder: bodyNo(given, agreement.holder),
    recipient: bodyNo(given, agreement.recipient),
    dataset: dataset.no,
    purpose: present(given.purpose(agreement.purposes[0] ?? ''), 'a purpose').no,
    agreement: agreement.no,
    named: maskOf(dataset, agreed.categories),
  }
}

function deedOn(
  drawn: { kind: 'stop' | 'pause' | 'resume' | 'narrow'; first: boolean } | undefined,
  given: readonly ConsentState[],
): SharingDeed | undefined {
  const records = given.slice(0, drawn?.first === true ? 1 : 2).map(({ consentId }) => consentId)
  const [record] = records
  if (drawn === undefined || record === undefined) return undefined
  const { kind } = drawn
  if (kind !== 'narrow') return { kind, records }
  const to = { categories: 1n, validUntil: new Date(now.getTime() + dayMs), frequencyCount: 1 }
  return { kind, record, to }
}

/** Each way, as words that compare. */
function waysIn({ flows }: StillFlows): string[] {
  return flows.flatMap((flow) => flow.ways.map((way) => wordsOf(flow, way))).toSorted()
}

/** The same of what waits. */
function waitsIn({ flows }: StillFlows): string[] {
  return flows.flatMap((flow) => flow.waits.map(({ way }) => wordsOf(flow, way))).toSorted()
}

function wordsOf({ recipient, holder, category }: PermittedFlow, way: FlowRight): string {
  const right = way.by === 'choice' ? way.consentId : way.agreement.id
  return [recipient, holder, category, way.dataset.no, way.purpose.no, right].join(' ')
}

/** What each body would be answered, whatever it asks about one category. */
function permitted(facts: Omit<StandingFacts, 'deed'>, given: Register): string[] {
  const named = [...agreements, ...given.byLaw.map(({ id }) => id)].flatMap(
    (id) => given.agreement(id) ?? [],
  )
  const asked = named.filter(({ holder }) => isAsking(holder, given))
  const rights = asked.flatMap((agreement) =>
    questionsUnder(agreement, facts, given).flatMap((question) => rightOn(question, facts, given)),
  )
  return [...new Set(rights)].toSorted()
}

function questionsUnder(
  { id, holder, recipient, datasets, purposes }: Agreement,
  { answers }: Omit<StandingFacts, 'deed'>,
  given: Register,
) {
  return datasets.flatMap(({ dataset: ref }) =>
    purposes.flatMap((name) => {
      const dataset = present(given.dataset(ref), 'a dataset')
      const purpose = present(given.purpose(name), 'a purpose')
      const days = longestLookback(purpose, dayOf(now))
      const periods = [undefined, days, ...answers.consents.map(lookbackOf)]
      return dataset.categories.flatMap((category) =>
        periods.flatMap((period) =>
          [undefined, id].map((agreement) => {
            const bodies = { holder: bodyNo(given, holder), recipient: bodyNo(given, recipient) }
            return { ...bodies, to: recipient, dataset, purpose, category, period, agreement }
          }),
        ),
      )
    }),
  )
}

function rightOn(
  { category, to, ...about }: ReturnType<typeof questionsUnder>[number],
  { answers: { consents: all, isWhole }, isUntrusted, usesByLaw }: Omit<StandingFacts, 'deed'>,
  given: Register,
): string[] {
  const { holder, recipient, dataset, purpose } = about
  const asked = maskOf(dataset, [category])
  const lawful = lawfulFor({ dataset, asked }, { recipient: to, purpose }, given)
  const known = {
    isWhole,
    isUntrusted,
    consents: all.filter((consent) => consent.recipient === recipient),
    usesByLaw: usesByLaw(recipient, purpose.no),
  }
  const verdict = decide({ ...about, asked, isCaseNamed: true, lawful }, known, given, now)
  if (!verdict.permit) return []
  const right = 'consent' in verdict ? verdict.consent.consentId : verdict.agreement.id
  return [[recipient, holder, category, dataset.no, purpose.no, right].join(' ')]
}

test('what may still be sent, now and after each deed, is what the bodies would be answered', () => {
  fc.assert(
    fc.property(
      fc.record({
        consents,
        uses,
        deeds,
        isWhole: fc.boolean(),
        isUntrusted: fc.constantFrom(false, false, true),
        asking: fc.constantFrom('active', ...askings),
        isHalted: fc.constantFrom(false, false, true),
      }),
      (drawn) => {
        const seen = present(registers.get(drawn.asking), 'a register')
        const given = drawnConsents(drawn.consents, register)
        const deed = deedOn(drawn.deeds, given)
        const lawful = drawn.uses.map((days) => new Date(now.getTime() - days * dayMs))
        const { isWhole, isUntrusted, isHalted } = drawn
        const facts = { isUntrusted, isHalted, usesByLaw: () => lawful }
        const said = whatStillFlows(
          { ...facts, answers: { consents: given, isWhole }, deed },
          seen,
          now,
        )
        const after = deed === undefined ? given : consentsAfter(given, deed, now)
        const answered = permitted({ ...facts, answers: { consents: after, isWhole } }, seen)
        expect(waysIn(said)).toEqual(isHalted ? [] : answered)
        // What a general halt holds back waits for its end: that it could never be sent again is said nowhere.
        if (isHalted) expect(waitsIn(said)).toEqual(expect.arrayContaining(answered))
      },
    ),
    seeded({ numRuns: 300 }),
  )
})

const noFaults = { isUntrusted: false, isHalted: false }

test('an agreement that is shown later changes nothing', () => {
  const none = { ...noFaults, usesByLaw: () => [], answers: { consents: [], isWhole: true } }
  expect(hidden.byLaw.map(({ id }) => id)).toContain('agr_2026-902')
  expect(waysIn(whatStillFlows(none, hidden, now)).length).toBeGreaterThan(0)
  const told = (register: Register) =>
    whatStillFlows(none, register, now).flows.map(({ recipient, category, ways }) => [
      recipient,
      category,
      ways.length,
    ])
  expect(told(hidden)).toEqual(told(register))
})
