import type { Bilingual } from '../../base/values/languages.ts'

// Why officers stop something, and why they let it go on: one of these, since everybody reads it, and nobody can take back a name that was
// typed in a hurry.

export const incidentReasons = {
  breach: {
    fr: 'Un incident de confidentialité est possible.',
    en: 'A confidentiality incident is possible.',
  },
  'wrong-data': {
    fr: 'Des renseignements inexacts ont pu être envoyés.',
    en: 'Inaccurate information may have been sent.',
  },
  'key-taken': {
    fr: 'Une clé ou un mot de passe a pu être pris.',
    en: 'A key or a password may have been taken.',
  },
  fault: {
    fr: 'Un système ne fait pas ce qu’il doit faire.',
    en: 'A system does not do what it should.',
  },
  over: { fr: 'Le danger est passé.', en: 'The danger is over.' },
  mistake: { fr: 'C’était une erreur.', en: 'It was a mistake.' },
} as const satisfies Readonly<Record<string, Bilingual>>

/** What an officer of a body may stop: what is his body’s, and no body whole. */
export const incidentKinds = ['service', 'agreement'] as const
export type IncidentKind = (typeof incidentKinds)[number]

export const stopReasons = ['breach', 'wrong-data', 'key-taken', 'fault'] as const
export const liftReasons = ['over', 'mistake'] as const
export type IncidentReason = keyof typeof incidentReasons
export type StopReason = (typeof stopReasons)[number]
export type LiftReason = (typeof liftReasons)[number]
