import type { Sharing, SharingsPage, SharingState } from '../../src/dashboard/pages.ts'
import type { Language } from '../../src/foundation/pages.ts'
import { lawSharing } from './law.sample.ts'
import { event, sharing } from './sharing.sample.ts'

const names = {
  fr: [
    'Régie des garderies (démo)',
    'Direction générale de l’accompagnement des personnes et des familles (démo)',
  ],
  en: [
    'Daycare Board (demo)',
    'General Directorate for the Support of Individuals and Families (demo)',
  ],
}

const csrf = 'csrf-of-a-sample'

function ended(language: Language, state: SharingState, n: number): Sharing {
  const endedAt = new Date(Date.UTC(2026, 10, 20 - n, 15, 6))
  return { ...sharing(language), id: `con_06f9zj5b2x8m4q7t1n3v5w9yk${n}`, state, endedAt }
}

function one(language: Language): SharingsPage {
  return { csrf, waiting: [], active: [sharing(language)], ended: [], lawful: [], attempts: [] }
}

function waiting(language: Language) {
  const { recipient, purpose } = sharing(language)
  return {
    id: 'req_06f9zj5b2x8m4q7t1n3v5w9ykd',
    recipient,
    purpose,
    askedAt: new Date('2026-11-20T15:04:00Z'),
    until: new Date('2026-12-20T15:04:00Z'),
  }
}

export default {
  one,
  many: (language: Language) => {
    const [first = '', second = ''] = names[language]
    const plain = sharing(language)
    return {
      waiting: [waiting(language)],
      csrf,
      active: [
        plain,
        {
          ...plain,
          id: 'con_06f9zj5b2x8m4q7t1n3v5w9yka',
          recipient: first,
          uses: 0,
          limit: undefined,
          lastUseAt: undefined,
        },
        {
          ...plain,
          id: 'con_06f9zj5b2x8m4q7t1n3v5w9ykb',
          recipient: second,
          state: 'suspended' as const,
          holds: ['person' as const, 'ORGANISATION_SUSPENDED' as const],
          what: [...plain.what, ...plain.declined, ...plain.what],
          uses: 11,
          limit: { count: 1, per: 'P1M' },
        },
      ],
      ended: [
        ended(language, 'revoked', 1),
        ended(language, 'refused', 2),
        ended(language, 'expired', 3),
        ended(language, 'superseded', 4),
        ended(language, 'void', 5),
      ],
      lawful: [lawSharing(language), { ...lawSharing(language), isInForce: false }],
      attempts: [
        event(language, 'refused', '2026-11-22T13:00:00Z', {
          reason: 'NO_CONSENT',
          recipient: first,
          times: 3,
          lastAt: new Date('2026-11-23T12:45:00Z'),
        }),
      ],
    }
  },
  'only-ended': (language: Language) => ({
    waiting: [],
    csrf,
    active: [],
    ended: [ended(language, 'revoked', 1), ended(language, 'refused', 2)],
    lawful: [],
    attempts: [],
  }),
  attempts: (language: Language) => ({
    waiting: [],
    csrf,
    active: [],
    ended: [],
    lawful: [],
    attempts: [
      event(language, 'refused', '2026-11-22T13:00:00Z', { reason: 'NO_CONSENT' }),
      event(language, 'refused', '2026-11-02T13:00:00Z', { reason: 'AGREEMENT_NOT_IN_FORCE' }),
    ],
  }),
  empty: { csrf, waiting: [], active: [], ended: [], lawful: [], attempts: [] },
} satisfies Record<string, SharingsPage | ((language: Language) => SharingsPage)>
