import type { ClosedPage } from '../../src/signin/journey/pages.ts'

export default {
  plain: {
    csrf: 'csrf-of-a-sample',
    action: '/connexion/visite/reouverture',
    closedAt: new Date('2026-11-24T18:05:00Z'),
    eraseAt: new Date('2026-12-24T18:05:00Z'),
  },
} satisfies Record<string, ClosedPage>
