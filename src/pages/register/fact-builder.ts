import type { LanguagePrefix } from '../../base/values/languages.ts'
import { startOfDay } from '../../base/values/calendar.ts'
import type { Bilingual, Language } from '../../base/values/languages.ts'
import { capital } from '../../base/web/lists.ts'
import type { Values, Words } from '../../base/web/words.ts'
import type { Register } from '../../registry/index.ts'
import { idOf } from '../../registry/index.ts'
import type { ListName } from './lists.ts'
import { pathOf } from './lists.ts'

// The members of a file as facts for people: a label, and values in words.

export type FactValue = { readonly text: string; readonly href?: string }

/** summary: on top; table: beside the version before; specialists: folded at the end. */
export type FactPlace = 'summary' | 'table' | 'specialists'

export type Fact = {
  /** The key `register.fact.<name>`. */
  readonly name: string
  readonly label: string
  readonly place: FactPlace
  readonly values: readonly FactValue[]
}

type Given = FactValue | string | undefined | readonly (FactValue | string | undefined)[]

export type FactTeller = ReturnType<typeof makeTeller>

export type FactWords = {
  readonly register: Register
  readonly language: Language
  readonly words: Words
  /** Prefix of links: '' in French, '/en' in English. */
  readonly base: LanguagePrefix
}

export function makeTeller({ register, language, words, base }: FactWords) {
  const t = (key: string, values?: Values) => words.t(language, key, values)
  const said = (text: Bilingual | undefined) => text?.[language]
  const link = (list: ListName, ref: string, text: string | undefined): FactValue => ({
    text: text ?? ref,
    href: base + pathOf(list, ref),
  })
  return {
    register,
    language,
    t,
    said,
    /** A fact without a value is no fact. */
    fact(place: FactPlace, name: string, given: Given): Fact[] {
      const values = [given].flat().flatMap((value): FactValue[] => {
        if (value === undefined || value === '') return []
        return typeof value === 'string' ? [{ text: value }] : [value]
      })
      return values.length === 0 ? [] : [{ name, label: t(`register.fact.${name}`), place, values }]
    },
    value: (name: string, value: string) => t(`register.value.${name}.${value}`),
    day: (day: string | undefined) =>
      day === undefined ? undefined : words.date(language, startOfDay(day)),
    lasting: (duration: string | undefined) =>
      duration === undefined ? undefined : words.duration(language, duration),
    yesNo: (is: boolean) => t(`register.value.${is ? 'yes' : 'no'}`),
    outside: (href: string | undefined): FactValue | undefined =>
      href === undefined ? undefined : { text: href, href },
    body: (id: string): FactValue | string => {
      const known = register.organisation(id)
      return known === undefined ? id : link('organisations', id, known.name[language])
    },
    category: (id: string) =>
      link('categories', id, capital(register.category(id)?.label[language] ?? id)),
    dataset: (ref: string) =>
      link('datasets', ref, capital(said(register.dataset(ref)?.label) ?? ref)),
    purpose: (ref: string) => link('purposes', ref, said(register.purpose(ref)?.label)),
    agreement: (ref: string) => link('agreements', ref, idOf(ref)),
    link,
  }
}
