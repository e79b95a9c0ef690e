import type { ReceiptPage } from '../../src/pages/my-sharing/receipt-pages.ts'
import type { Language } from '../../src/base/values/languages.ts'
import { sampleContacts } from '../sample-contacts.ts'
import answered from '../asking/answered.sample.ts'

const own = {
  fr: {
    recipient: { name: 'Aide aux études (démo)', contact: 'vie-privee@aide-etudes.exemple.test' },
    holder: {
      name: 'Agence du revenu (démo)',
      contact: 'vie-privee@agence-revenu.exemple.test',
    },
    purpose: 'Calcul de l’aide financière 2026-2027',
    statement: 'Calculer le montant de votre aide financière pour 2026-2027.',
    yes: ['revenu net', 'situation familiale'],
    no: ['personnes à charge'],
    retention: 'trois ans après la fin de vos études',
  },
  en: {
    recipient: { name: 'Student Aid (demo)', contact: 'vie-privee@aide-etudes.exemple.test' },
    holder: { name: 'Revenue Agency (demo)', contact: 'vie-privee@agence-revenu.exemple.test' },
    purpose: 'Calculation of financial aid 2026–27',
    statement: 'Calculating the amount of your financial aid for 2026–27.',
    yes: ['net income', 'family situation'],
    no: ['dependants'],
    retention: 'three years after you finish your studies',
  },
} satisfies Record<Language, Partial<ReceiptPage>>

// As the file of the receipt says it.
const left = {
  fr: {
    still: [
      'L’organisme ne pouvait plus recevoir : situation familiale.',
      'L’organisme pouvait encore recevoir : revenu net (« Remboursement du prêt d’études », autorisé par la personne).',
      'Les enquêtes ne sont pas comptées ici : une loi peut ne les montrer que plus tard.',
    ],
    trueAt: 'Ce reçu dit ce qui était vrai le 24 novembre 2026 à 10 h 04.',
  },
  en: {
    still: [
      'The organisation could no longer receive: family situation.',
      'The organisation could still receive: net income (“Repayment of the student loan”, allowed by the person).',
      'Investigations are not counted here: a law may show them only later.',
    ],
    trueAt: 'This receipt says what was true on November 24, 2026 at 10:04 a.m.',
  },
}

const base = { fr: '', en: '/en' }

function granted(language: Language): ReceiptPage {
  const path = `${base[language]}/mes-partages/con_06f9zj5b2x8m4q7t1n3v5w9ykd`
  return {
    ...own[language],
    contacts: sampleContacts(language),
    id: 'rcp_06f9zj5b2x8m4q7t1n3v5w9yke',
    number: '3v5w-9yke',
    sharingId: 'con_06f9zj5b2x8m4q7t1n3v5w9ykd',
    what: 'granted',
    helpedBy: undefined,
    signature: { by: 'opened', since: new Date('2026-11-20T15:04:00Z'), isYounger: false },
    at: new Date('2026-11-24T15:04:00Z'),
    sending: answered.partly(language).sending,
    lookback: undefined,
    still: [],
    trueAt: undefined,
    isKept: true,
    until: new Date('2027-08-31T17:00:00Z'),
    lawfulBasis: 'LAI 53, 53.1',
    text: 'txt_calcul-aide@1',
    textLanguage: language,
    fingerprint: '1d7f0257c0ffee00'.repeat(4),
    fileHref: `${path}/recus/rcp_06f9zj5b2x8m4q7t1n3v5w9yke/fichier`,
    jwtHref: `${path}/recus/rcp_06f9zj5b2x8m4q7t1n3v5w9yke/jwt`,
    proofHref: `${path}/recus/rcp_06f9zj5b2x8m4q7t1n3v5w9yke/preuve`,
    verifierHref: '/verifier',
    shownHref: `${path}/recus/rcp_06f9zj5b2x8m4q7t1n3v5w9yke/page`,
    dpvHref: `${path}/recus/rcp_06f9zj5b2x8m4q7t1n3v5w9yke/dpv`,
    sharingHref: path,
  }
}

export default {
  granted,
  helped: (language: Language) => ({
    ...granted(language),
    helpedBy: { name: own[language].holder.name, role: 'counter' },
  }),
  refused: (language: Language) => {
    const { sending } = answered.refused(language)
    return { ...granted(language), what: 'refused', sending, isKept: false }
  },
  'refused-change': (language: Language) => {
    const { sending } = answered.refusedChange(language)
    return { ...granted(language), what: 'refused-change', sending }
  },
  stopped: (language: Language) => ({
    ...granted(language),
    what: 'revoked',
    sending: undefined,
    ...left[language],
    lookback: {
      from: new Date('2025-01-01T17:00:00Z'),
      to: new Date('2025-12-31T17:00:00Z'),
    },
    until: undefined,
    textLanguage: 'fr' as const,
    recipient: { ...own[language].recipient, contact: undefined },
  }),
} satisfies Record<string, (language: Language) => ReceiptPage>
