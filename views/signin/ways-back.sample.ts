import type { WaysBackPage } from '../../src/signin/journey/pages.ts'

const page: WaysBackPage = {
  visit: 'visit-of-a-sample',
  service: { name: 'Aide aux études', organisation: 'Ministère de l’Avenir' },
  csrf: 'csrf-of-a-sample',
  problem: undefined,
  passkeyHref: '/connexion/visit-of-a-sample/nouvelle-cle',
  isKiosk: false,
  mail: 'in-service',
  passwordHref: '/connexion/visit-of-a-sample/retablissement/mot-de-passe',
  leave: '/connexion/visit-of-a-sample/retablissement/abandon',
  isPlain: false,
  otherFaceHref: '/connexion/visit-of-a-sample?forme=claire',
}

export default {
  plain: page,
  kiosk: { ...page, isKiosk: true, service: undefined },
  failing: { ...page, mail: 'failing' },
  'in-plain-words': {
    ...page,
    isPlain: true,
    otherFaceHref: '/connexion/visit-of-a-sample?forme=complete',
  },
  absent: { ...page, mail: 'absent' },
} satisfies Record<string, WaysBackPage>
