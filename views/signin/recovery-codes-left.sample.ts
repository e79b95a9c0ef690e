import type { RecoveryCodesLeftPage } from '../../src/signin/journey/pages.ts'

export default {
  plain: {
    set: '2026-11-24T18:05:00.000Z',
    csrf: 'csrf-of-a-sample',
    again: '/connexion/V1StGXR8Z5jdHi6BmyT/codes/nouveaux',
    next: '/connexion/V1StGXR8Z5jdHi6BmyT/codes',
  },
} satisfies Record<string, RecoveryCodesLeftPage>
