import { afterAll, beforeAll, expect, test } from 'vitest'
import { dayOf } from '../../../src/base/values/calendar.ts'
import { present } from '../../../src/base/values/present.ts'
import { makeWords } from '../../../src/base/web/words.ts'
import { decide, lawfulFor } from '../../../src/consent/decisions/index.ts'
import type { ConsentState } from '../../../src/consent/record/index.ts'
import { longestLookback, lookbackOf, maskOf } from '../../../src/consent/record/index.ts'
import { consentsAfter } from '../../../src/consent/standing/consents-after.ts'
import type { SharingDeed } from '../../../src/consent/standing/index.ts'
import { dataOf, sayAfter, whatStillFlows, wordsOf } from '../../../src/consent/standing/index.ts'
import type { Register } from '../../../src/registry/index.ts'
import { bodyNo } from '../../../src/registry/index.ts'
import type { World } from '../../support/world.ts'
import { openWorld } from '../../support/world.ts'
import type { Condition } from './people.ts'
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

// Every ordered pair of sharings, with a law or without, and every deed about the first: both languages are read back, and what they
// say is what the bodies would be answered, no more and no less.

const words = makeWords()
const languages = ['fr', 'en'] as const
const aid = 'agr_2026-001'
const others = { same: 'agr_2026-911', another: 'agr_2026-912' } as const
const data = { same: [income, family], some: [income], other: [dependants] } as const
const laws = { none: [], same: lawful(income), other: lawful(dependants) } as const
const all = {
  conditions: Object.keys(conditions) as readonly Condition[],
  data: [income, family, dependants],
}

// With clauses of their own, so that each is known again in a sentence; Affordable Housing is many.
const more = [
  noRent,
  noResidence,
  ...allowable([others.same, 'pur_bourse-ete'], 'org_aide-etudes', {
    fr: 'calculer votre bourse d’été',
    en: 'calculate your summer bursary',
  }),
  ...allowable([others.another, 'pur_logement'], 'org_logement-abordable', {
    fr: 'choisir votre logement',
    en: 'choose your housing',
  }),
  { of: 'org_logement-abordable', set: { pronoun: { fr: 'ils', en: 'they' } } },
]

let world: World
const given = new Map<string, Register>()
beforeAll(async () => {
  world = await openWorld()
  for (const [name, law] of Object.entries(laws))
    given.set(name, await world.after(...more, ...law))
})
afterAll(() => world.close())

type Claim = {
  readonly category: string
  readonly isNone: boolean
  /** The purpose and the right, of what goes on. */
  readonly why?: string
}

/** What one sentence claims, by the words of the catalogue alone. */
function claimsIn(sentence: string, language: 'fr' | 'en', register: Register): Claim[] {
  const categories = all.data.filter((id) => sentence.includes(wordsIn(register, id, language)))
  if (none[language].test(sentence))
    return categories.map((category) => ({ category, isNone: true }))
  if (!still[language].test(sentence)) return []
  const clauses = sentence.split(/; (?:et|and) /)
  const reasons = whysIn(register, language).flatMap(({ id, why }) => {
    const clause = clauses.find((one) => why.test(one))
    if (clause === undefined) return []
    return [`${id} ${clause.includes(lawIn[language]) ? 'law' : 'choice'}`]
  })
  return categories.flatMap((category) => reasons.map((why) => ({ category, isNone: false, why })))
}

const none = {
  fr: / ne (?:peut|peuvent|pourra|pourront) (?:plus|pas) recevoir /,
  en: /(?:can no longer|cannot|will not be able to|will no longer be able to) receive /,
}
const still = {
  fr: /(?:peut|peuvent|pourra|pourront) encore recevoir /,
  en: /(?:can still|will still be able to) receive /,
}
const lawIn = { fr: 'la loi le permet', en: 'the law allows it' }

function wordsIn(register: Register, id: string, language: 'fr' | 'en'): string {
  return present(register.category(id)?.inSentence, 'words of a datum')[language]
}

const whys = new Map<string, readonly { readonly id: string; readonly why: RegExp }[]>()

/** The clause of each purpose, where it ends. */
function whysIn(register: Register, language: 'fr' | 'en') {
  const key = `${register.epoch} ${register.byLaw.length} ${language}`
  const known = whys.get(key)
  if (known !== undefined) return known
  const purposes = register.agreements.flatMap((agreement) =>
    agreement.purposes.flatMap((ref) => register.purpose(ref) ?? []),
  )
  const unlike = [...new Map(purposes.map((one) => [one.id, one])).values()]
  const made = unlike.map(({ id, why }) => ({
    id,
    why: new RegExp(`${present(why, 'a clause')[language]}(?:[,:;.]|\u00a0|$)`),
  }))
  whys.set(key, made)
  return made
}

function readBack(sentences: readonly string[], language: 'fr' | 'en', register: Register) {
  const claims = sentences.flatMap((sentence) => claimsIn(sentence, language, register))
  return [...new Set(claims.map((claim) => JSON.stringify(claim)))].toSorted()
}

/** What the bodies are answered about these data, whatever they ask. */
function permitted(
  consents: readonly ConsentState[],
  about: ReturnType<typeof dataOf>,
  register: Register,
): string[] {
  const found = about.flatMap(({ recipient, category }) =>
    register.agreements
      .filter(
        (agreement) =>
          register.agreement(agreement.id) === agreement &&
          bodyNo(register, agreement.recipient) === recipient,
      )
      .flatMap((agreement) =>
        agreement.datasets.flatMap(({ dataset: ref }) =>
          agreement.purposes.flatMap((named) => {
            const dataset = present(register.dataset(ref), 'a dataset')
            const purpose = present(register.purpose(named), 'a purpose')
            if (!dataset.categories.includes(category)) return []
            const asked = maskOf(dataset, [category])
            const holder = bodyNo(register, agreement.holder)
            const lawfulOf = { recipient: agreement.recipient, purpose }
            const periods = [longestLookback(purpose, dayOf(now)), ...consents.map(lookbackOf)]
            return periods.flatMap((period) => {
              const verdict = decide(
                {
                  holder,
                  recipient,
                  dataset,
                  purpose,
                  asked,
                  period,
                  agreement: agreement.id,
                  isCaseNamed: true,
                  lawful: lawfulFor({ dataset, asked }, lawfulOf, register),
                },
                {
                  isWhole: true,
                  isUntrusted: false,
                  consents: consents.filter((consent) => consent.recipient === recipient),
                  usesByLaw: [],
                },
                register,
                now,
              )
              if (!verdict.permit) return []
              const right = 'consent' in verdict ? 'choice' : 'law'
              return [JSON.stringify({ category, isNone: false, why: `${purpose.id} ${right}` })]
            })
          }),
        ),
      ),
  )
  return [...new Set(found)].toSorted()
}

function deedsOn(one: ConsentState, other: ConsentState, register: Register): SharingDeed[] {
  const dataset = present(register.datasetByNo(one.dataset), 'a dataset')
  const { validUntil, frequencyCount } = one
  const to = { categories: maskOf(dataset, [income]), validUntil, frequencyCount }
  const [record, second] = [one.consentId, other.consentId]
  const records = [record]
  return [
    { kind: 'stop', records },
    { kind: 'stop', records: [record, second] },
    { kind: 'pause', records },
    { kind: 'resume', records },
    { kind: 'narrow', record, to },
  ]
}

const tenses = { stop: 'present', pause: 'pause', resume: 'present', narrow: 'present' } as const
const untrue = /plus rien|rien n’est|nothing/i

/** What is said of one deed about a pair, and is not so. */
function faultsOf(
  pair: readonly [ConsentState, ConsentState],
  deed: SharingDeed,
  register: Register,
): string[] {
  const facts = { isUntrusted: false, usesByLaw: () => [] }
  const after = consentsAfter(pair, deed, now)
  const preview = whatStillFlows(
    { ...facts, answers: { consents: pair, isWhole: true }, deed },
    register,
    now,
  )
  const result = whatStillFlows(
    { ...facts, answers: { consents: after, isWhole: true } },
    register,
    now,
  )
  const about = dataOf(pair[0], register)
  const records = deed.kind === 'narrow' ? [deed.record] : deed.records
  const said = sayAfter(about, records, preview)
  const texts = languages.map((language) =>
    wordsOf(said, tenses[deed.kind], { words, register, language }),
  )
  const [fr = [], en = []] = texts.map((text, n) => readBack(text, languages[n] ?? 'fr', register))
  const open = permitted(after, about, register)
  const closed = about
    .map(({ category }) => category)
    .filter((category) => !open.some((one) => one.includes(`"${category}"`)))
    .map((category) => JSON.stringify({ category, isNone: true }))
  const so = [...open, ...closed].toSorted()
  return [
    ...(same(preview.flows.map(named), result.flows.map(named)) ? [] : ['preview']),
    ...(same(fr, en) ? [] : ['languages']),
    ...(same(fr, so) ? [] : [`said ${fr.join()} but ${so.join()}`]),
    ...texts.flat().filter((text) => untrue.test(text)),
  ]
}

function named({
  recipient,
  category,
  ways,
}: {
  recipient: number
  category: string
  ways: readonly unknown[]
}) {
  return `${recipient} ${category} ${ways.length}`
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, n) => text === other[n])
}

test.each(Object.keys(laws))(
  'every pair of sharings and every deed is said as it is, where the law allows: %s',
  (law) => {
    const register = present(given.get(law), 'a register')
    const faults = new Map<string, string>()
    let count = 0
    for (const to of Object.values(others))
      for (const categories of Object.values(data))
        for (const one of all.conditions)
          for (const other of all.conditions) {
            const first = sharingOf(register, aid, [income, family], conditions[one])
            const second = sharingOf(register, to, categories, conditions[other])
            for (const deed of deedsOn(first, second, register)) {
              count += 1
              const found = faultsOf([first, second], deed, register)
              for (const fault of found)
                faults.set(fault, [to, categories, one, other, deed.kind].join(' '))
            }
          }
    expect([...faults]).toEqual([])
    expect(count).toBe(2 * 3 * 7 * 7 * 5)
  },
)
