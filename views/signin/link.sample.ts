import type { LinkPage } from '../../src/signin/journey/pages.ts'

const page: LinkPage = {
  visit: 'V1StGXR8Z5jdHi6BmyT',
  service: { name: 'Aide aux études (démo)', organisation: 'Ministère de l’Avenir (démo)' },
  csrf: 'csrf-of-a-sample',
  provider: 'Une autre province (démo)',
  problem: undefined,
}

export default {
  plain: page,
  taken: { ...page, problem: 'identity.taken' },
} satisfies Record<string, LinkPage>
