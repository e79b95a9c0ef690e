import type { ReturnPage } from '../../src/provider/visits/pages.ts'

export default {
  plain: {
    action: 'https://service.exemple.test/callback',
    fields: [
      { name: 'code', value: 'x4K0' },
      { name: 'state', value: '"<b>&' },
    ],
    name: { fr: 'Aide aux études (démo)', en: 'Student Aid (demo)' },
  },
} satisfies Record<string, ReturnPage>
