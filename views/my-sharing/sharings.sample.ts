import type { SharingSeen, SharingsPage, SharingState } from '../../src/pages/my-sharing/pages.ts'
import { exchangesOf } from '../../src/pages/my-sharing/list.ts'
import type { Language } from '../../src/base/platform/languages.ts'
import { pictureOf } from '../../src/pages/picture/index.ts'
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

function ended(language: Language, state: SharingState, n: number): SharingSeen {
  const endedAt = new Date(Date.UTC(2026, 10, 20 - n, 15, 6))
  return { ...sharing(language), id: `con_06f9zj5b2x8m4q7t1n3v5w9yk${n}`, state, endedAt }
}

/** A page of these lists, with the picture that is made of them. */
function pageOf(language: Language, lists: Partial<SharingsPage>): SharingsPage {
  const {
    waiting = [],
    silenced = [],
    soon = [],
    active = [],
    ended = [],
    lawful = [],
    unused = [],
    attempts = [],
  } = lists
  const sharings = [...soon, ...active, ...ended]
  const base = language === 'en' ? '/en' : ''
  return {
    csrf,
    summary: { bodies: active.length, chosen: active.length, lawful: 0 },
    subjects: [],
    subject: undefined,
    isWhole: true,
    picture: pictureOf(exchangesOf({ sharings, lawful: [...lawful, ...unused], attempts }, base)),
    waiting,
    silenced,
    soon,
    active,
    ended,
    lawful,
    unused,
    attempts,
    ...lists,
  }
}

function silenced(language: Language) {
  const { recipient, holder, what } = sharing(language)
  const line = { recipient, holder, what, since: new Date('2026-11-20T15:04:00Z') }
  const action = '#'
  return [
    { ...line, asked: { times: 3, lastAt: new Date('2026-11-23T12:45:00Z') }, action },
    { ...line, what: what.slice(1), asked: undefined, action },
  ]
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
  one: (language: Language) => pageOf(language, { active: [sharing(language)] }),
  many: (language: Language) => {
    const [first = '', second = ''] = names[language]
    const plain = sharing(language)
    const law = lawSharing(language)
    return pageOf(language, {
      summary: { bodies: 4, chosen: 3, lawful: 2 },
      subjects: (['housing', 'studies', 'other'] as const).map((subject) => ({
        subject,
        href: `?sujet=${subject}`,
      })),
      waiting: [waiting(language)],
      silenced: silenced(language),
      soon: [{ ...plain, id: 'con_06f9zj5b2x8m4q7t1n3v5w9ykc', daysLeft: 6, isRenewable: true }],
      active: [
        {
          ...plain,
          id: 'con_06f9zj5b2x8m4q7t1n3v5w9yka',
          recipient: first,
          topic: 'other',
          holds: ['MEANING_CHANGED'],
          isRenewable: true,
          what: plain.what.slice(1),
          uses: 0,
          limit: undefined,
          lastUseAt: undefined,
        },
        {
          ...plain,
          id: 'con_06f9zj5b2x8m4q7t1n3v5w9ykb',
          recipient: second,
          state: 'suspended',
          holds: ['person', 'ORGANISATION_SUSPENDED'],
          what: [...plain.what, ...plain.declined, ...plain.what],
          uses: 11,
          limit: { count: 1, per: 'P1M' },
        },
      ],
      ended: [
        { ...ended(language, 'revoked', 1), holder: second },
        { ...ended(language, 'refused', 2), recipient: law.recipient },
        ended(language, 'expired', 3),
        ended(language, 'superseded', 4),
        ended(language, 'void', 5),
      ],
      lawful: [law, { ...law, purpose: plain.purpose, isInForce: false }],
      attempts: [
        event(language, 'refused', '2026-11-22T13:00:00Z', {
          reason: 'NO_CONSENT',
          recipient: first,
          times: 3,
          lastAt: new Date('2026-11-23T12:45:00Z'),
        }),
      ],
    })
  },
  subject: (language: Language) =>
    pageOf(language, {
      summary: { bodies: 2, chosen: 1, lawful: 1 },
      subjects: (['housing', 'studies'] as const).map((subject) => ({
        subject,
        href: `?sujet=${subject}`,
      })),
      subject: 'studies',
      active: [sharing(language)],
    }),
  'only-ended': (language: Language) =>
    pageOf(language, { ended: [ended(language, 'revoked', 1), ended(language, 'refused', 2)] }),
  attempts: (language: Language) =>
    pageOf(language, {
      attempts: [
        event(language, 'refused', '2026-11-22T13:00:00Z', { reason: 'NO_CONSENT' }),
        event(language, 'refused', '2026-11-02T13:00:00Z', { reason: 'AGREEMENT_NOT_IN_FORCE' }),
      ],
    }),
  empty: (language: Language) => pageOf(language, {}),
} satisfies Record<string, (language: Language) => SharingsPage>
