import type { WaysInPage } from '../../src/pages/my-access/pages.ts'

const source = { name: 'Une autre province (démo)', at: new Date('2026-11-20T13:41:00Z') }

const page: WaysInPage = {
  csrf: 'csrf-of-a-sample',
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
      waits: false,
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
      waits: false,
    },
  ],
  password: {
    password: {
      address: 'marie.tremblay@exemple.test',
      createdAt: new Date('2026-11-02T15:00:00Z'),
      lastUsedAt: undefined,
      suspended: false,
      untrusted: false,
      waits: false,
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
        waits: false,
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
      waits: false,
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
  card: undefined,
  waiting: [],
  heldBy: undefined,
}

const waits = {
  id: '3f0c5b7a9d1e4f6082a4c6e8f0b2d4f6',
  kind: 'key',
  name: 'iPhone de Marie',
  because: 'removed',
  since: new Date('2026-11-24T13:41:00Z'),
  until: new Date('2026-11-27T13:41:00Z'),
  by: 'Petite clé USB du tiroir',
  denies: false,
  undoable: true,
} as const

const card = {
  lastFour: '9614',
  madeAt: new Date('2026-11-02T15:00:00Z'),
  codesLeft: 11,
  isUntrusted: false,
  isLost: false,
  endsAt: undefined,
  isEndable: false,
}
const cardOver = new Date('2026-11-27T13:41:00Z')

export default {
  plain: page,
  card: { ...page, card },
  'card-lost': {
    ...page,
    card: { ...card, isLost: true, endsAt: cardOver, isEndable: true },
    waiting: [{ ...waits, kind: 'card', name: 'Carte finissant par 9614', until: cardOver }],
  },
  waiting: {
    ...page,
    passkeys: page.passkeys.map((passkey) => ({ ...passkey, waits: !passkey.current })),
    accounts: page.accounts.map((account) => ({ ...account, waits: true })),
    waiting: [
      { ...waits, name: 'Petite clé USB du tiroir', by: 'iPhone de Marie' },
      { ...waits, kind: 'password', name: undefined, because: 'replaced', by: 'iPhone de Marie' },
      { ...waits, kind: 'codes', name: 'Codes', because: 'replaced', by: undefined },
      { ...waits, kind: 'identity', name: 'Une autre province (démo)', by: undefined },
      { ...waits, kind: 'contact', name: 'marie.tremblay@exemple.test', by: undefined },
    ],
  },
  held: {
    ...page,
    passkeys: page.passkeys.map((passkey) => ({ ...passkey, waits: passkey.current })),
    waiting: [{ ...waits, denies: true }],
    heldBy: 'waiting',
  },
  disputed: {
    ...page,
    passkeys: page.passkeys.map((passkey) => ({ ...passkey, waits: true })),
    waiting: [
      { ...waits, because: 'disputed', until: undefined, denies: true },
      {
        ...waits,
        name: 'Petite clé USB du tiroir',
        because: 'disputed',
        until: undefined,
        by: 'iPhone de Marie',
      },
    ],
    heldBy: 'disputed',
  },
  decided: {
    ...page,
    passkeys: page.passkeys.map((passkey) => ({ ...passkey, waits: passkey.current })),
    waiting: [{ ...waits, because: 'decided', undoable: false }],
    heldBy: 'decided',
  },
  suspended: {
    ...page,
    passkeys: page.passkeys.map((passkey) => ({ ...passkey, suspended: !passkey.synchronised })),
    codesLeft: 0,
  },
  blocked: {
    ...page,
    accounts: page.accounts.map((account) => ({ ...account, blocked: true })),
    blocks: [
      { value: 'all', name: undefined },
      { value: 'https://id.exemple.test', name: 'Une autre province (démo)' },
    ],
    providers: [],
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
        waits: false,
      },
    },
  },
  empty: {
    ...page,
    passkeys: [],
    password: { password: undefined, totp: undefined, securityKeys: [] },
    accounts: [],
    identity: [],
    providers: [],
    codesLeft: 1,
  },
} satisfies Record<string, WaysInPage>
