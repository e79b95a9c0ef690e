import type { ObjectPage, VersionBlock } from '../../src/pages/register/pages.ts'
import { sampleContacts } from '../sample-contacts.ts'
import type { Language } from '../../src/base/values/languages.ts'

function version(number: number, language: Language, isShown: boolean): VersionBlock {
  return {
    version: number,
    at: new Date(number === 1 ? '2026-01-05T15:04:00Z' : '2026-10-01T14:00:00Z'),
    href: `/register/agreements/agr_2026-017@${number}`,
    isShown,
    by: number === 1 ? [] : { fr: ['Registraire (démo)'], en: ['Registrar (demo)'] }[language],
    reason:
      number === 1
        ? undefined
        : {
            fr: 'La Commission a demandé de recevoir moins.',
            en: 'The Commission asked to receive less.',
          }[language],
  }
}

function compared(language: Language): ObjectPage['compared'] {
  return {
    before: version(1, language, false),
    after: version(2, language, true),
    rows: [
      {
        label: { fr: 'Quand', en: 'When' }[language],
        before: [{ text: { fr: 'une fois par mois', en: 'once a month' }[language] }],
        after: [{ text: { fr: 'une fois par an', en: 'once a year' }[language] }],
      },
      {
        label: { fr: 'Montré après', en: 'Shown after' }[language],
        before: [],
        after: [
          { text: 'cat_a', href: '/register/categories/cat_a' },
          { text: 'cat_b', href: '/register/categories/cat_b' },
        ],
      },
    ],
  }
}

function summary(language: Language): ObjectPage['summary'] {
  return [
    {
      name: 'who',
      label: { fr: 'Sur qui', en: 'About whom' }[language],
      values: [
        {
          text: {
            fr: 'Les personnes que la loi désigne, sans leur demander',
            en: 'People whom the law means, without asking them',
          }[language],
        },
      ],
    },
    {
      name: 'right',
      label: { fr: 'De quel droit', en: 'By which right' }[language],
      values: [
        {
          text: { fr: 'Article 68, Loi sur l’accès', en: 'Section 68, Access Act' }[language],
          href: 'https://www.legisquebec.gouv.qc.ca/',
        },
      ],
    },
  ]
}

export default {
  changed: (language: Language): ObjectPage => ({
    list: 'agreements',
    title: {
      fr: 'L’Agence du revenu (démo) peut envoyer votre résidence au Québec à l’Aide aux études (démo)',
      en: 'The Revenue Agency (demo) may send your residence in Québec to Student Aid (demo)',
    }[language],
    lead: [
      {
        fr: 'Vérifier que vous habitiez au Québec à la fin des deux dernières années.',
        en: 'To check that you lived in Québec at the end of the last two years.',
      }[language],
    ],
    state: 'in_force',
    right: 'law',
    summary: summary(language),
    newerHref: undefined,
    bodyHref: undefined,
    compared: compared(language),
    more: [
      {
        name: 'method',
        label: { fr: 'Comment', en: 'How' }[language],
        values: [
          { text: { fr: 'une personne à la fois', en: 'one person at a time' }[language] },
          { text: { fr: 'par programme', en: 'by program' }[language] },
        ],
      },
    ],
    versions: [version(2, language, true), version(1, language, false)],
    related: [],
    relatedHref: undefined,
    contacts: sampleContacts(language),
    specialists: [
      {
        name: 'id',
        label: { fr: 'Numéro', en: 'Number' }[language],
        values: [{ text: 'agr_2026-017' }],
      },
    ],
    proof: {
      sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      documentHref: '/register/objects/agreement/agr_2026-017@2.json',
      entry: { log: '/log/2026/p0', index: 88, proofHref: '/log/2026/p0/proof/88' },
    },
    jsonHref: '/register/agreements/agr_2026-017.json',
    csvHref: '/register/agreements/agr_2026-017.csv',
  }),
  older: (language: Language): ObjectPage => ({
    list: 'organisations',
    title: 'Agence du revenu (démo)',
    lead: [],
    state: 'suspended',
    right: undefined,
    summary: [],
    newerHref: '/register/organisations/org_agence-revenu',
    bodyHref: '/organismes/org_agence-revenu',
    compared: undefined,
    more: [],
    versions: [{ ...version(1, language, true), href: '/register/organisations/org_x@1' }],
    related: [
      {
        title: {
          fr: 'L’Agence du revenu (démo) pouvait envoyer votre revenu net à l’Aide aux études (démo)',
          en: 'The Revenue Agency (demo) could send your net income to Student Aid (demo)',
        }[language],
        href: '/register/agreements/agr_2026-001',
        about: undefined,
        state: 'suspended',
        right: 'consent',
      },
    ],
    relatedHref: '/register/agreements',
    contacts: [],
    specialists: [],
    proof: {
      sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      documentHref: '/register/objects/organisation/org_agence-revenu@1.json',
      entry: undefined,
    },
    jsonHref: '/register/organisations/org_agence-revenu@1.json',
    csvHref: '/register/organisations/org_agence-revenu@1.csv',
  }),
} satisfies Record<string, (language: Language) => ObjectPage>
