import type { LawPage, LawSharing } from '../../src/pages/my-sharing/pages.ts'
import type { Language } from '../../src/base/values/languages.ts'
import { sampleContacts } from '../sample-contacts.ts'
import { event, saidTo } from './sharing.sample.ts'

const own = {
  fr: {
    title: 'Revenu net',
    recipient: 'Logement abordable (démo)',
    holder: 'Agence du revenu (démo)',
    purpose: 'Vérification annuelle de votre loyer',
    statement:
      'Vérifier une fois par année que le loyer de votre logement correspond à votre revenu.',
    what: ['revenu net'],
    article: 'Loi sur l’accès (A-2.1), article 68 (1)',
    why: 'L’organisme qui reçoit en a besoin pour faire ce que la loi lui confie.',
    law: {
      words: 'Loi sur l’accès (A-2.1), article 68',
      href: 'https://www.legisquebec.gouv.qc.ca/fr/document/lc/A-2.1',
    },
  },
  en: {
    title: 'Net income',
    recipient: 'Affordable Housing (demo)',
    holder: 'Revenue Agency (demo)',
    purpose: 'Yearly review of your rent',
    statement: 'To check once a year that the rent of your housing matches your income.',
    what: ['net income'],
    article: 'Access Act (A-2.1), section 68 (1)',
    why: 'The body that receives needs it to do what the law entrusts to it.',
    law: {
      words: 'Access Act (A-2.1), section 68',
      href: 'https://www.legisquebec.gouv.qc.ca/en/document/lc/A-2.1',
    },
  },
} satisfies Record<Language, Partial<LawSharing>>

export function lawSharing(language: Language): LawSharing {
  return {
    ...own[language],
    agreement: 'agr_2026-014@1',
    isInForce: true,
    isSuspended: false,
    brake: undefined,
    isShownLater: false,
    lastAt: new Date('2026-11-24T15:04:00Z'),
    lastSentAt: new Date('2026-11-24T15:05:00Z'),
    href: '/mes-partages/loi/agr_2026-014/pur_verification-loyer',
  }
}

/** The same under a brake. */
export function heldByLaw(language: Language): LawSharing {
  const brake = {
    since: new Date('2026-12-01T15:04:00Z'),
    until: new Date('2026-12-02T15:04:00Z'),
  }
  return { ...lawSharing(language), isInForce: false, brake }
}

function about(language: Language) {
  const { what, recipient } = own[language]
  return { what, said: saidTo(language, recipient) }
}

export default {
  usual: (language: Language): LawPage => ({
    contacts: sampleContacts(language),
    sharing: lawSharing(language),
    isWhole: true,
    events: [event(language, 'sent', '2026-11-24T15:04:00Z', about(language))],
    olderHref: undefined,
  }),
  unused: (language: Language): LawPage => ({
    contacts: sampleContacts(language),
    sharing: { ...lawSharing(language), lastAt: undefined, lastSentAt: undefined },
    isWhole: true,
    events: [],
    olderHref: undefined,
  }),
  held: (language: Language): LawPage => ({
    contacts: sampleContacts(language),
    sharing: heldByLaw(language),
    isWhole: true,
    events: [event(language, 'sent', '2026-11-24T15:04:00Z', about(language))],
    olderHref: undefined,
  }),
  suspended: (language: Language): LawPage => ({
    contacts: sampleContacts(language),
    sharing: { ...lawSharing(language), isInForce: false, isSuspended: true },
    isWhole: true,
    events: [event(language, 'sent', '2026-11-24T15:04:00Z', about(language))],
    olderHref: undefined,
  }),
  later: (language: Language): LawPage => ({
    contacts: sampleContacts(language),
    sharing: { ...lawSharing(language), isInForce: false },
    isWhole: true,
    events: [
      event(language, 'sent', '2026-03-03T15:04:00Z', {
        ...about(language),
        shownFrom: new Date('2026-11-24T15:04:00Z'),
        lawCase: { number: 'E-2026-114', role: { fr: 'enquêtrice', en: 'investigator' }[language] },
      }),
      event(language, 'allowed', '2026-03-02T15:04:00Z', about(language)),
    ],
    olderHref: '/mes-partages/loi/agr_2026-014/pur_verification-loyer?avant=2026-03-02',
  }),
} satisfies Record<string, (language: Language) => LawPage>
