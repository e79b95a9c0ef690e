import type { ClosedAccessPage } from '../../src/signin/journey/pages.ts'

export default {
  plain: {
    visit: 'V1StGXR8Z5jdHi6BmyT',
    service: { name: 'Aide aux études (démo)', organisation: 'Ministère de l’Avenir (démo)' },
    csrf: 'csrf-of-a-sample',
    action: '/connexion/visite/reouverture',
    closedAt: new Date('2026-11-24T18:05:00Z'),
    eraseAt: new Date('2026-12-24T18:05:00Z'),
  },
} satisfies Record<string, ClosedAccessPage>
