import type { RecoveryCodesPage } from '../../src/signin/journey/pages.ts'

export default {
  plain: {
    csrf: 'csrf-of-a-sample',
    codes: [
      '7K2M-Q9WD-XN4T-5HRB-C8VJ-3PGE',
      'B4TX-2NMK-9DQJ-W7HC-5RVE-8GPM',
      'H9QV-K3WB-7XTD-M2NJ-R6EC-4PGK',
      'N5DM-T8XR-4KHQ-9VWB-J2CE-7GPT',
      'Q2WK-7VBN-H5MX-D9TR-8JEC-6PGN',
      'R8XH-D4TQ-2WNK-V7BM-9CJE-5PGQ',
      'T6NB-W9KM-5QXV-H3DR-2EJC-8PGR',
      'V3MQ-X7HT-8BND-K5WR-4CEJ-9PGV',
      'W7RD-5KXN-Q2HV-B9TM-6JCE-3PGW',
      'X9TK-M6QB-3VHW-N8DR-7ECJ-2PGX',
    ],
    next: '/connexion/V1StGXR8Z5jdHi6BmyT/codes',
  },
} satisfies Record<string, RecoveryCodesPage>
