import type { ListPage } from '../../src/pages/register/pages.ts'
import type { Language } from '../../src/base/values/languages.ts'

const title = {
  fr: 'L’Agence du revenu (démo) peut envoyer votre revenu net à l’Aide aux études (démo)',
  en: 'The Revenue Agency (demo) may send your net income to Student Aid (demo)',
}

export default {
  agreements: (language: Language): ListPage => ({
    words: 'revenu',
    list: 'agreements',
    choices: [
      {
        name: 'topic',
        label: { fr: 'Sujet', en: 'Subject' }[language],
        options: [{ value: 'studies', label: { fr: 'Études', en: 'Studies' }[language] }],
        value: 'studies',
      },
    ],
    chosen: [{ fr: 'Études', en: 'Studies' }[language]],
    count: 51,
    rows: [
      {
        title: title[language],
        href: '/register/agreements/agr_2026-001',
        about: { fr: 'Calcul de votre aide financière', en: 'Calculation of your financial aid' }[
          language
        ],
        state: 'in_force',
        right: 'consent',
      },
    ],
    page: 1,
    pages: 2,
    before: undefined,
    after: '/register/agreements?page=2',
    jsonHref: '/register/agreements.json?topic=studies',
    csvHref: '/register/agreements.csv?topic=studies',
  }),
  nothing: (): ListPage => ({
    words: 'zzz',
    list: 'organisations',
    choices: [],
    chosen: [],
    count: 0,
    rows: [],
    page: 1,
    pages: 1,
    before: undefined,
    after: undefined,
    jsonHref: '/register/organisations.json?q=zzz',
    csvHref: '/register/organisations.csv?q=zzz',
  }),
} satisfies Record<string, (language: Language) => ListPage>
