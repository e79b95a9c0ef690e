import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeWords } from '../../../src/base/web/words.ts'
import type { ConsentState } from '../../../src/consent/record/index.ts'
import type { Datum, Sentence, SharingDeed, Tense } from '../../../src/consent/standing/index.ts'
import {
  dataOf,
  sayAfter,
  sayBeside,
  sayResumed,
  whatStillFlows,
  wordsOf,
} from '../../../src/consent/standing/index.ts'
import { maskOf } from '../../../src/consent/record/index.ts'
import { present } from '../../../src/base/values/present.ts'
import type { Register } from '../../../src/registry/index.ts'
import type { Change, World } from '../../support/world.ts'
import { openWorld } from '../../support/world.ts'
import {
  allowable,
  conditions,
  dependants,
  family,
  income,
  lawful,
  noRent,
  noResidence,
  now,
  sharingOf,
} from './people.ts'

// Each case of what a deed leaves, in both languages: a stop, a pause and its end, a narrowing, an end, a no.

const words = makeWords()
const aid = 'agr_2026-001'
const loan = 'agr_2026-009'
const housing = 'agr_2026-912'
const summer = 'agr_2026-911'

const alone: readonly Change[] = [noRent, noResidence]
const registers = {
  none: [
    ...alone,
    ...allowable([summer, 'pur_bourse-ete'], 'org_aide-etudes', {
      fr: 'calculer votre bourse d’été',
      en: 'calculate your summer bursary',
    }),
    ...allowable([housing, 'pur_logement'], 'org_logement-abordable', {
      fr: 'choisir votre logement',
      en: 'choose your housing',
    }),
  ],
  law: [...alone, ...lawful(income)],
  rent: [noResidence],
  residence: [noRent],
} as const satisfies Readonly<Record<string, readonly Change[]>>
type Name = keyof typeof registers

let world: World
const given = new Map<string, Register>()
beforeAll(async () => {
  world = await openWorld()
  for (const [name, changes] of Object.entries(registers))
    given.set(name, await world.after(...changes))
})
afterAll(() => world.close())

type Person = { readonly register: Register; readonly consents: readonly ConsentState[] }
type Said = { readonly sentences: readonly Sentence[]; readonly tense: Tense }

function flowsAfter({ register, consents }: Person, deed?: SharingDeed, at = now) {
  const answers = { consents, isWhole: true }
  const facts = { answers, isUntrusted: false, usesByLaw: () => [], deed }
  return whatStillFlows(facts, register, at)
}

/** What the first sharings, so many, leave when they are stopped or paused. */
function after(kind: 'stop' | 'pause', tense: Tense, count = 1) {
  return (person: Person): Said => {
    const { register, consents } = person
    const touched = consents.slice(0, count)
    const records = touched.map(({ consentId }) => consentId)
    const about = touched.flatMap((consent) => dataOf(consent, register))
    const once = [...new Map(about.map((one) => [one.category, one])).values()]
    const over = register.purposeByNo(touched[0]?.purpose ?? 0)
    const still = flowsAfter(person, { kind, records })
    return { sentences: sayAfter(once, records, still, over), tense }
  }
}

function first({ register, consents }: Person) {
  const consent = present(consents[0], 'a sharing')
  return { consent, about: dataOf(consent, register) }
}

function beside(person: Person): Said {
  const { consent, about } = first(person)
  const still = flowsAfter(person, { kind: 'stop', records: [consent.consentId] })
  return { sentences: sayBeside(about, still), tense: 'present' }
}

function resumed(person: Person): Said {
  const { consent, about } = first(person)
  const still = flowsAfter(person, { kind: 'resume', records: [consent.consentId] })
  return { sentences: sayResumed(about, consent.consentId, still), tense: 'present' }
}

function narrowed(person: Person): Said {
  const { consent, about } = first(person)
  const dataset = present(person.register.datasetByNo(consent.dataset), 'a dataset')
  const { validUntil, frequencyCount } = consent
  const to = { categories: maskOf(dataset, [income]), validUntil, frequencyCount }
  const still = flowsAfter(person, { kind: 'narrow', record: consent.consentId, to })
  const removed = about.filter(({ category }) => category !== income)
  return { sentences: sayAfter(removed, [], still, 'here'), tense: 'present' }
}

/** Once the first sharing is over. */
function ended(tense: Tense) {
  return (person: Person): Said => {
    const { consent, about } = first(person)
    const still = flowsAfter(person, undefined, consent.validUntil)
    return { sentences: sayAfter(about, [consent.consentId], still), tense }
  }
}

/** Refused: a question about these data. */
function refused(tense: Tense, ...categories: readonly string[]) {
  return (person: Person): Said => {
    const { recipient } = first(person).consent
    const about: readonly Datum[] = categories.map((category) => ({ recipient, category }))
    return { sentences: sayAfter(about, [], flowsAfter(person)), tense }
  }
}

type Case = {
  readonly case: string
  readonly of?: Name
  readonly sharings: (register: Register) => readonly ConsentState[]
  readonly say: (person: Person) => Said
  readonly fr: string
  readonly en: string
}

const both = [income, family]
const soon = { validUntil: new Date('2026-12-14T05:00:00Z') }
const long = { validUntil: new Date('2027-06-02T04:00:00Z') }

const table: readonly Case[] = [
  {
    case: '14 no other way',
    sharings: (r) => [sharingOf(r, aid, both)],
    say: after('stop', 'present'),
    fr: 'L’Aide aux études (démo) ne peut plus recevoir votre revenu net ni votre situation familiale.',
    en: 'Student Aid (demo) can no longer receive your net income or your family situation.',
  },
  {
    case: '15 by another choice',
    sharings: (r) => [sharingOf(r, aid, both), sharingOf(r, loan, [income])],
    say: after('stop', 'future'),
    fr: 'L’Aide aux études (démo) ne pourra plus recevoir votre situation familiale. Elle pourra encore recevoir votre revenu net, pour fixer le remboursement de votre prêt : vous l’avez autorisé.',
    en: 'Student Aid (demo) will no longer be able to receive your family situation. It will still be able to receive your net income, to set your loan repayment: you allowed it.',
  },
  {
    case: '16 all of it by another choice',
    sharings: (r) => [sharingOf(r, aid, [income]), sharingOf(r, loan, [income])],
    say: after('stop', 'present'),
    fr: 'L’Aide aux études (démo) peut encore recevoir votre revenu net, pour fixer le remboursement de votre prêt : vous l’avez autorisé. Pour calculer votre bourse, elle ne le peut plus.',
    en: 'Student Aid (demo) can still receive your net income, to set your loan repayment: you allowed it. To calculate your bursary, it no longer can.',
  },
  {
    case: '17 by law',
    of: 'law',
    sharings: (r) => [sharingOf(r, aid, both)],
    say: after('stop', 'past'),
    fr: 'L’Aide aux études (démo) ne pouvait plus recevoir votre situation familiale. Elle pouvait encore recevoir votre revenu net, pour vérifier votre dossier : la loi le permet.',
    en: 'Student Aid (demo) could no longer receive your family situation. It could still receive your net income, to check your file: the law allows it.',
  },
  {
    case: '18 by two other choices',
    sharings: (r) => [
      sharingOf(r, aid, both),
      sharingOf(r, loan, [income]),
      sharingOf(r, summer, [income]),
    ],
    say: after('stop', 'present'),
    fr: 'L’Aide aux études (démo) ne peut plus recevoir votre situation familiale. Elle peut encore recevoir votre revenu net, pour deux raisons que vous avez autorisées : calculer votre bourse d’été; et fixer le remboursement de votre prêt.',
    en: 'Student Aid (demo) can no longer receive your family situation. It can still receive your net income, for two reasons that you allowed: to calculate your summer bursary; and to set your loan repayment.',
  },
  {
    case: '19 by another choice and by law',
    of: 'law',
    sharings: (r) => [sharingOf(r, aid, [income]), sharingOf(r, loan, [income])],
    say: after('stop', 'present'),
    fr: 'L’Aide aux études (démo) peut encore recevoir votre revenu net, pour fixer le remboursement de votre prêt : vous l’avez autorisé; et pour vérifier votre dossier : la loi le permet. Pour calculer votre bourse, elle ne le peut plus.',
    en: 'Student Aid (demo) can still receive your net income, to set your loan repayment: you allowed it; and to check your file: the law allows it. To calculate your bursary, it no longer can.',
  },
  {
    case: '20 the other choice is paused',
    sharings: (r) => [sharingOf(r, aid, [income]), sharingOf(r, loan, [income], conditions.paused)],
    say: after('stop', 'present'),
    fr: 'L’Aide aux études (démo) ne peut plus recevoir votre revenu net. Si vous reprenez le partage en pause, elle pourra de nouveau recevoir votre revenu net.',
    en: 'Student Aid (demo) can no longer receive your net income. If you resume the paused sharing, it will be able to receive your net income again.',
  },
  {
    case: '21 the other choice is at its limit',
    sharings: (r) => [
      sharingOf(r, aid, [income]),
      sharingOf(r, loan, [income], conditions['used-up']),
    ],
    say: after('stop', 'present'),
    fr: 'L’Aide aux études (démo) ne peut pas recevoir votre revenu net avant le 1er décembre 2027. Ensuite, elle le pourra encore, pour fixer le remboursement de votre prêt : vous l’avez autorisé.',
    en: 'Student Aid (demo) cannot receive your net income before December 1, 2027. After that, it still can, to set your loan repayment: you allowed it.',
  },
  {
    case: '22 the other choice is held',
    sharings: (r) => [sharingOf(r, aid, [income]), sharingOf(r, loan, [income], conditions.held)],
    say: after('stop', 'present'),
    fr: 'L’Aide aux études (démo) ne peut plus recevoir votre revenu net. Un autre partage est suspendu. S’il reprend, elle pourra de nouveau recevoir votre revenu net.',
    en: 'Student Aid (demo) can no longer receive your net income. Another sharing is suspended. If it resumes, it will be able to receive your net income again.',
  },
  {
    case: '23 the other covers other years',
    sharings: (r) => [
      sharingOf(r, aid, [income]),
      sharingOf(r, loan, [income], { lookbackFrom: '2023-01-01', lookbackTo: '2024-12-31' }),
    ],
    say: after('stop', 'present'),
    fr: 'L’Aide aux études (démo) peut encore recevoir votre revenu net de 2023 et 2024, pour fixer le remboursement de votre prêt : vous l’avez autorisé. Pour calculer votre bourse, elle ne le peut plus.',
    en: 'Student Aid (demo) can still receive your net income for 2023 and 2024, to set your loan repayment: you allowed it. To calculate your bursary, it no longer can.',
  },
  {
    case: '24 the same datum, another body, by choice',
    sharings: (r) => [sharingOf(r, aid, [income]), sharingOf(r, housing, [income])],
    say: beside,
    fr: 'Logement abordable (démo) peut aussi recevoir votre revenu net, pour choisir votre logement : vous l’avez autorisé. Ce partage continue.',
    en: 'Affordable Housing (demo) can also receive your net income, to choose your housing: you allowed it. That sharing goes on.',
  },
  {
    case: '25 the same, by law',
    of: 'rent',
    sharings: (r) => [sharingOf(r, aid, [income])],
    say: beside,
    fr: 'Logement abordable (démo) peut aussi recevoir votre revenu net, pour vérifier votre loyer : la loi le permet.',
    en: 'Affordable Housing (demo) can also receive your net income, to check your rent: the law allows it.',
  },
  {
    case: '26 other data, the same body',
    of: 'residence',
    sharings: (r) => [sharingOf(r, aid, [income])],
    say: beside,
    fr: 'L’Aide aux études (démo) peut aussi recevoir votre résidence au Québec, pour vérifier votre résidence au Québec : la loi le permet.',
    en: 'Student Aid (demo) can also receive your residence in Québec, to check that you live in Québec: the law allows it.',
  },
  {
    case: '27 two stopped at once',
    sharings: (r) => [sharingOf(r, aid, both), sharingOf(r, loan, [income])],
    say: after('stop', 'present', 2),
    fr: 'L’Aide aux études (démo) ne peut plus recevoir votre revenu net ni votre situation familiale.',
    en: 'Student Aid (demo) can no longer receive your net income or your family situation.',
  },
  {
    case: '31 a pause, no other way',
    sharings: (r) => [sharingOf(r, aid, [income])],
    say: after('pause', 'pause'),
    fr: 'Pendant la pause, l’Aide aux études (démo) ne peut pas recevoir votre revenu net.',
    en: 'During the pause, Student Aid (demo) cannot receive your net income.',
  },
  {
    case: '32 a pause, another way',
    sharings: (r) => [sharingOf(r, aid, both), sharingOf(r, loan, [income])],
    say: after('pause', 'pause'),
    fr: 'Pendant la pause, l’Aide aux études (démo) ne peut pas recevoir votre situation familiale. Elle peut encore recevoir votre revenu net, pour fixer le remboursement de votre prêt : vous l’avez autorisé.',
    en: 'During the pause, Student Aid (demo) cannot receive your family situation. It can still receive your net income, to set your loan repayment: you allowed it.',
  },
  {
    case: '33 a pause is over',
    sharings: (r) => [sharingOf(r, aid, [income], { ...conditions.paused, ...long })],
    say: resumed,
    fr: 'L’Aide aux études (démo) peut de nouveau recevoir votre revenu net, jusqu’au 1er juin 2027.',
    en: 'Student Aid (demo) can receive your net income again, until June 1, 2027.',
  },
  {
    case: '35 an optional datum is removed',
    sharings: (r) => [sharingOf(r, aid, both)],
    say: narrowed,
    fr: 'L’Aide aux études (démo) ne peut plus recevoir votre situation familiale.',
    en: 'Student Aid (demo) can no longer receive your family situation.',
  },
  {
    case: '36 removed, and another way',
    sharings: (r) => [sharingOf(r, aid, both), sharingOf(r, summer, [family])],
    say: narrowed,
    fr: 'L’Aide aux études (démo) peut encore recevoir votre situation familiale, pour calculer votre bourse d’été : vous l’avez autorisé. Ce partage-ci ne le permet plus.',
    en: 'Student Aid (demo) can still receive your family situation, to calculate your summer bursary: you allowed it. This sharing no longer allows it.',
  },
  {
    case: '37 an earlier end, and a way that lasts',
    sharings: (r) => [sharingOf(r, aid, [income], soon), sharingOf(r, loan, [income], long)],
    say: ended('shorter'),
    fr: 'L’Aide aux études (démo) pourra encore recevoir votre revenu net, pour fixer le remboursement de votre prêt, jusqu’au 1er juin 2027 : vous l’avez autorisé.',
    en: 'Student Aid (demo) will still be able to receive your net income, to set your loan repayment, until June 1, 2027: you allowed it.',
  },
  {
    case: '39 left to end, no other way',
    sharings: (r) => [sharingOf(r, aid, [income], soon)],
    say: ended('afterwards'),
    fr: 'Ensuite, l’Aide aux études (démo) ne pourra plus recevoir votre revenu net.',
    en: 'After that, Student Aid (demo) will no longer be able to receive your net income.',
  },
  {
    case: '40 left to end, another way',
    sharings: (r) => [sharingOf(r, aid, [income], soon), sharingOf(r, loan, [income], long)],
    say: ended('afterwards'),
    fr: 'Ensuite, l’Aide aux études (démo) pourra encore recevoir votre revenu net, pour fixer le remboursement de votre prêt : vous l’avez autorisé.',
    en: 'After that, Student Aid (demo) will still be able to receive your net income, to set your loan repayment: you allowed it.',
  },
  {
    case: '41 a change is refused',
    sharings: (r) => [sharingOf(r, aid, [income], long)],
    say: refused('change-refused', income, dependants),
    fr: 'L’Aide aux études (démo) ne peut pas recevoir le nombre de vos personnes à charge. Elle peut encore recevoir votre revenu net, pour calculer votre bourse, jusqu’au 1er juin 2027 : vous l’avez autorisé.',
    en: 'Student Aid (demo) cannot receive the number of your dependants. It can still receive your net income, to calculate your bursary, until June 1, 2027: you allowed it.',
  },
  {
    case: '42 refused, and another way',
    sharings: (r) => [sharingOf(r, loan, [income])],
    say: refused('refused', income),
    fr: 'L’Aide aux études (démo) peut quand même recevoir votre revenu net, pour fixer le remboursement de votre prêt : vous l’avez autorisé.',
    en: 'Student Aid (demo) can receive your net income all the same, to set your loan repayment: you allowed it.',
  },
]

test.each(table)('$case', ({ of = 'none', sharings, say, fr, en }) => {
  const register = present(given.get(of), 'a register')
  // Ids count the order of answers: the first is the oldest.
  const consents = sharings(register)
  const { sentences, tense } = say({ register, consents })
  const inLanguage = (language: 'fr' | 'en') =>
    wordsOf(sentences, tense, { words, register, language }).join(' ').replaceAll('\u00a0', ' ')
  expect([inLanguage('fr'), inLanguage('en')]).toEqual([fr, en])
})
