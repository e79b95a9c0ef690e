import type { ArrivalPage } from '../../src/signin/journey/pages.ts'

const page: ArrivalPage = {
  visit: 'V1StGXR8Z5jdHi6BmyT',
  service: { name: 'Aide aux études (démo)', organisation: 'Ministère de l’Avenir (démo)' },
  csrf: 'csrf-of-a-sample',
  provider: 'Une autre province (démo)',
}

export default {
  plain: page,
  'own-space': { ...page, service: undefined },
} satisfies Record<string, ArrivalPage>
