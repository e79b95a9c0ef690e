import { capital } from '../src/base/web/lists.ts'
import { makeWords } from '../src/base/web/words.ts'
import type { StillBox, StillWay } from '../src/pages/my-sharing/still-pages.ts'
import type { Language } from '../src/base/values/languages.ts'
import type { Lead, Tense } from '../src/consent/standing/index.ts'

// What a stop or a pause leaves, and who may receive something, of the people of the demonstration.

const { t, date } = makeWords()

const said = {
  fr: {
    body: 'l’Aide aux études (démo)',
    begins: 'L’Aide aux études (démo)',
    again: 'elle',
    law: 'Logement abordable (démo)',
    income: 'votre revenu net',
    family: 'votre situation familiale',
    why: 'fixer le remboursement de votre prêt',
    rent: 'vérifier votre loyer',
    children: 'le nombre de vos personnes à charge',
    base: '/mes-partages',
  },
  en: {
    body: 'Student Aid (demo)',
    begins: 'Student Aid (demo)',
    again: 'it',
    law: 'Affordable Housing (demo)',
    income: 'your net income',
    family: 'your family situation',
    why: 'set your loan repayment',
    rent: 'check your rent',
    children: 'the number of your dependants',
    base: '/en/mes-partages',
  },
} as const

function named(language: Language) {
  const { body, begins, again } = said[language]
  return { body, begins, again }
}

function called(language: Language) {
  const { again } = said[language]
  return { body: again, again, begins: `${again.slice(0, 1).toUpperCase()}${again.slice(1)}` }
}

function reasons(language: Language): string {
  const why = t(language, 'standing.why', { why: said[language].why })
  return t(language, 'standing.reason.choice', { why })
}

/** One datum that nothing lets be sent any more, and one that another sharing does. */
export function sampleSentences(language: Language, tense: Tense): readonly string[] {
  const { income, family } = said[language]
  const still = { ...called(language), data: income, reasons: reasons(language) }
  return [
    t(language, `standing.none.${tense}`, { ...named(language), data: family }),
    t(language, `standing.still.${tense === 'pause' ? 'present' : tense}`, still),
  ]
}

/** What waits: a pause of hers, what others suspended, a limit. */
export function sampleWaits(language: Language, tense: Tense): readonly string[] {
  const { income, family } = said[language]
  const from = date(language, new Date('2027-03-03T17:00:00Z'))
  const limited = { ...called(language), data: income, from, reasons: reasons(language) }
  return [
    t(language, `standing.none.${tense}`, { ...named(language), data: family }),
    t(language, 'standing.paused', { ...called(language), data: family }),
    t(language, 'standing.held', { ...called(language), data: family }),
    t(language, `standing.limit.${tense === 'pause' ? 'present' : tense}`, limited),
  ]
}

export type SampleOf = {
  readonly waiting?: number
  readonly isByChoice?: boolean
  readonly isByLaw?: boolean
  readonly paused?: number
  readonly isEnding?: boolean
  readonly isChanged?: boolean
}

/** The first sentences of a page. A pause is held by others, too, where there is another sharing that is paused. */
export function sampleLead(language: Language, of: SampleOf): Lead {
  const { paused = 0 } = of
  const sentences = [
    ...sampleWaiting(language, of),
    ...sampleReceivers(language, of),
    ...samplePaused(language, paused),
    ...(of.isEnding === true ? [sampleEnd(language)] : []),
    ...(of.isChanged === true ? [t(language, 'standing.now.changed')] : []),
  ]
  return { sentences, heldId: paused > 1 ? 'con_06f9zj5b2x8m4q7t1n3v5w9yka' : undefined }
}

/** The same while nothing is permitted to anybody. */
export function haltedLead(language: Language): Lead {
  return { sentences: [t(language, 'standing.now.none-for-now')], heldId: undefined }
}

const numbers = { fr: ['', 'Un', 'Deux'], en: ['', 'One', 'Two'] } as const

function sampleWaiting(language: Language, { waiting = 0 }: SampleOf): readonly string[] {
  return waiting > 0 ? [t(language, 'standing.now.waiting', { count: waiting })] : []
}

function sampleReceivers(language: Language, of: SampleOf): readonly string[] {
  const { waiting = 0, isByChoice = false, isByLaw = false, paused = 0 } = of
  const { body, law } = said[language]
  const bodies = [
    ...(isByChoice ? [t(language, 'standing.right.choice', { body })] : []),
    ...(isByLaw ? [t(language, 'standing.right.law-unused', { body: law })] : []),
  ]
  const count = bodies.length
  if (count === 0) {
    const isForNow = waiting + paused > 0
    return [t(language, isForNow ? 'standing.now.none-for-now' : 'standing.now.none')]
  }
  const number = numbers[language][count] ?? ''
  const some = t(language, 'standing.now.some', { count, number, bodies: bodies.join('; ') })
  return isByChoice || paused > 0 ? [some] : [t(language, 'standing.now.none-allowed'), some]
}

function samplePaused(language: Language, paused: number): readonly string[] {
  const number = numbers[language][1]
  const one = { count: 1, number }
  return [
    ...(paused > 0 ? [t(language, 'standing.now.paused', one)] : []),
    ...(paused > 1
      ? [t(language, 'standing.now.held-at', { ...one, bodies: said[language].law })]
      : []),
  ]
}

function sampleEnd(language: Language): string {
  const until = date(language, new Date('2026-12-13T17:00:00Z'))
  return t(language, 'standing.now.ends', { ...named(language), until })
}

/** What a stop ends, a line a datum: of the income, this reason alone or all of it. */
export function sampleEnds(language: Language, form: 'ends' | 'none'): readonly string[] {
  const { income, family } = said[language]
  return [
    t(language, 'standing.none.future', { ...named(language), data: family }),
    t(language, `standing.${form}.future`, { ...called(language), data: income }),
  ]
}

/** What a stop does not touch. */
export function sampleBeside(language: Language): readonly string[] {
  const { law, income, rent } = said[language]
  const why = t(language, 'standing.why', { why: rent })
  const reason = t(language, 'standing.reason.law', { why })
  return [t(language, 'standing.also', { body: law, begins: law, data: income, reasons: reason })]
}

const open = { what: undefined, wait: undefined, alsoSends: undefined } as const

/** Another sharing of hers, one that sends more and is paused, and a law. */
export function sampleStill(language: Language, tense: 'future' | 'present' | 'pause'): StillBox {
  const { income, why, rent, children, base } = said[language]
  const ids = ['con_06f9zj5b2x8m4q7t1n3v5w9yk2', 'con_06f9zj5b2x8m4q7t1n3v5w9yk3'] as const
  const loan: StillWay = {
    ...open,
    by: 'choice',
    why: t(language, 'my-sharing.still.why', { why }),
    until: new Date('2027-06-01T12:00:00Z'),
    id: ids[0],
    href: `${base}/${ids[0]}`,
  }
  const law: StillWay = {
    ...open,
    by: 'law',
    why: t(language, 'my-sharing.still.why', { why: rent }),
    until: undefined,
    id: undefined,
    href: `${base}/loi/agr_2026-021/pur_verification-loyer`,
  }
  const paused: StillWay = {
    ...loan,
    what: capital(income),
    why: t(language, 'my-sharing.still.titled', { label: 'Bourse 2025-2026' }),
    wait: { because: 'paused', from: undefined },
    alsoSends: children,
    id: ids[1],
  }
  const heading = t(language, `my-sharing.still.heading.${tense === 'pause' ? 'present' : tense}`, {
    ...called(language),
    data: income,
  })
  return { heading, ways: [loan, law, paused] }
}

/** All that is left waits: for others, for a day; and there are more sharings than a form takes. */
export function sampleStillWaits(language: Language): StillBox {
  const { ways } = sampleStill(language, 'future')
  const [loan] = ways
  if (loan === undefined) throw new TypeError('a sample without a way')
  const from = new Date('2027-03-03T17:00:00Z')
  return {
    heading: t(language, 'my-sharing.still.heading.waits', { data: said[language].income }),
    ways: [
      { ...loan, wait: { because: 'held', from: undefined } },
      { ...loan, wait: { because: 'limit', from }, id: undefined },
    ],
  }
}
