import { z } from 'zod'
import type { Bilingual } from '../values/languages.ts'

/** Who answers for this broker, and how people reach them: named by the environment, shown on the help and privacy pages. */
export type Operator = {
  readonly name: Bilingual
  /** A name or a title. */
  readonly privacyOfficer: Bilingual
  /** E.164, such as +14185550142. */
  readonly telephone: string
  readonly hours: Bilingual
  readonly email: string
  readonly address: Bilingual
}

const words = z.string().min(1).max(255).regex(/\S/, 'must not be blank').optional()

/** The French words have the plain name, the English ones `_EN`. Names and an address may be the same in both; hours are a sentence. */
export const operatorFields = {
  OPERATOR_NAME: words,
  OPERATOR_NAME_EN: words,
  PRIVACY_OFFICER: words,
  PRIVACY_OFFICER_EN: words,
  CONTACT_PHONE: z
    .string()
    .regex(/^\+[1-9]\d{6,14}$/, 'expects an E.164 number, such as +14185550142')
    .optional(),
  CONTACT_HOURS: words,
  CONTACT_HOURS_EN: words,
  CONTACT_EMAIL: z.email().max(254).optional(),
  CONTACT_ADDRESS: words,
  CONTACT_ADDRESS_EN: words,
}

type Fields = { readonly [K in keyof typeof operatorFields]?: string | undefined }

const required = {
  OPERATOR_NAME: 'who operates this broker',
  PRIVACY_OFFICER: 'who answers for the protection of personal information',
  CONTACT_PHONE: 'the telephone that people call for help, such as +14185550142',
  CONTACT_HOURS: 'when it is answered, in French',
  CONTACT_HOURS_EN: 'when it is answered, in English',
  CONTACT_EMAIL: 'the address that people write to for help',
  CONTACT_ADDRESS: 'where people may come or write',
} as const satisfies Partial<Record<keyof typeof operatorFields, string>>

/** People must always find somebody to ask. @returns a sentence for each field that is missing */
export function missingFields(fields: Fields): string[] {
  return Object.entries(required)
    .filter(([name]) => fields[name as keyof typeof required] === undefined) // its own keys
    .map(([name, what]) => `${name} is required: ${what}`)
}

/** The operator, with the demonstration's values in place of missing ones: invented, and with numbers that reach nobody. */
export function operatorOf(fields: Fields): Operator {
  const { CONTACT_PHONE: telephone, CONTACT_EMAIL: email } = fields
  return {
    name: both(fields.OPERATOR_NAME, fields.OPERATOR_NAME_EN, invented.name),
    privacyOfficer: both(
      fields.PRIVACY_OFFICER,
      fields.PRIVACY_OFFICER_EN,
      invented.privacyOfficer,
    ),
    telephone: telephone ?? invented.telephone,
    hours: both(fields.CONTACT_HOURS, fields.CONTACT_HOURS_EN, invented.hours),
    email: email ?? invented.email,
    address: both(fields.CONTACT_ADDRESS, fields.CONTACT_ADDRESS_EN, invented.address),
  }
}

function both(fr: string | undefined, en: string | undefined, otherwise: Bilingual): Bilingual {
  return { fr: fr ?? otherwise.fr, en: en ?? fr ?? otherwise.en }
}

const invented: Operator = {
  name: { fr: 'Centre d’aide (démo)', en: 'Help centre (demo)' },
  privacyOfficer: {
    fr: 'Responsable de la protection des renseignements personnels',
    en: 'Officer for the protection of personal information',
  },
  telephone: '+14185550100',
  hours: {
    fr: 'Du lundi au vendredi, de 8 h 30 à 16 h 30',
    en: 'Monday to Friday, 8:30 a.m. to 4:30 p.m.',
  },
  email: 'aide@accord.exemple.test',
  address: {
    fr: '1, rue de l’Exemple, Ville-Inventée (Québec)',
    en: '1 Exemple Street, Ville-Inventée, Québec',
  },
}
