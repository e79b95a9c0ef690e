import type { NoticeTerms } from '../../src/consent/asking/pages/pages.ts'
import type { Language } from '../../src/base/values/languages.ts'
import { sampleContacts } from '../sample-contacts.ts'

const terms: Record<Language, NoticeTerms> = {
  fr: {
    from: 'de l’Agence du revenu du Québec',
    to: 'à l’Office du logement abordable',
    what: ['revenu net'],
    statement: 'Vérifier que votre loyer correspond à votre revenu.',
    why: 'Une entente écrite entre les deux organismes le permet.',
    article: 'LAI 68, 68.1',
    law: {
      words: 'Loi sur l’accès (A-2.1), article 68',
      href: 'https://www.legisquebec.gouv.qc.ca/fr/document/lc/A-2.1',
    },
    since: '1er janvier 2026',
    contacts: sampleContacts('fr'),
    officers: [{ name: 'Agence du revenu du Québec', contact: 'protection@revenu.example' }],
  },
  en: {
    from: 'from the Québec Revenue Agency',
    to: 'to the Affordable Housing Office',
    what: ['net income'],
    statement: 'To check that your rent matches your income.',
    why: 'A written agreement between the two organisations allows it.',
    article: 'LAI 68, 68.1',
    law: {
      words: 'Access Act (A-2.1), section 68',
      href: 'https://www.legisquebec.gouv.qc.ca/en/document/lc/A-2.1',
    },
    since: 'January 1, 2026',
    contacts: sampleContacts('en'),
    officers: [{ name: 'Québec Revenue Agency', contact: 'protection@revenu.example' }],
  },
}

export default { notice: (language: Language) => terms[language] } satisfies Record<
  string,
  (language: Language) => NoticeTerms
>
