import type { PasswordPage } from '../../src/pages/my-access/pages.ts'

const page: PasswordPage = {
  csrf: 'csrf-of-a-sample',
  action: '/acces/mot-de-passe',
  isChange: false,
  address: '',
  mail: 'in-service',
  problem: undefined,
}

export default {
  plain: page,
  change: { ...page, isChange: true, address: 'marie.tremblay@exemple.test' },
  'no-mail': { ...page, mail: 'absent' },
  'mail-failing': {
    ...page,
    isChange: true,
    address: 'marie.tremblay@exemple.test',
    mail: 'failing',
  },
  common: { ...page, address: 'marie.tremblay@exemple.test', problem: 'password.common' },
} satisfies Record<string, PasswordPage>
