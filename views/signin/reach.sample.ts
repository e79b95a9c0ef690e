import type { ReachPage } from '../../src/signin/journey/pages.ts'

const page: ReachPage = {
  visit: 'V1StGXR8Z5jdHi6BmyT',
  service: { name: 'Aide aux études (démo)', organisation: 'Ministère de l’Avenir (démo)' },
  csrf: 'csrf-of-a-sample',
  problem: undefined,
  action: '/connexion/V1StGXR8Z5jdHi6BmyT/adresse',
  by: 'both',
  typed: '',
  values: {},
}

export default {
  plain: page,
  email: { ...page, service: undefined, by: 'email' },
  sms: { ...page, by: 'sms' },
  refused: { ...page, typed: 'madeleine@', problem: 'contact.email-invalid' },
  'too-many': { ...page, typed: 'a@exemple.test', problem: 'too-many-attempts' },
} satisfies Record<string, ReachPage>
