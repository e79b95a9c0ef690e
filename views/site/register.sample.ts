import type { RegisterPage } from '../../src/pages/site/pages.ts'
import type { Language } from '../../src/base/platform/languages.ts'

const offices = {
  fr: ['Registraire (démo)', 'Protection des renseignements (démo)'],
  en: ['Registrar (demo)', 'Privacy office (demo)'],
}

function services(language: Language): RegisterPage['services'] {
  return [
    {
      name: 'Aide aux études (démo)',
      organisation: 'Aide aux études (démo)',
      profile: 'fapi',
      claims: [
        {
          name: 'email',
          purpose: {
            fr: 'Vous écrire au sujet de votre demande',
            en: 'Write to you about your application',
          }[language],
          isOptional: true,
        },
      ],
    },
    {
      name: 'Guichet (démo)',
      organisation: 'Agence du revenu (démo)',
      profile: 'baseline',
      claims: [],
    },
    {
      name: 'Mon téléphone (démo)',
      organisation: 'Agence du revenu (démo)',
      profile: 'native',
      claims: [],
    },
    {
      name: 'Vieux portail (démo)',
      organisation: 'Agence du revenu (démo)',
      profile: 'legacy',
      claims: [],
      exception: {
        until: new Date('2027-06-30T04:00:00Z'),
        reason: {
          fr: 'Le logiciel est remplacé au printemps.',
          en: 'The software is replaced in the spring.',
        }[language],
      },
    },
  ]
}

export default {
  signed: (language: Language): RegisterPage => ({
    signers: offices[language].map((office) => ({
      office,
      organisation: 'Régie du registre (démo)',
    })),
    isSigned: true,
    changes: [
      {
        at: new Date('2026-11-24T15:04:00Z'),
        reason: { fr: 'Une entente est renouvelée.', en: 'An agreement is renewed.' }[language],
        by: offices[language],
        objects: 3,
        href: '/register/objects/change/chg_0a1b@1.json',
      },
      {
        at: new Date('2026-01-05T15:04:00Z'),
        reason: { fr: 'Une adresse a changé.', en: 'An address has changed.' }[language],
        by: [],
        objects: 1,
        href: '/register/objects/change/chg_2c3d@1.json',
      },
    ],
    services: services(language),
    providers: [
      {
        name: 'Une autre province (démo)',
        host: 'localhost:3004',
        isStrong: true,
        vouchesFor: ['given_name', 'family_name', 'birthdate'],
      },
      {
        name: 'Réseau de la santé (démo)',
        host: 'id.exemple.test',
        isStrong: false,
        vouchesFor: [],
      },
    ],
  }),
  first: (): RegisterPage => ({
    signers: [],
    isSigned: false,
    changes: [],
    services: [],
    providers: [],
  }),
} satisfies Record<string, (language: Language) => RegisterPage>
