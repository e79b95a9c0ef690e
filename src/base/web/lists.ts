import type { Language } from '../values/languages.ts'

const joined = {
  fr: new Intl.ListFormat('fr-CA', { type: 'conjunction' }),
  en: new Intl.ListFormat('en-CA', { type: 'conjunction' }),
} as const

/** « votre adresse courriel et votre nom » */
export function joinNames(names: readonly string[], language: Language): string {
  return joined[language].format(names)
}

/** Labels, which begin with a small letter, as a heading: « Revenu net et situation familiale ». */
export function listHeading(labels: readonly string[], language: Language): string {
  return capital(listOf(labels, language))
}

/** Labels one after the other: « revenu net et situation familiale ». */
export function listOf(labels: readonly string[], language: Language): string {
  return joined[language].format(labels)
}

export function capital(label: string): string {
  return `${label.slice(0, 1).toUpperCase()}${label.slice(1)}`
}

/** Without accents, and in small letters: nobody has to type them to find something. */
export function plain(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()
}
