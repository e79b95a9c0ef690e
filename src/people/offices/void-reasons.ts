import type { Bilingual } from '../../base/values/languages.ts'

// Why a sharing is voided: it should never have begun. One of these, since both bodies and she read it for good.

export const voidReasons = {
  'asked-wrong': {
    fr: 'La question n’avait pas été posée comme la loi l’exige.',
    en: 'The question had not been asked as the law requires.',
  },
  'no-right': {
    fr: 'L’organisme n’avait pas le droit de demander ces renseignements.',
    en: 'The organisation had no right to ask for this information.',
  },
  age: {
    fr: 'La personne avait moins de 14 ans, et a répondu sans un parent.',
    en: 'The person was under 14, and answered without a parent.',
  },
  'another-person': {
    fr: 'Une autre personne a répondu.',
    en: 'Another person answered.',
  },
  order: {
    fr: 'La Commission d’accès à l’information l’a ordonné.',
    en: 'The Commission d’accès à l’information ordered it.',
  },
} as const satisfies Readonly<Record<string, Bilingual>>

export type VoidReason = keyof typeof voidReasons
/** Those that two officers find themselves. */
export const foundReasons = ['asked-wrong', 'no-right', 'age', 'another-person'] as const
export type FoundReason = (typeof foundReasons)[number]
