import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeWords } from '../../../src/base/web/words.ts'
import { consentsAfter } from '../../../src/consent/standing/consents-after.ts'
import type { Register } from '../../../src/registry/index.ts'
import { bodyNo, idOf } from '../../../src/registry/index.ts'
import { noPersonAnswers } from '../../../src/consent/decisions/index.ts'
import { present } from '../../../src/base/values/present.ts'
import { lawFlows } from '../../../src/pages/my-sharing/law.ts'
import type { Answered } from '../../consent/standing/answered.ts'
import { permittedTo } from '../../consent/standing/answered.ts'
import type { Asking, Condition } from '../../consent/standing/people.ts'
import {
  allowable,
  another,
  askings,
  conditions,
  dependants,
  family,
  hourBefore,
  income,
  lawful,
  noRent,
  noResidence,
  now,
  whileAsking,
} from '../../consent/standing/people.ts'
import { readBack } from '../../consent/standing/read-back.ts'
import { seeded } from '../../support/property.ts'
import type { Change, World } from '../../support/world.ts'
import { openWorld } from '../../support/world.ts'
import {
  beadsOf,
  beadsSaid,
  linesOf,
  receiversOf,
  receiversSaid,
  rowsSaid,
  saysNothing,
  takenSaid,
  textOf,
} from './read-pages.ts'
import type { Facts, GivenPerson } from './shown-person.ts'
import { factsOf, shownOfStop, shownTo } from './shown-person.ts'

// Of one person at one moment her first page, « Mes partages », the portrait, the page after a stop, its receipt and what she takes with
// her say the same, in both languages: what the bodies are answered. What the law shows her only later changes no byte of them, and
// nobody says that nothing is sent.

const languages = ['fr', 'en'] as const
type Language = (typeof languages)[number]
const words = makeWords()
const loan = 'agr_2026-009'
const summer = 'agr_2026-911'
const housing = 'agr_2026-912'
const sharings = ['agr_2026-001', loan, summer, housing] as const

const more: readonly Change[] = [
  ...allowable([summer, 'pur_bourse-ete'], 'org_aide-etudes', {
    fr: 'calculer votre bourse d’été',
    en: 'calculate your summer bursary',
  }),
  { of: 'org_logement-abordable', set: { pronoun: { fr: 'ils', en: 'they' } } },
]
// Where the law lets it check a rent by the income, nobody may be asked for that.
const choice = allowable([housing, 'pur_logement'], 'org_logement-abordable', {
  fr: 'choisir votre logement',
  en: 'choose your housing',
})
const laws: Readonly<Record<string, readonly Change[]>> = {
  none: [noRent, noResidence, ...choice],
  two: [],
  same: [noRent, ...choice, ...lawful(income)],
  many: [1, 2, 3].flatMap((n) => another(n, 'agr_2026-014')),
}

// Of another dataset: what a body may be allowed, the law may not let it have all the same.
/** Investigations that their person is shown only later: of data that she allows the same body, and of others at another one. */
const investigations: readonly Change[] = [
  { of: 'dst_avis-cotisation', as: 'dst_enquete', set: {} },
  ...investigation('agr_2026-921', 'pur_enquete', 'org_aide-etudes'),
  ...investigation('agr_2026-922', 'pur_enquete-transport', 'org_transport-adapte'),
]

function investigation(id: string, purpose: string, recipient_org_id: string): readonly Change[] {
  return [
    {
      of: 'pur_verification-loyer',
      as: purpose,
      set: { recipient_org_id, frequency_limit: undefined },
    },
    {
      of: 'agr_2026-014',
      as: id,
      set: {
        recipient_org_id,
        legal_basis_id: 'investigation_59',
        shown_after_days: 30,
        datasets: [{ dataset_id: 'dst_enquete@1', categories: [income] }],
        purposes: [`${purpose}@1`],
      },
    },
  ]
}

type Pair = { readonly register: Register; readonly withHidden: Register }

let world: World
const given = new Map<string, Pair>()
beforeAll(async () => {
  world = await openWorld()
  for (const [name, law] of Object.entries(laws)) {
    const register = await world.after(...more, ...law)
    const withHidden = await world.after(...more, ...law, ...investigations)
    given.set(name, { register, withHidden })
  }
})
afterAll(() => world.close())

const people: fc.Arbitrary<GivenPerson> = fc.record({
  sharings: fc.uniqueArray(
    fc.record({
      id: fc.constantFrom(...sharings),
      categories: fc.subarray([income, family, dependants], { minLength: 1 }),
      condition: fc.constantFrom<Condition>('active', ...(Object.keys(conditions) as Condition[])),
      lookback: fc.constantFrom(undefined, undefined, {
        lookbackFrom: '2023-01-01',
        lookbackTo: '2024-12-31',
      }),
    }),
    { selector: ({ id }) => id, maxLength: 3 },
  ),
  isWhole: fc.constantFrom(true, true, true, false),
  isUntrusted: fc.constantFrom(false, false, false, false, true),
  isHalted: fc.constantFrom(false, false, false, false, true),
  asking: fc.constantFrom('active', 'active', ...askings),
  waiting: fc.constantFrom(0, 0, 1, 2),
  permitted: fc.constantFrom([], [], [10], [400]),
})

/** So many people with each register; a drill asks for more, and they take as long as they take. */
const runs = Number(process.env['DRILL_RUNS'] ?? 25)
const limitMs = Math.max(30_000, runs * 1000)

test.each(Object.keys(laws))(
  'of a generated person every page says what the bodies are answered, and no hidden agreement changes a byte: %s',
  { timeout: limitMs },
  (law) => {
    const pair = given.get(law) ?? { register: world.register, withHidden: world.register }
    const { register: usual, withHidden } = pair
    const pairs = new Map(askings.map((asking) => [asking, pairWhile(pair, asking)]))
    expect(withHidden.byLaw.length).toBe(usual.byLaw.length + 2)
    fc.assert(
      fc.property(people, (person) => {
        const { register, withHidden } = pairs.get(person.asking ?? 'active') ?? pair
        const facts = factsOf(person, register)
        const ids = facts.consents.map(({ consentId }) => consentId)
        const sameFacts = factsOf(person, withHidden, ids)
        for (const language of languages) {
          const names = { register, language }
          const shown = shownTo(facts, person, names)
          const stop = shownOfStop(facts, names)
          // The same sharings, beside agreements that are shown later.
          const beside = { register: withHidden, language }
          expect(shownTo(sameFacts, person, beside)).toEqual(shown)
          expect(shownOfStop(sameFacts, beside)?.pages).toEqual(stop?.pages)
          expectSame(shown, permittedTo(facts, register, now), names)
          const pages = [shown.home, shown.list, shown.portrait]
          for (const text of pages.map(textOf))
            expect(text.split(changed(language)).length).toBe(person.isWhole ? 1 : 2)
          if (stop !== undefined) {
            expectStop(stop, answeredAfter(facts, register), names)
            pages.push(...Object.values(stop.pages))
          }
          for (const text of pages.map(textOf)) {
            expect(text).not.toMatch(saysNothing)
            // To everybody alike: what the law shows only later is not counted.
            expect(text).toContain(later(language))
          }
        }
      }),
      seeded({ numRuns: runs }),
    )
  },
)

function pairWhile({ register, withHidden }: Pair, asking: Asking): Pair {
  return {
    register: whileAsking(register, asking),
    withHidden: whileAsking(withHidden, asking),
  }
}

/** That an answer is not as she gave it: each page says so once. */
function changed(language: Language): string {
  return textOf(words.t(language, 'standing.now.changed'))
}

function later(language: Language): string {
  return textOf(words.t(language, 'standing.later'))
}

test('of a holder without a service in the register pages and answers follow its agreements alone', () => {
  const { register } = given.get('two') ?? world
  const none = whileAsking(register, 'none')
  const condition = 'active' as const
  const sharings = [{ id: 'agr_2026-001', categories: [income, family], condition }]
  const person = { sharings, isWhole: true, isUntrusted: false, waiting: 0, permitted: [] }
  const facts = factsOf(person, register)
  const answered = permittedTo(facts, none, now)
  expect(answered).toEqual(permittedTo(facts, register, now))
  expect(new Set(answered.map(({ right }) => right))).toEqual(new Set(['choice', 'law']))
  expect(permittedTo(facts, whileAsking(register, 'suspended'), now)).toEqual([])
  for (const language of languages) {
    const shown = shownTo(facts, person, { register: none, language })
    expect(shown).toEqual(shownTo(facts, person, { register, language }))
    expectSame(shown, answered, { register: none, language })
  }
})

test('what the law allowed is suspended, and not over, while the service of its holder is', () => {
  const { register } = given.get('two') ?? world
  const agreement = present(register.agreement('agr_2026-014'), 'an agreement')
  const permitted = {
    holder: bodyNo(register, agreement.holder),
    recipient: bodyNo(register, agreement.recipient),
    dataset: present(register.dataset('dst_avis-cotisation'), 'a dataset').no,
    purpose: present(register.purpose('pur_verification-loyer'), 'a purpose').no,
    agreement: agreement.no,
    legalBasisId: agreement.legalBasis,
    lastAt: hourBefore,
    lastSentAt: null,
  }
  const standing = askings.map((asking) => {
    const reading = { register: whileAsking(register, asking), language: 'fr', now } as const
    const flows = lawFlows(reading, noPersonAnswers, [permitted])
    const found = flows.find(({ purpose }) => purpose.no === permitted.purpose)
    const { isInForce, isSuspended, brake } = present(found, 'a law').sharing
    return [asking, isInForce, isSuspended, brake !== undefined]
  })
  expect(standing).toEqual([
    ['active', true, false, false],
    ['suspended', false, true, false],
    ['closed', false, true, false],
    ['braked', false, false, true],
    ['one-of-two', true, false, false],
    ['none', true, false, false],
  ])
})

type Names = { readonly register: Register; readonly language: Language }

function expectSame(
  { home, list, portrait, mine }: ReturnType<typeof shownTo>,
  truth: readonly Answered[],
  names: Names,
): void {
  const receivers = receiversOf(truth, names)
  for (const page of [home, list, portrait]) expect(receiversSaid(page, names)).toEqual(receivers)
  const lines = linesOf(truth, names)
  expect(rowsSaid(list, names)).toEqual(lines)
  expect(takenSaid(mine, names)).toEqual(lines)
  expect(beadsSaid(portrait)).toEqual(beadsOf(truth, names))
}

/** What the bodies are answered once the first sharing is stopped. */
function answeredAfter({ answers, ...facts }: Facts, register: Register): readonly Answered[] {
  const records = answers.consents.slice(0, 1).map(({ consentId }) => consentId)
  const consents = consentsAfter(answers.consents, { kind: 'stop', records }, now)
  const { isWhole } = answers
  return permittedTo({ ...facts, answers: { consents, isWhole } }, register, now)
}

/** The page before a stop, the one after it, and its receipt, of the same data at the same body. */
function expectStop(
  { data, sentences, pages: { before }, still }: NonNullable<ReturnType<typeof shownOfStop>>,
  answered: readonly Answered[],
  { register, language }: Names,
): void {
  const recipient = data[0]?.recipient
  const ids = data.map(({ category }) => category)
  const open = answered.filter((one) => one.recipient === recipient && ids.includes(one.category))
  const closed = ids.filter((id) => !open.some(({ category }) => category === id))
  const claims = [
    ...open.map(({ category, purpose, right }) => {
      return { category, isNone: false, why: `${purpose} ${right}` }
    }),
    ...closed.map((category) => ({ category, isNone: true })),
  ].map((claim) => JSON.stringify(claim))
  expect(readBack(sentences, language, register)).toEqual(claims.toSorted())

  const goesOn = new Set(open.map(({ category }) => category))
  expect(namedBefore(before, ids, { register, language })).toEqual([...goesOn].toSorted())

  const kept = still.data.flatMap(({ pii_type: category, ways }) =>
    ways.map(({ right, purpose_id: ref }) => [category, idOf(ref), right].join(' ')),
  )
  const ways = open.map(({ category, purpose, right }) => [category, purpose, right].join(' '))
  expect([...new Set(kept)].toSorted()).toEqual(ways.toSorted())
}

/** The data that the page before a stop says can still be received afterwards. */
function namedBefore(html: string, ids: readonly string[], { register, language }: Names) {
  const [, box = ''] = /<section class="still">([\s\S]*?)<\/section>/.exec(html) ?? []
  const heading = textOf(/<h2>([^<]*)/.exec(box)?.[1] ?? '')
  if (!/pourr(?:a|ont) encore recevoir|will still be able to receive/.test(heading)) return []
  return ids
    .filter((id) => heading.includes(register.category(id)?.inSentence?.[language] ?? '?'))
    .toSorted()
}
