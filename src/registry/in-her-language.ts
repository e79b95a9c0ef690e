import type { Language } from '../base/platform/languages.ts'
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
