import type { Language } from '../../src/base/values/languages.ts'
import type { RequestPage } from '../../src/pages/my-access/pages.ts'

const words = { fr: 'loutre phare', en: 'otter lighthouse' }
const services = { fr: 'Aide aux études (démo)', en: 'Student aid (demo)' }

export default {
  plain: (language: Language) => ({
    csrf: 'csrf-of-a-sample',
    request: {
      id: 'sir_06f9zj5b2x8m4q7t1n3v5w9ykd',
      service: services[language],
      organisation: services[language],
      words: words[language],
      until: new Date('2026-11-24T18:15:00Z'),
    },
  }),
} satisfies Record<string, (language: Language) => RequestPage>
