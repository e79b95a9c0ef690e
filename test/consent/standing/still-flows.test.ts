import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decide, lawfulFor } from '../../../src/consent/decisions/index.ts'
import type { ConsentState } from '../../../src/consent/record/index.ts'
import { longestLookback, lookbackOf, maskOf } from '../../../src/consent/record/index.ts'
import type { SharingDeed, StandingFacts, StillFlows } from '../../../src/consent/standing/index.ts'
import { consentsAfter } from '../../../src/consent/standing/consents-after.ts'
import { whatStillFlows } from '../../../src/consent/standing/index.ts'
import { dayOf } from '../../../src/base/values/calendar.ts'
import { newUuid } from '../../../src/base/values/ids.ts'
import type { Register } from '../../../src/registry/index.ts'
import { seeded } from '../../support/property.ts'
import type { Change, World } from '../../support/world.ts'
import { consentOf, openWorld } from '../../support/world.ts'

// What may still be sent is what the bodies would be answered: asked one by one, for everything that the register has.

const now = new Date('2026-12-01T15:00:00.000Z')
const daySeconds = 86_400_000

let world: World
let register: Register
let hidden: Register

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

function drawnConsents(drawn: Drawn, register: Register): ConsentState[] {
  return drawn.map(({ agreement: id, state, because, isUntrusted, categories, ...rest }, n) => {
    const agreement = register.agreement(id)
    const purpose = register.purpose(agreement?.purposes[0] ?? '')
    const dataset = register.dataset(agreement?.datasets[0]?.dataset ?? '')
    if (!agreement || !purpose || !dataset) throw new Error('the register is not the demonstration')
    const named = maskOf(dataset, agreement.datasets[0]?.categories ?? [])
    const validFrom = new Date(now.getTime() - (400 + n) * daySeconds)
    const windowStartedAt = new Date(validFrom)
    windowStartedAt.setUTCFullYear(validFrom.getUTCFullYear() + 1)
    return consentOf(register, {
      consentId: newUuid(validFrom),
      holder: register.organisation(agreement.holder)?.root ?? 0,
      recipient: register.organisation(agreement.recipient)?.root ?? 0,
      dataset: dataset.no,
      purpose: purpose.no,
      agreement: agreement.no,
      categories: categories & named || named,
      state,
      suspendedReasons: state === 'suspended' ? [...because] : [],
      isUntrusted,
      lookbackFrom: rest.days?.from ?? null,
      lookbackTo: rest.days?.to ?? null,
      windowStartedAt,
      windowUses: rest.uses,
      uses: rest.uses,
      validFrom: new Date('2026-11-24T15:00:00.000Z'),
      validUntil: new Date(now.getTime() + rest.endsIn * daySeconds),
    })
  })
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
  const to = { categories: 1n, validUntil: new Date(now.getTime() + daySeconds), frequencyCount: 1 }
  return { kind, record, to }
}

/** Each way, as words that compare. */
function waysIn({ flows }: StillFlows): string[] {
  return flows
    .flatMap(({ recipient, holder, category, ways }) =>
      ways.map((way) => {
        const right = way.by === 'choice' ? way.consentId : way.agreement.id
        return [recipient, holder, category, way.dataset.no, way.purpose.no, right].join(' ')
      }),
    )
    .toSorted()
}

/** What each body would be answered, whatever it asks about one category. */
function permitted(facts: Omit<StandingFacts, 'then'>, register: Register): string[] {
  const { consents: all, isWhole } = facts.answers
  const found = new Set<string>()
  const named = [...agreements, ...register.byLaw.map(({ id }) => id)].map((id) =>
    register.agreement(id),
  )
  for (const one of named)
    for (const { dataset: ref } of one?.datasets ?? [])
      for (const purposeRef of one?.purposes ?? []) {
        const [dataset, purpose] = [register.dataset(ref), register.purpose(purposeRef)]
        const recipient = register.organisation(one?.recipient ?? '')
        const holder = register.organisation(one?.holder ?? '')
        if (!dataset || !purpose || !recipient || !holder) throw new Error('a reference is missing')
        const periods = [undefined, longestLookback(purpose, dayOf(now)), ...all.map(lookbackOf)]
        for (const category of dataset.categories)
          for (const period of periods)
            for (const agreement of [undefined, one?.id]) {
              const asked = maskOf(dataset, [category])
              const of = { recipient: recipient.id, purpose }
              const lawful = lawfulFor({ dataset, asked }, of, register)
              const about = { holder: holder.root, recipient: recipient.root, dataset, purpose }
              const known = {
                isWhole,
                isUntrusted: facts.isUntrusted,
                consents: all.filter((consent) => consent.recipient === recipient.root),
                usesByLaw: facts.usesByLaw(recipient.root, purpose.no),
              }
              const question = { ...about, asked, period, agreement, isCaseNamed: true, lawful }
              const verdict = decide(question, known, register, now)
              if (!verdict.permit) continue
              const right = 'consent' in verdict ? verdict.consent.consentId : verdict.agreement.id
              found.add(
                [recipient.root, holder.root, category, dataset.no, purpose.no, right].join(' '),
              )
            }
      }
  return [...found].toSorted()
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
      }),
      (drawn) => {
        const given = drawnConsents(drawn.consents, register)
        const then = deedOn(drawn.deeds, given)
        const lawful = drawn.uses.map((days) => new Date(now.getTime() - days * daySeconds))
        const { isWhole, isUntrusted } = drawn
        const facts = { isUntrusted, usesByLaw: () => lawful }
        const said = whatStillFlows(
          { ...facts, answers: { consents: given, isWhole }, then },
          register,
          now,
        )
        const after = then === undefined ? given : consentsAfter(given, then, now)
        expect(waysIn(said)).toEqual(
          permitted({ ...facts, answers: { consents: after, isWhole } }, register),
        )
      },
    ),
    seeded({ numRuns: 300 }),
  )
})

test('an agreement that is shown later changes nothing', () => {
  const none = { isUntrusted: false, usesByLaw: () => [], answers: { consents: [], isWhole: true } }
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
