import type { Language } from '../../src/base/values/languages.ts'
import type { AccessPage } from '../../src/pages/my-access/pages.ts'

const hold = {
  since: new Date('2026-11-24T13:41:00Z'),
  until: new Date('2026-11-27T13:41:00Z'),
  isRecovered: false,
}

function plain(language: Language): AccessPage {
  return {
    csrf: 'csrf-of-a-sample',
    todo: 'second-key',
    alarms: [],
    protection: {
      state: 'good',
      keys: 1,
      hasPassword: false,
      codes: 10,
      advice: 'second-key',
    },
    hold: undefined,
    heldBy: undefined,
    isDoubtful: false,
    waiting: 0,
    requests: [],
    told: [{ channel: 'email', address: 'm•••@exemple.test' }],
    open: {
      count: 2,
      other: {
        device: { fr: 'Chrome sur Android', en: 'Chrome on Android' }[language],
        lastSeenAt: new Date('2026-11-30T18:12:00Z'),
        when: 'yesterday',
      },
    },
    services: { count: 2, telling: 1 },
    keyRule: { rule: 'none', since: undefined },
    changes: [
      {
        id: 'act_06f9zj5b2x8m4q7t1n3v5w9ykd',
        kind: 'recovery-codes.made',
        at: new Date('2026-11-24T00:05:00Z'),
        device: { fr: 'Chrome sur Linux', en: 'Chrome on Linux' }[language],
      },
      {
        id: 'act_06f9zj5b2x8m4q7t1n3v5w9yke',
        kind: 'passkey.added',
        at: new Date('2026-11-09T14:12:00Z'),
        device: undefined,
      },
    ],
    done: undefined,
  }
}

const of = (change: Partial<AccessPage>) => (language: Language) => ({
  ...plain(language),
  ...change,
})

export default {
  plain,
  good: of({
    todo: undefined,
    protection: { state: 'good', keys: 2, hasPassword: true, codes: 9, advice: undefined },
    keyRule: { rule: 'required', since: new Date('2026-11-20T13:41:00Z') },
    done: 'passkey-added',
  }),
  alarms: of({
    todo: 'alarm',
    alarms: [
      {
        what: 'held',
        at: new Date('2026-11-24T13:41:00Z'),
        until: new Date('2026-11-27T13:41:00Z'),
        device: 'Chrome',
        action: '/acces/retablissement',
      },
      {
        what: 'totp',
        at: new Date('2026-11-23T13:41:00Z'),
        until: undefined,
        device: undefined,
        action: '/acces/avis/not_06F9ZJ5B2X8M4Q7T1N3V5W9YKE',
      },
      {
        what: 'codes-made',
        at: new Date('2026-11-22T13:41:00Z'),
        until: undefined,
        device: undefined,
        action: '/acces/avis/not_06F9ZJ5B2X8M4Q7T1N3V5W9YKH',
      },
    ],
    hold,
    changes: [],
  }),
  recovered: of({
    todo: 'held',
    hold: { ...hold, isRecovered: true },
    protection: { state: 'fragile', keys: 1, hasPassword: false, codes: 0, advice: 'codes' },
    done: 'sessions-ended',
  }),
  held: of({ todo: 'held', heldBy: 'waiting', waiting: 1 }),
  decided: of({ todo: 'held', heldBy: 'decided', waiting: 1 }),
  waiting: of({
    todo: 'waits',
    waiting: 5,
    done: 'removal-waits',
    open: { count: 1, other: undefined },
  }),
  untold: of({
    isDoubtful: true,
    todo: 'untold',
    told: [],
    keyRule: { rule: 'lifted', since: new Date('2026-11-20T13:41:00Z') },
  }),
  fragile: of({
    todo: 'codes',
    protection: { state: 'fragile', keys: 1, hasPassword: false, codes: 0, advice: 'codes' },
  }),
  elsewhere: of({
    todo: 'first-key',
    protection: { state: 'elsewhere', keys: 0, hasPassword: false, codes: 9, advice: 'first-key' },
  }),
  empty: of({
    todo: 'first-key',
    protection: { state: 'none', keys: 0, hasPassword: false, codes: 1, advice: 'first-key' },
    told: undefined,
    services: { count: 0, telling: 0 },
  }),
  requests: (language: Language) => ({
    ...plain(language),
    todo: 'request' as const,
    requests: [
      {
        id: 'sir_06f9zj5b2x8m4q7t1n3v5w9ykd',
        service: { fr: 'Aide aux études (démo)', en: 'Student aid (demo)' }[language],
        organisation: { fr: 'Aide aux études (démo)', en: 'Student aid (demo)' }[language],
        words: { fr: 'loutre phare', en: 'otter lighthouse' }[language],
        until: new Date('2026-11-24T18:15:00Z'),
      },
    ],
    done: 'request-refused',
  }),
} satisfies Record<string, (language: Language) => AccessPage>
