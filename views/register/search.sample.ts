import type { SearchPage } from '../../src/pages/register/pages.ts'
import type { Language } from '../../src/base/values/languages.ts'

export default {
  found: (language: Language): SearchPage => ({
    words: 'revenu',
    count: 60,
    most: 50,
    rows: [
      {
        list: 'organisations',
        title: { fr: 'Agence du revenu (démo)', en: 'Revenue Agency (demo)' }[language],
        href: '/register/organisations/org_agence-revenu',
        about: { fr: 'Service aux citoyens', en: 'Citizen services' }[language],
        state: 'active',
        right: undefined,
      },
    ],
  }),
  none: (): SearchPage => ({ words: 'zzz', count: 0, most: 50, rows: [] }),
} satisfies Record<string, (language: Language) => SearchPage>
