import type { Language } from '../../src/base/values/languages.ts'
import type { ServicesPage } from '../../src/pages/my-access/pages.ts'

const page: ServicesPage = {
  csrf: 'csrf-of-a-sample',
  services: [
    {
      id: 'aide-etudes',
      receives: 'votre adresse courriel',
      name: 'Aide aux études (démo)',
      organisation: 'Ministère de l’Avenir (démo)',
      isActive: true,
      firstUsedAt: new Date('2026-09-14T13:22:00Z'),
      lastUsedAt: new Date('2026-11-24T18:05:00Z'),
    },
    {
      id: 'revenus',
      receives: undefined,
      name: 'Ma déclaration de revenus (démo)',
      organisation: 'Agence du revenu (démo)',
      isActive: true,
      firstUsedAt: new Date('2026-10-02T20:10:00Z'),
      lastUsedAt: new Date('2026-10-02T20:10:00Z'),
    },
  ],
  requests: [],
  silences: [],
}

export default {
  plain: page,
  none: { ...page, services: [] },
  requests: (language: Language) => ({
    ...page,
    requests: [
      {
        id: 'sir_06f9zj5b2x8m4q7t1n3v5w9ykd',
        service: { fr: 'Aide aux études (démo)', en: 'Student aid (demo)' }[language],
        organisation: { fr: 'Aide aux études (démo)', en: 'Student aid (demo)' }[language],
        words: { fr: 'loutre phare', en: 'otter lighthouse' }[language],
        until: new Date('2026-11-24T18:15:00Z'),
      },
    ],
    silences: [
      {
        orgId: 'org_agence-revenu',
        organisation: { fr: 'Agence du revenu (démo)', en: 'Revenue agency (demo)' }[language],
        since: new Date('2026-11-20T18:15:00Z'),
      },
    ],
  }),
} satisfies Record<string, ServicesPage | ((language: Language) => ServicesPage)>
