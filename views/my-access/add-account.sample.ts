import type { AddAccountPage } from '../../src/pages/my-access/pages.ts'

const page: AddAccountPage = {
  csrf: 'csrf-of-a-sample',
  id: 'autre-province',
  provider: 'Une autre province (démo)',
  problem: undefined,
}

export default {
  plain: page,
  taken: { ...page, problem: 'identity.taken' },
} satisfies Record<string, AddAccountPage>
