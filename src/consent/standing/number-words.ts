import type { Language } from '../../base/values/languages.ts'

const numbers = {
  fr: ['zéro', 'un', 'deux', 'trois', 'quatre', 'cinq', 'six', 'sept', 'huit', 'neuf'],
  en: ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'],
} as const

/** Numbers under ten are written as words. */
export function numberWord(
  count: number,
  language: Language,
  gender: 'masculine' | 'feminine' = 'masculine',
): string {
  if (language === 'fr' && count === 1 && gender === 'feminine') return 'une'
  return numbers[language][count] ?? String(count)
}
