import type { PasskeyPage } from '../../src/pages/my-access/pages.ts'

const page: PasskeyPage = {
  csrf: 'csrf-of-a-sample',
  kind: 'passkey',
  passkey: {
    id: 'cre_06f9zj5b2x8m4q7t1n3v5w9ykd',
    name: 'iPhone de Marie',
    createdAt: new Date('2026-09-14T13:20:00Z'),
    lastUsedAt: new Date('2026-11-24T18:05:00Z'),
    synchronised: true,
    current: true,
    suspended: false,
    untrusted: false,
    waits: false,
  },
  removing: 'waits',
  removable: true,
  problem: undefined,
}

export default {
  plain: page,
  only: { ...page, removable: false, problem: 'passkey.last' },
  'wrong-name': { ...page, problem: 'name.invalid' },
  'security-key': {
    ...page,
    kind: 'security-key',
    passkey: { ...page.passkey, name: 'Petite clé USB', synchronised: false },
  },
  'level-three': {
    ...page,
    passkey: {
      ...page.passkey,
      synchronised: false,
      level: { verdict: 'stands', model: 'Clé bleue 3' },
    },
  },
  'level-withdrawn': {
    ...page,
    passkey: {
      ...page.passkey,
      synchronised: false,
      level: { verdict: 'withdrawn', model: 'Clé bleue 3' },
    },
  },
  suspended: { ...page, passkey: { ...page.passkey, suspended: true } },
  'at-once': { ...page, removing: 'now' },
  waiting: { ...page, passkey: { ...page.passkey, waits: true } },
} satisfies Record<string, PasskeyPage>
