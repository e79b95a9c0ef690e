import { present } from '../../../src/base/values/present.ts'
import type { Register } from '../../../src/registry/index.ts'
import { dependants, family, income, residence } from './people.ts'

// What sentences of a deed claim, by the words of the catalogue alone, in either language.

export type Claim = {
  readonly category: string
  readonly isNone: boolean
  /** The purpose and the right, of what goes on. */
  readonly why?: string
}

const data = [income, family, dependants, residence]

/** Each claim once, as text that compares. */
export function readBack(
  sentences: readonly string[],
  language: 'fr' | 'en',
  register: Register,
): readonly string[] {
  const claims = sentences.flatMap((sentence) => claimsIn(sentence, language, register))
  return [...new Set(claims.map((claim) => JSON.stringify(claim)))].toSorted()
}

function claimsIn(sentence: string, language: 'fr' | 'en', register: Register): Claim[] {
  const categories = data.filter((id) => sentence.includes(wordsIn(register, id, language)))
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

type Why = { readonly id: string; readonly why: RegExp }
const known = new WeakMap<Register, Map<string, readonly Why[]>>()

/** The clause of each purpose, where it ends. */
function whysIn(register: Register, language: 'fr' | 'en'): readonly Why[] {
  const ofRegister = known.get(register) ?? new Map<string, readonly Why[]>()
  known.set(register, ofRegister)
  const found = ofRegister.get(language)
  if (found !== undefined) return found
  const purposes = register.agreements.flatMap((agreement) =>
    agreement.purposes.flatMap((ref) => register.purpose(ref) ?? []),
  )
  const unlike = [...new Map(purposes.map((one) => [one.id, one])).values()]
  const made = unlike.map(({ id, why }) => ({
    id,
    why: new RegExp(`${present(why, 'a clause')[language]}(?:[,:;.]|\u00a0|$)`),
  }))
  ofRegister.set(language, made)
  return made
}
