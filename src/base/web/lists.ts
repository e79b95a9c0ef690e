import type { Language } from '../platform/languages.ts'

const joined = {
  fr: new Intl.ListFormat('fr-CA', { type: 'conjunction' }),
  en: new Intl.ListFormat('en-CA', { type: 'conjunction' }),
} as const

/** Labels, which begin with a small letter, as a heading: « Revenu net et situation familiale ». */
export function headingOf(labels: readonly string[], language: Language): string {
  return capital(joined[language].format(labels))
}

export function capital(label: string): string {
  return `${label.slice(0, 1).toUpperCase()}${label.slice(1)}`
}
