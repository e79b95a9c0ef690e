import type { StepUpPage } from '../../src/signin/journey/pages.ts'

const page: StepUpPage = {
  visit: 'V1StGXR8Z5jdHi6BmyT',
  service: { name: 'Aide aux études (démo)', organisation: 'Ministère de l’Avenir (démo)' },
  csrf: 'csrf-of-a-sample',
  options: '{"challenge":"c2FtcGxl","rpId":"localhost","userVerification":"required"}',
  address: '',
  providers: [{ id: 'ailleurs', name: 'Une autre province (démo)' }],
  paused: [],
  linking: undefined,
  levelThree: undefined,
  why: 'level',
  problem: undefined,
}

export default {
  plain: page,
  again: { ...page, service: undefined, why: 'again' },
  'level-three': { ...page, levelThree: { isReady: true, keys: ['Clé bleue'], used: 'other' } },
  'no-level-three': { ...page, levelThree: { isReady: true, keys: [], used: 'withdrawn' } },
  'level-three-not-ready': { ...page, levelThree: { isReady: false, keys: [], used: undefined } },
  recovered: { ...page, why: 'recovered', problem: 'passkey.refused' },
} satisfies Record<string, StepUpPage>
