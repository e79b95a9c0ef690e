import type { AddressCodePage } from '../../src/people/notifications/pages.ts'

const page: AddressCodePage = {
  csrf: 'csrf-of-a-sample',
  action: '/connexion/V1StGXR8Z5jdHi6BmyT/creation/courriel',
  address: 'marie.tremblay@exemple.test',
  backHref: '/connexion/V1StGXR8Z5jdHi6BmyT/creation/mot-de-passe',
  passkeyHref: '/connexion/V1StGXR8Z5jdHi6BmyT/creation',
  problem: undefined,
}

export default {
  plain: page,
  wrong: { ...page, problem: 'contact.code-refused' },
  over: { ...page, problem: 'contact.code-over' },
  'my-access': {
    ...page,
    action: '/acces/mot-de-passe/courriel',
    backHref: '/acces/mot-de-passe',
    passkeyHref: undefined,
  },
} satisfies Record<string, AddressCodePage>
