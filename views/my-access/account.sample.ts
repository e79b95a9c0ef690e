import type { AccountPage } from '../../src/pages/my-access/pages.ts'

const source = { name: 'Une autre province (démo)', at: new Date('2026-11-20T13:41:00Z') }

const page: AccountPage = {
  csrf: 'csrf-of-a-sample',
  account: {
    id: 'fac_06F9ZJ5B2X8M4Q7T1N3V5W9YKF',
    name: 'Une autre province (démo)',
    createdAt: new Date('2026-11-12T15:00:00Z'),
    lastUsedAt: new Date('2026-11-20T13:41:00Z'),
    current: false,
    suspended: false,
    untrusted: false,
    waits: false,
    blocked: false,
  },
  vouched: [
    { name: 'given_name', value: 'Marie', source },
    { name: 'family_name', value: 'Tremblay', source },
    { name: 'birthdate', value: '12 mars 1990', source },
  ],
  removing: 'waits',
  removable: true,
  blockable: true,
  allBlockable: true,
  problem: undefined,
}

export default {
  plain: page,
  only: { ...page, vouched: [], removable: false, blockable: false, allBlockable: false },
  blocked: { ...page, account: { ...page.account, blocked: true } },
  suspended: { ...page, account: { ...page.account, suspended: true } },
} satisfies Record<string, AccountPage>
