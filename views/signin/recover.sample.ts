import type { RecoverPage } from '../../src/signin/journey/pages.ts'

const page: RecoverPage = {
  visit: 'V1StGXR8Z5jdHi6BmyT',
  service: { name: 'Aide aux études (démo)', organisation: 'Ministère de l’Avenir (démo)' },
  csrf: 'csrf-of-a-sample',
  typed: '',
  problem: undefined,
}

export default {
  plain: page,
  refused: { ...page, typed: 'ABCD-EFGH', problem: 'recovery.code-refused' },
  before: {
    ...page,
    typed: '7K2M-Q9WD-XN4T-5HRB-C8VJ-3PGE',
    problem: 'recovery.code-of-before',
  },
  'too-many': { ...page, problem: 'too-many-attempts' },
} satisfies Record<string, RecoverPage>
