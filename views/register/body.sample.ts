import type { BodyPage } from '../../src/pages/register/pages.ts'
import { sampleContacts } from '../sample-contacts.ts'
import type { Language } from '../../src/base/values/languages.ts'

export default {
  receives: (language: Language): BodyPage => ({
    name: 'Aide aux études (démo)',
    state: 'active',
    receives: (['consent', 'law'] as const).map((right) => ({
      right,
      title: {
        fr: 'L’Agence du revenu (démo) peut envoyer votre revenu net à l’Aide aux études (démo)',
        en: 'The Revenue Agency (demo) may send your net income to Student Aid (demo)',
      }[language],
      href: `/register/agreements/agr_2026-${right}`,
      about: undefined,
      state: 'in_force',
      why: [
        { fr: 'Calcul de votre aide financière', en: 'Calculation of your financial aid' }[
          language
        ],
      ],
      who: { fr: 'Les personnes qui disent oui', en: 'People who say yes' }[language],
      basis: [
        {
          text: { fr: 'Consentement', en: 'Consent' }[language],
          href: '/register/legal-bases/consent_53',
        },
        { text: 'Article 53', href: 'https://www.legisquebec.gouv.qc.ca/' },
      ],
      until: { fr: 'Jusqu’au 4 janvier 2031', en: 'Until January 4, 2031' }[language],
    })),
    sends: [],
    services: [
      {
        name: 'Aide aux études (démo)',
        about: {
          fr: 'Calcule et verse les bourses d’études.',
          en: 'Calculates and pays bursaries.',
        }[language],
      },
    ],
    contacts: sampleContacts(language),
    policyHref: 'https://aide-etudes.exemple.test/vie-privee',
    complaintHref: 'https://aide-etudes.exemple.test/plainte',
    recordHref: '/register/organisations/org_aide-etudes',
    pastHref: '/register/agreements?recipient=org_aide-etudes',
    communicationsHref: '/register/67.3/org_aide-etudes',
    yearHref: '/register/12.17/org_aide-etudes/2026-2027',
  }),
} satisfies Record<string, (language: Language) => BodyPage>
