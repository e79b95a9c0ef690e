import type { SignInPage } from '../../src/signin/journey/pages.ts'

const page: SignInPage = {
  visit: 'V1StGXR8Z5jdHi6BmyT',
  service: { name: 'Aide aux études (démo)', organisation: 'Ministère de l’Avenir (démo)' },
  csrf: 'csrf-of-a-sample',
  options: '{"challenge":"c2FtcGxl","userVerification":"required"}',
  address: '',
  providers: [],
  paused: [],
  linking: undefined,
  ended: undefined,
  byCard: false,
  levelThree: undefined,
  problem: undefined,
}

export default {
  plain: page,
  'own-space': { ...page, service: undefined },
  providers: { ...page, providers: [{ id: 'ailleurs', name: 'Une autre province (démo)' }] },
  paused: {
    ...page,
    providers: [{ id: 'ailleurs', name: 'Compte du Québec (démo)' }],
    paused: ['Une autre province (démo)'],
  },
  linking: { ...page, linking: 'Une autre province (démo)' },
  'level-three': { ...page, levelThree: { isReady: true, keys: [], used: undefined } },
  ended: { ...page, ended: { because: 'recovery', at: new Date('2026-11-24T15:00:00Z') } },
  kiosk: page,
  refused: { ...page, problem: 'passkey.refused' },
  'too-many': { ...page, problem: 'too-many-attempts' },
} satisfies Record<string, SignInPage>
