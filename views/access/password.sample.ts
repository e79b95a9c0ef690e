import type { PasswordPage } from '../../src/access/pages.ts'

const page: PasswordPage = {
  csrf: 'csrf-of-a-sample',
  action: '/acces/mot-de-passe',
  isChange: false,
  address: '',
  problem: undefined,
}

export default {
  plain: page,
  change: { ...page, isChange: true, address: 'marie.tremblay@exemple.test' },
  common: { ...page, address: 'marie.tremblay@exemple.test', problem: 'password.common' },
} satisfies Record<string, PasswordPage>
