import type { Database } from '../foundation/database.ts'
import type { Language } from '../foundation/pages.ts'
import type { Register } from '../registry/index.ts'

/** What a person's pages are made from: whose they are, when, by which register, in which language. */
export type Reading = {
  readonly db: Database
  readonly personId: string
  readonly register: Register
  readonly language: Language
  readonly now: Date
}

export function nameOf(root: number, register: Register, language: Language): string {
  return register.organisationByRoot(root)?.name[language] ?? '?'
}
