import type { CreatePasswordPage } from '../../src/signin/journey/pages.ts'

const page: CreatePasswordPage = {
  visit: 'V1StGXR8Z5jdHi6BmyT',
  service: { name: 'Aide aux études (démo)', organisation: 'Ministère de l’Avenir (démo)' },
  csrf: 'csrf-of-a-sample',
  address: '',
  mail: 'in-service',
  action: '/connexion/V1StGXR8Z5jdHi6BmyT/creation/mot-de-passe',
  isNew: true,
  backHref: '/connexion/V1StGXR8Z5jdHi6BmyT/creation',
  problem: undefined,
}

export default {
  plain: page,
  recovered: { ...page, isNew: false },
  'no-mail': { ...page, mail: 'absent' },
  'mail-failing': { ...page, mail: 'failing' },
  common: { ...page, address: 'marie.tremblay@exemple.test', problem: 'password.common' },
  short: { ...page, address: 'marie.tremblay@exemple.test', problem: 'password.short' },
  'no-address': { ...page, address: 'marie', problem: 'address.invalid' },
} satisfies Record<string, CreatePasswordPage>
