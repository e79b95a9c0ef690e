import { array, assert, constantFrom, property, record, subarray } from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Strand } from '../../../src/base/web/strands.ts'
import { legendOf } from '../../../src/base/web/strands.ts'
import { capital } from '../../../src/base/web/lists.ts'
import { makeWords } from '../../../src/base/web/words.ts'
import type { PortraitView } from '../../../src/pages/my-sharing/pages.ts'
import { portraitOf } from '../../../src/pages/my-sharing/portrait.ts'
import type { Register } from '../../../src/registry/index.ts'
import { bodyNames, categoryLabels } from '../../../src/registry/index.ts'
import type { Condition } from '../../consent/standing/people.ts'
import { conditions, dependants, family, income, lawful } from '../../consent/standing/people.ts'
import { seeded } from '../../support/property.ts'
import type { World } from '../../support/world.ts'
import { openWorld } from '../../support/world.ts'
import { factsOf, knownOf } from './shown-person.ts'

// « Le portrait » draws what may be sent, as the bodies are answered, and nothing else; turned, it says the same.

const words = makeWords()
const aid = 'agr_2026-001'
const loan = 'agr_2026-009'
const whole: readonly Condition[] = Object.keys(conditions) as Condition[] // The keys of that very object.

let world: World
let registers: readonly Register[]
beforeAll(async () => {
  world = await openWorld()
  registers = [world.register, await world.after(...lawful(income))]
})
afterAll(() => world.close())

type Given = {
  readonly id: string
  readonly categories: readonly string[]
  readonly condition: Condition
  readonly isUsed: boolean
}

function rowsOf(register: Register, given: readonly Given[]) {
  const person = { isWhole: true, isUntrusted: false, waiting: 0, permitted: [] }
  const facts = factsOf({ ...person, sharings: given }, register)
  const used = facts.consents.filter((_, n) => given[n]?.isUsed === true)
  return knownOf(facts, { register, language: 'fr' }, (consent) => used.includes(consent))
}

type Known = ReturnType<typeof rowsOf>

function drawn(register: Register, known: Known, view: PortraitView): readonly Strand[] {
  return portraitOf(known, { words, register, language: 'fr' }, view)
}

/** Each bead, as who sends, what, to whom, and how it looks. */
function beadsOf(strands: readonly Strand[]): readonly string[] {
  return strands
    .flatMap(({ from, what, to, beads }) =>
      beads.map(({ name, state, right, notes }) =>
        [from, what ?? name, to ?? name, state, right, ...notes].join(' | '),
      ),
    )
    .toSorted()
}

const people = array(
  record({
    id: constantFrom(aid, loan),
    categories: subarray([income, family, dependants], { minLength: 1 }),
    condition: constantFrom(...whole),
    isUsed: constantFrom(true, false),
  }),
  { maxLength: 3 },
)

test('a bead is filled or hatched exactly where something may be sent, by what right the decision says', () => {
  assert(
    property(constantFrom(0, 1), people, (which, given) => {
      const register = registers[which] ?? world.register
      const known = rowsOf(register, given)
      const [nameOf, labelOf] = [bodyNames(register, 'fr'), categoryLabels(register, 'fr')]
      const permitted = known.flows.flows
        .filter(({ ways }) => ways.length > 0)
        .map(({ holder, recipient, category, ways }) => {
          const by = ways.some((way) => way.by === 'choice') ? 'choice' : 'law'
          const label = capital(labelOf(category))
          return [nameOf(holder), label, nameOf(recipient), by].join(' | ')
        })
      const strands = drawn(register, known, 'organisation')
      const filled = strands.flatMap(({ from, to, beads }) =>
        beads
          .filter(({ state }) => ['choice', 'soon', 'law'].includes(state))
          .map(({ name, state }) =>
            [from, name, to, state === 'soon' ? 'choice' : state].join(' | '),
          ),
      )
      expect(filled.toSorted()).toEqual(permitted.toSorted())
      // Whatever a row of « Mes partages » names is a bead, once, and says in words what it shows.
      const rows = [...known.open, ...known.lawful].map(({ sharing }) => sharing)
      const named = rows.flatMap(({ holder, recipient, what }) =>
        what.map((label) => [holder, capital(label), recipient].join(' | ')),
      )
      const all = strands.flatMap(({ from, to, beads }) =>
        beads.map(({ name }) => [from, name, to].join(' | ')),
      )
      expect(all.toSorted()).toEqual([...new Set(named)].toSorted())
      for (const { right, notes } of strands.flatMap(({ beads }) => beads))
        expect(`${right}${notes.join('')}`).not.toBe('')
      expect(beadsOf(drawn(register, known, 'datum'))).toEqual(beadsOf(strands))
    }),
    seeded({ numRuns: 60 }),
  )
})

function pictured(given: readonly Given[], which = 0): readonly string[] {
  const register = registers[which] ?? world.register
  return beadsOf(drawn(register, rowsOf(register, given), 'organisation')).filter((line) =>
    line.includes('Aide aux études'),
  )
}

const bursary = {
  id: aid,
  categories: [income, family],
  condition: 'active',
  isUsed: true,
} as const

test('a datum that two rows carry is one bead that says so, with the law among them or not', () => {
  const both = [bursary, { ...bursary, id: loan, categories: [income] }]
  const from = 'Agence du revenu (démo)'
  expect(pictured(both).filter((line) => line.includes('Revenu net'))).toEqual([
    `${from} | Revenu net | Aide aux études (démo) | choice | vous l’avez autorisé | 2 raisons`,
  ])
  expect(pictured([bursary], 1).filter((line) => line.includes('Revenu net'))).toEqual([
    `${from} | Revenu net | Aide aux études (démo) | choice | vous l’avez autorisé | 2 raisons, dont la loi`,
  ])
  // What she paused is carried by the other alone.
  expect(pictured([{ ...bursary, condition: 'paused' }, ...both.slice(1)])).toEqual([
    expect.stringContaining('Revenu net | Aide aux études (démo) | choice | vous l’avez autorisé'),
    expect.stringMatching(/Résidence au Québec .*\| law \| la loi le permet \| n’a jamais servi/),
    expect.stringContaining('Situation familiale | Aide aux études (démo) | paused |  | en pause'),
  ])
})

test.each<[Condition, string]>([
  ['paused', 'paused |  | en pause'],
  ['held', 'suspended |  | partage suspendu'],
  ['untrusted', 'suspended |  | partage suspendu'],
  ['other-meaning', 'suspended |  | partage suspendu'],
  ['used-up', 'limit |  | pas avant le 1er\u00a0décembre 2027'],
])('a sharing that is %s is a dashed bead, and says why', (condition, said) => {
  const [line = ''] = pictured([{ ...bursary, condition }])
  expect(line).toContain(said)
})

test('a legend names what is there, and what ends soon as what she allowed', () => {
  const bead = { name: '', right: '', notes: [] }
  const strand = { from: '', what: undefined, to: '', isAgain: false }
  const of = (...states: readonly ('soon' | 'law' | 'spent')[]) =>
    legendOf([{ ...strand, beads: states.map((state) => ({ ...bead, state })) }])
  expect(of('spent', 'soon')).toEqual(['choice', 'spent'])
  expect(of('law', 'law')).toEqual(['law'])
  expect(legendOf([])).toEqual([])
})
