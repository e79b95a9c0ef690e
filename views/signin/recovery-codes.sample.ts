import type { RecoveryCodesPage } from '../../src/signin/journey/pages.ts'

export default {
  plain: {
    csrf: 'csrf-of-a-sample',
    codes: [
      '7K2M-Q9WD-XN4T-5HRB',
      'B4TX-2NMK-9DQJ-W7HC',
      'H9QV-K3WB-7XTD-M2NJ',
      'N5DM-T8XR-4KHQ-9VWB',
      'Q2WK-7VBN-H5MX-D9TR',
      'R8XH-D4TQ-2WNK-V7BM',
      'T6NB-W9KM-5QXV-H3DR',
      'V3MQ-X7HT-8BND-K5WR',
      'W7RD-5KXN-Q2HV-B9TM',
      'X9TK-M6QB-3VHW-N8DR',
    ],
    next: '/connexion/V1StGXR8Z5jdHi6BmyT/codes',
  },
} satisfies Record<string, RecoveryCodesPage>
