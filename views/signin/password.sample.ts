import type { PasswordSignInPage } from '../../src/signin/journey/pages.ts'

const page: PasswordSignInPage = {
  visit: 'V1StGXR8Z5jdHi6BmyT',
  service: { name: 'Aide aux études (démo)', organisation: 'Ministère de l’Avenir (démo)' },
  csrf: 'csrf-of-a-sample',
  address: 'marie.tremblay@exemple.test',
  problem: undefined,
}

export default {
  plain: page,
  busy: { ...page, service: undefined, problem: 'too-many-attempts' },
} satisfies Record<string, PasswordSignInPage>
