import type {
  ChainEntry,
  ChainErasure,
  ChainLater,
  ChainPage,
} from '../../src/pages/my-data/pages.ts'

const path = '/acces/rien-ne-manque'

function entry(number: number, change: Partial<ChainEntry> = {}): ChainEntry {
  return {
    number,
    what: 'sent',
    categories: undefined,
    between: undefined,
    at: new Date(Date.UTC(2026, 10, 24, 15, number)),
    isErased: false,
    isAfterRestore: false,
    state: 'in',
    proofHref: `${path}/evt_06f9zj5b2x8m4q7t1n3v5w9ykd`,
    ...change,
  }
}

// Names are written by the page of a house, in its own language.
const ofShared = {
  categories: 'revenu net',
  between: { holder: 'Agence du revenu (démo)', recipient: 'Aide aux études (démo)' },
}

const unproved = { proofHref: undefined }

const whole: ChainPage = {
  restores: [],
  first: 1,
  last: 4,
  wrong: undefined,
  differences: 0,
  doubtedSince: undefined,
  waiting: 0,
  late: 0,
  notClosedSince: undefined,
  signedAt: new Date('2026-11-24T15:09:00Z'),
  entries: [
    entry(1, { what: 'asked' }),
    entry(2, { what: 'granted', ...ofShared }),
    entry(3),
    entry(4, { what: 'stopped' }),
  ],
  later: [],
  erasures: [],
  earlierHref: undefined,
  laterHref: undefined,
}

const erasure: ChainErasure = {
  rule: 'retention',
  entries: { from: 1, through: 2 },
  before: new Date('2027-01-01T05:00:00Z'),
  at: new Date('2030-01-02T05:37:00Z'),
  certified: {
    backupsUntil: new Date('2030-02-06T05:37:00Z'),
    href: `${path}/ers_06f9zj5b2x8m4q7t1n3v5w9yke`,
  },
}

const later: ChainLater = {
  shownFrom: new Date('2026-11-24T05:00:00Z'),
  isWrong: false,
  entries: [entry(1), entry(2)],
}

export default {
  whole,
  later: {
    ...whole,
    later: [
      later,
      { ...later, isWrong: true, entries: [entry(1, { ...unproved, state: 'wrong' })] },
    ],
  },
  notClosed: { ...whole, notClosedSince: new Date('2026-11-22T17:00:00Z') },
  changed: { ...whole, differences: 2, doubtedSince: new Date('2026-11-24T15:10:00Z') },
  settled: {
    ...whole,
    entries: [
      entry(1, { what: 'asked' }),
      entry(2),
      entry(3, { what: 'differed' }),
      entry(4, { what: 'settled' }),
    ],
  },
  restored: {
    ...whole,
    restores: [{ foundAt: new Date('2026-11-24T15:03:30Z'), lost: 12 }],
    entries: [entry(1, { what: 'asked' }), entry(2), entry(3), entry(4, { isAfterRestore: true })],
  },
  'too-many': { ...whole, differences: 'too-many' },
  none: { ...whole, first: 0, last: 0, signedAt: undefined, entries: [] },
  waiting: {
    ...whole,
    waiting: 1,
    late: 1,
    entries: [
      entry(1, { what: 'told' }),
      entry(2, { what: 'questioned' }),
      entry(3, { what: 'effect', state: 'late', ...unproved }),
      entry(4, { what: 'access', state: 'waiting', ...unproved }),
    ],
  },
  erased: {
    ...whole,
    entries: [
      entry(1, { what: 'asked', isErased: true }),
      entry(2, { what: 'paused', isErased: true }),
      entry(3, { what: 'erased' }),
      entry(4, { what: 'erased' }),
    ],
    erasures: [erasure, { ...erasure, rule: 'order', entries: undefined, certified: undefined }],
  },
  'a-page-of-many': {
    ...whole,
    first: 101,
    last: 102,
    entries: [entry(101, { what: 'refused' }), entry(102, { what: 'silenced' })],
    earlierHref: path,
    laterHref: `${path}?apres=102`,
  },
  wrong: {
    ...whole,
    wrong: 3,
    entries: [entry(1), entry(2), entry(3, { state: 'wrong', ...unproved })],
  },
} satisfies Record<string, ChainPage>
