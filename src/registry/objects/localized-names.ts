import type { Language } from '../../base/values/languages.ts'
import type { Agreement } from './objects.ts'
import type { Register } from './register.ts'

/** The label of a category; its id, where the register does not have it. */
export function categoryLabels(register: Pick<Register, 'category'>, language: Language) {
  return (id: string): string => register.category(id)?.label[language] ?? id
}

/**
 * The name of a body, by its id, or by the number of its first version that stands in rows; where the register does not have it,
 * the id, or a question mark.
 */
export function bodyNames(
  register: Pick<Register, 'organisation' | 'organisationByRoot'>,
  language: Language,
) {
  return (body: string | number): string =>
    typeof body === 'string'
      ? (register.organisation(body)?.name[language] ?? body)
      : (register.organisationByRoot(body)?.name[language] ?? '?')
}

/** The law that an agreement names, in words, with the address of its section. */
export type LawToRead = { readonly words: string; readonly href: string }

export function lawToRead({ law }: Agreement, language: Language): LawToRead | undefined {
  if (law === undefined) return undefined
  const section = language === 'fr' ? 'article' : 'section'
  return { words: `${law.act[language]}, ${section} ${law.section}`, href: law.url[language] }
}
