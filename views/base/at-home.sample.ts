import type { AtHomePage } from '../../src/base/web/pages.ts'

const nowhere = {
  csrf: 'csrf-of-a-sample',
  passwordHref: undefined,
  goOn: undefined,
  backHref: undefined,
}

export default {
  'new-access': {
    ...nowhere,
    passwordHref: '/connexion/visit/creation/mot-de-passe',
    backHref: '/connexion/visit',
  },
  invitation: { ...nowhere, goOn: '/connexion/visit/plus-tard' },
  'my-access': { ...nowhere, backHref: '/acces' },
} satisfies Record<string, AtHomePage>
