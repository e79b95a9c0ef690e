import type { SignOutPage } from '../../src/provider/visits/pages.ts'

const page: SignOutPage = {
  action: '/session/end/confirm',
  xsrf: 'xsrf-of-a-sample',
  service: 'Aide aux études (démo)',
  signedIn: true,
}

export default {
  plain: page,
  'no-service': { ...page, service: undefined },
  nobody: { ...page, signedIn: false },
} satisfies Record<string, SignOutPage>
