import { afterAll, beforeAll, expect, test } from 'vitest'
import { present } from '../../../src/base/values/present.ts'
import { makeWords } from '../../../src/base/web/words.ts'
import type { ConsentState } from '../../../src/consent/record/index.ts'
import { maskOf } from '../../../src/consent/record/index.ts'
import { consentsAfter } from '../../../src/consent/standing/consents-after.ts'
import type { Datum, Sentence, SharingDeed } from '../../../src/consent/standing/index.ts'
import { dataOf, sayAfter, whatStillFlows, wordsOf } from '../../../src/consent/standing/index.ts'
import type { Register } from '../../../src/registry/index.ts'
import type { World } from '../../support/world.ts'
import { openWorld } from '../../support/world.ts'
import { permittedTo } from './answered.ts'
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
  whileAsking,
} from './people.ts'
import { readBack } from './read-back.ts'

// Every ordered pair of sharings, with a law or without, and every deed about the first: both languages are read back, and what they
// say is what the bodies would be answered, no more and no less.

const words = makeWords()
const languages = ['fr', 'en'] as const
const aid = 'agr_2026-001'
const others = { same: 'agr_2026-911', another: 'agr_2026-912' } as const
const data = { same: [income, family], some: [income], other: [dependants] } as const
const laws = { none: [], same: lawful(income), other: lawful(dependants) } as const
const all = Object.keys(conditions) as readonly Condition[]

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

/** What the bodies are answered about these data, as claims. */
function permitted(
  consents: readonly ConsentState[],
  about: readonly Datum[],
  register: Register,
  facts = usual,
): string[] {
  const bodies = new Set(about.map(({ recipient }) => recipient))
  const data = new Set(about.map(({ category }) => category))
  return permittedTo({ ...facts, answers: { consents, isWhole: true } }, register, now, bodies)
    .filter(({ category }) => data.has(category))
    .map(({ category, purpose, right }) =>
      JSON.stringify({ category, isNone: false, why: `${purpose} ${right}` }),
    )
    .toSorted()
}

const usual = { isUntrusted: false, isHalted: false, usesByLaw: () => [] }

/** What is said to come back once she resumes a sharing, or on a day, and does not; or comes back before. */
function wrongWaits(
  said: readonly Sentence[],
  after: readonly ConsentState[],
  done: readonly string[],
  register: Register,
): string[] {
  const facts = usual
  return said.flatMap((sentence) => {
    if (sentence.form !== 'paused' && sentence.form !== 'limit') return []
    const { form, body, categories, from = now } = sentence
    const others = after.map(({ consentId }) => consentId).filter((id) => !done.includes(id))
    const deed = { kind: 'resume', records: others } as const
    const consents = form === 'paused' ? consentsAfter(after, deed, now) : after
    const isOpen = (at: Date) => {
      const open = permittedTo(
        { ...facts, answers: { consents, isWhole: true } },
        register,
        at,
        new Set([body]),
      )
      return categories.map((id) => open.some(({ category }) => category === id))
    }
    const isSo = isOpen(from).every((open) => open)
    const isEarly = from > now && isOpen(new Date(from.getTime() - 1)).includes(true)
    return isSo && !isEarly ? [] : [`${form} until ${from.toISOString()}`]
  })
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
  facts = usual,
): string[] {
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
  const open = permitted(after, about, register, facts)
  const closed = about
    .map(({ category }) => category)
    .filter((category) => !open.some((one) => one.includes(`"${category}"`)))
    .map((category) => JSON.stringify({ category, isNone: true }))
  const so = [...open, ...closed].toSorted()
  return [
    ...(same(preview.flows.map(named), result.flows.map(named)) ? [] : ['preview']),
    ...(same(fr, en) ? [] : ['languages']),
    ...(same(fr, so) ? [] : [`said ${fr.join()} but ${so.join()}`]),
    ...wrongWaits(said, after, records, register),
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
        for (const one of all)
          for (const other of all) {
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
    expect(count).toBe(2 * 3 * 8 * 8 * 5)
  },
)

/** What holds everything back, for now: said of each pair is that nothing can be received, and what would be again. */
const halts = {
  'nothing is permitted to anybody': 'active',
  'no service may ask': 'braked',
} as const

test.each(Object.entries(halts))(
  'while %s, no deed about a pair is said to leave anything',
  (_what, asking) => {
    const register = whileAsking(present(given.get('same'), 'a register'), asking)
    const facts = { ...usual, isHalted: asking === 'active' }
    const faults = new Map<string, string>()
    for (const one of all)
      for (const other of all) {
        const first = sharingOf(register, aid, [income, family], conditions[one])
        const second = sharingOf(register, others.same, [income], conditions[other])
        for (const deed of deedsOn(first, second, register))
          for (const fault of faultsOf([first, second], deed, register, facts))
            faults.set(fault, [one, other, deed.kind].join(' '))
      }
    expect([...faults]).toEqual([])
  },
)
