import type { RecoveryCodesLeftPage } from '../../src/signin/journey/pages.ts'

export default {
  plain: {
    csrf: 'csrf-of-a-sample',
    again: '/connexion/V1StGXR8Z5jdHi6BmyT/codes/nouveaux',
    next: '/connexion/V1StGXR8Z5jdHi6BmyT/codes',
  },
} satisfies Record<string, RecoveryCodesLeftPage>
