import type { Language } from '../../src/base/platform/languages.ts'
import type { AccessPage } from '../../src/pages/my-access/pages.ts'

const source = { name: 'Une autre province (démo)', at: new Date('2026-11-20T13:41:00Z') }

const page: AccessPage = {
  csrf: 'csrf-of-a-sample',
  protection: { state: 'good', keys: 2, hasPassword: true, codes: 9, advice: undefined },
  passkeys: [
    {
      id: 'cre_06f9zj5b2x8m4q7t1n3v5w9ykd',
      name: 'iPhone de Marie',
      createdAt: new Date('2026-09-14T13:20:00Z'),
      lastUsedAt: new Date('2026-11-24T18:05:00Z'),
      synchronised: true,
      current: true,
      suspended: false,
      untrusted: false,
    },
    {
      id: 'cre_06f9zj5b2x8m4q7t1n3v5w9yke',
      name: 'Petite clé USB du tiroir',
      createdAt: new Date('2026-11-01T15:00:00Z'),
      lastUsedAt: undefined,
      synchronised: false,
      current: false,
      suspended: false,
      untrusted: false,
    },
  ],
  requests: [],
  silences: [],
  sessions: [
    {
      id: 'ses_06f9zj5b2x8m4q7t1n3v5w9ykd',
      device: 'Safari',
      since: new Date('2026-11-24T18:05:00Z'),
      lastSeenAt: new Date('2026-11-24T18:12:00Z'),
      current: true,
    },
    {
      id: 'ses_06f9zj5b2x8m4q7t1n3v5w9yke',
      device: 'Chrome',
      since: new Date('2026-11-24T13:41:00Z'),
      lastSeenAt: new Date('2026-11-24T14:02:00Z'),
      current: false,
    },
  ],
  services: [
    {
      id: 'aide-etudes',
      receives: 'votre adresse courriel',
      name: 'Aide aux études (démo)',
      organisation: 'Ministère de l’Avenir (démo)',
      isActive: true,
      firstUsedAt: new Date('2026-09-14T13:22:00Z'),
      lastUsedAt: new Date('2026-11-24T18:05:00Z'),
    },
    {
      id: 'revenus',
      receives: undefined,
      name: 'Ma déclaration de revenus (démo)',
      organisation: 'Agence du revenu (démo)',
      isActive: true,
      firstUsedAt: new Date('2026-10-02T20:10:00Z'),
      lastUsedAt: new Date('2026-10-02T20:10:00Z'),
    },
  ],
  notices: [
    {
      id: 'not_06F9ZJ5B2X8M4Q7T1N3V5W9YKD',
      kind: 'new-device',
      factor: null,
      device: 'Chrome',
      at: new Date('2026-11-24T13:41:00Z'),
    },
    {
      id: 'not_06F9ZJ5B2X8M4Q7T1N3V5W9YKE',
      kind: 'factor-added',
      factor: 'totp',
      device: undefined,
      at: new Date('2026-11-23T13:41:00Z'),
    },
  ],
  password: {
    password: {
      address: 'marie.tremblay@exemple.test',
      createdAt: new Date('2026-11-02T15:00:00Z'),
      lastUsedAt: undefined,
      suspended: false,
      untrusted: false,
    },
    totp: undefined,
    securityKeys: [
      {
        id: 'key_06F9ZJ5B2X8M4Q7T1N3V5W9YKF',
        name: 'Petite clé USB du bureau',
        createdAt: new Date('2026-11-12T15:00:00Z'),
        lastUsedAt: new Date('2026-11-20T13:41:00Z'),
        synchronised: false,
        current: false,
        suspended: false,
        untrusted: false,
      },
    ],
  },
  accounts: [
    {
      id: 'fac_06F9ZJ5B2X8M4Q7T1N3V5W9YKF',
      name: 'Une autre province (démo)',
      createdAt: new Date('2026-11-12T15:00:00Z'),
      lastUsedAt: new Date('2026-11-20T13:41:00Z'),
      current: false,
      suspended: false,
      untrusted: false,
      blocked: false,
    },
  ],
  blocks: [],
  identity: [
    { name: 'given_name', value: 'Marie', source },
    { name: 'family_name', value: 'Tremblay', source },
  ],
  isNamedTwice: false,
  providers: [{ id: 'autre-province', name: 'Une autre province (démo)' }],
  codesLeft: 9,
  hold: {
    since: new Date('2026-11-24T13:41:00Z'),
    until: new Date('2026-11-27T13:41:00Z'),
    isRecovered: false,
  },
  recoveredAt: undefined,
  done: undefined,
}

export default {
  plain: page,
  new: {
    ...page,
    passkeys: page.passkeys.slice(1),
    sessions: page.sessions.slice(0, 1),
    services: [],
    notices: [],
    password: { password: undefined, totp: undefined, securityKeys: [] },
    codesLeft: 10,
    hold: undefined,
    protection: { state: 'good', keys: 1, hasPassword: false, codes: 10, advice: 'second-key' },
    done: 'passkey-added',
  },
  recovered: {
    ...page,
    passkeys: page.passkeys.map((passkey) => ({ ...passkey, suspended: !passkey.synchronised })),
    codesLeft: 0,
    protection: { state: 'fragile', keys: 1, hasPassword: false, codes: 0, advice: 'codes' },
    recoveredAt: new Date('2026-11-24T17:58:00Z'),
    done: 'sessions-ended',
  },
  blocked: {
    ...page,
    accounts: page.accounts.map((account) => ({ ...account, blocked: true })),
    blocks: [
      { value: 'all', name: undefined },
      { value: 'https://id.exemple.test', name: 'Une autre province (démo)' },
    ],
    providers: [],
    notices: [],
    done: 'account-blocked',
  },
  untrusted: {
    ...page,
    isNamedTwice: true,
    passkeys: page.passkeys.map((passkey) => ({ ...passkey, untrusted: true })),
    password: {
      ...page.password,
      password: {
        address: undefined,
        createdAt: new Date('2026-11-02T15:00:00Z'),
        lastUsedAt: undefined,
        suspended: false,
        untrusted: true,
      },
    },
    notices: [],
  },
  elsewhere: {
    ...page,
    protection: { state: 'elsewhere', keys: 0, hasPassword: false, codes: 9, advice: 'first-key' },
    passkeys: [],
    password: { password: undefined, totp: undefined, securityKeys: [] },
    notices: [],
  },
  empty: {
    ...page,
    protection: { state: 'none', keys: 0, hasPassword: false, codes: 1, advice: 'first-key' },
    passkeys: [],
    services: [],
    sessions: page.sessions.slice(0, 1),
    codesLeft: 1,
  },
  requests: (language: Language) => ({
    ...page,
    notices: [],
    hold: undefined,
    requests: [
      {
        id: 'sir_06f9zj5b2x8m4q7t1n3v5w9ykd',
        service: { fr: 'Aide aux études (démo)', en: 'Student aid (demo)' }[language],
        organisation: { fr: 'Aide aux études (démo)', en: 'Student aid (demo)' }[language],
        words: { fr: 'loutre phare', en: 'otter lighthouse' }[language],
        until: new Date('2026-11-24T18:15:00Z'),
      },
    ],
    silences: [
      {
        orgId: 'org_agence-revenu',
        organisation: { fr: 'Agence du revenu (démo)', en: 'Revenue agency (demo)' }[language],
        since: new Date('2026-11-20T18:15:00Z'),
      },
    ],
    done: 'request-refused',
  }),
} satisfies Record<string, AccessPage | ((language: Language) => AccessPage)>
