import { noonOf } from '../../base/platform/calendar.ts'
import type { Database } from '../../base/platform/database.ts'
import type { Language } from '../../base/platform/languages.ts'
import type { Register } from '../../registry/index.ts'
import type { Days } from './pages.ts'

/** What a person's pages are made from: whose they are, when, by which register, in which language. */
export type SharingReading = {
  readonly db: Database
  readonly personId: string
  readonly register: Register
  readonly language: Language
  readonly now: Date
}

export function nameOf(root: number, register: Register, language: Language): string {
  return register.organisationByRoot(root)?.name[language] ?? '?'
}

/** Days as a page writes them. */
export function daysOf(from: string | null, to: string | null): Days | undefined {
  return from === null || to === null ? undefined : { from: noonOf(from), to: noonOf(to) }
}
