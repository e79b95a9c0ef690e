import type { ReachPage } from '../../src/signin/journey/pages.ts'

const page: ReachPage = {
  visit: 'V1StGXR8Z5jdHi6BmyT',
  before: 'l’Aide aux études (démo)',
  csrf: 'csrf-of-a-sample',
  problem: undefined,
  action: '/connexion/V1StGXR8Z5jdHi6BmyT/adresse',
  by: 'both',
  typed: '',
  nickname: '',
  isShared: false,
  values: {},
}

export default {
  plain: page,
  email: { ...page, before: undefined, by: 'email' },
  // After a recovery.
  sms: { ...page, by: 'sms', nickname: undefined, isShared: true },
  kiosk: { ...page, nickname: undefined, isShared: undefined },
  refused: { ...page, typed: 'madeleine@', problem: 'contact.email-invalid' },
  'name-refused': {
    ...page,
    typed: 'madeleine@exemple.test',
    nickname: 'Madeleine\u202E',
    problem: 'nickname.characters',
  },
  'too-many': { ...page, typed: 'a@exemple.test', problem: 'too-many-attempts' },
} satisfies Record<string, ReachPage>
