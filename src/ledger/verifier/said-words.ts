import type { Language } from '../../base/values/languages.ts'
import { saidInEnglish } from './said-in-english.ts'
import { saidInFrench } from './said-in-french.ts'

/** The words of `public/js/receipt-said.js`. A file holds them, so that it needs nobody. */
export const saidWords = {
  fr: saidInFrench,
  en: saidInEnglish,
} as const satisfies Readonly<Record<Language, Readonly<Record<string, string>>>>
