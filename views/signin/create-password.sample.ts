import type { CreatePasswordPage } from '../../src/signin/pages.ts'

const page: CreatePasswordPage = {
  visit: 'V1StGXR8Z5jdHi6BmyT',
  service: { name: 'Aide aux études (démo)', organisation: 'Ministère de l’Avenir (démo)' },
  csrf: 'csrf-of-a-sample',
  address: '',
  mail: 'in-service',
  problem: undefined,
}

export default {
  plain: page,
  'no-mail': { ...page, mail: 'absent' },
  'mail-failing': { ...page, mail: 'failing' },
  common: { ...page, address: 'marie.tremblay@exemple.test', problem: 'password.common' },
  short: { ...page, address: 'marie.tremblay@exemple.test', problem: 'password.short' },
  'no-address': { ...page, address: 'marie', problem: 'address.invalid' },
} satisfies Record<string, CreatePasswordPage>
