import type {
  LawSharing,
  SharingCard,
  SharingsPage,
  SharingView,
  SharingState,
} from '../../src/pages/my-sharing/pages.ts'
import { sampleLead } from '../sample-standing.ts'
import { exchangesOf } from '../../src/pages/my-sharing/list.ts'
import type { Language } from '../../src/base/values/languages.ts'
import { listHeading } from '../../src/base/web/lists.ts'
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

function card(language: Language, change: Partial<SharingCard> = {}): SharingCard {
  return { ...sharing(language), lastSentAt: new Date('2026-11-24T15:05:00Z'), ...change }
}

function ended(language: Language, state: SharingState, n: number): SharingView {
  const endedAt = new Date(Date.UTC(2026, 10, 20 - n, 15, 6))
  return { ...sharing(language), id: `con_06f9zj5b2x8m4q7t1n3v5w9yk${n}`, state, endedAt }
}

function unused(language: Language): LawSharing {
  return { ...lawSharing(language), lastAt: undefined, lastSentAt: undefined }
}

/** A page of these lists, with the picture that is made of them. */
function pageOf(language: Language, lists: Partial<SharingsPage>): SharingsPage {
  const { soon = [], active = [], paused = [], lawful = [] } = lists
  const base = language === 'en' ? '/en' : ''
  const picture = pictureOf(exchangesOf({ open: [...soon, ...active, ...paused], lawful }, base))
  return {
    csrf,
    lead: sampleLead(language, {
      waiting: lists.waiting?.length ?? 0,
      isByChoice: soon.length + active.length > 0,
      isByLaw: lawful.length > 0,
      paused: paused.length,
      isEnding: soon.length > 0,
      isChanged: lists.isWhole === false,
    }),
    subjects: [],
    subject: undefined,
    isWhole: true,
    picture,
    isPictureOpen: (picture?.rows.length ?? 0) > 2,
    waiting: [],
    silenced: [],
    soon,
    active,
    paused,
    ended: [],
    lawful,
    lawfulBefore: [],
    bySubject: [{ subject: 'housing', sharings: [unused(language)] }],
    attempts: [],
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

function subjectsOf(...subjects: readonly SharingView['topic'][]): SharingsPage['subjects'] {
  return subjects.map((subject) => ({ subject, href: `?sujet=${subject}` }))
}

function paused(language: Language): SharingCard[] {
  const [first = '', second = ''] = names[language]
  const plain = card(language)
  const more = [...plain.what, ...plain.declined, ...plain.what]
  return [
    card(language, {
      id: 'con_06f9zj5b2x8m4q7t1n3v5w9yka',
      recipient: first,
      topic: 'other',
      holds: ['MEANING_CHANGED'],
      isRenewable: true,
      what: plain.what.slice(1),
      uses: 0,
      limit: undefined,
      lastSentAt: undefined,
      isInquired: true,
    }),
    card(language, {
      id: 'con_06f9zj5b2x8m4q7t1n3v5w9ykb',
      title: listHeading(more, language),
      recipient: second,
      state: 'suspended',
      holds: ['person', 'ORGANISATION_SUSPENDED'],
      what: more,
      uses: 11,
      limit: { count: 1, per: 'P1M' },
    }),
  ]
}

export default {
  one: (language: Language) => pageOf(language, { active: [card(language)] }),
  two: (language: Language) =>
    pageOf(language, {
      active: [card(language)],
      lawful: [lawSharing(language)],
      ended: [ended(language, 'refused', 2)],
      bySubject: [
        { subject: 'housing', sharings: [lawSharing(language)] },
        { subject: 'studies', sharings: [] },
      ],
    }),
  many: (language: Language) => {
    const [first = '', second = ''] = names[language]
    const plain = card(language)
    const law = lawSharing(language)
    return pageOf(language, {
      subjects: subjectsOf('housing', 'studies', 'other'),
      waiting: [waiting(language)],
      silenced: silenced(language),
      soon: [
        card(language, { id: 'con_06f9zj5b2x8m4q7t1n3v5w9ykc', daysLeft: 6, isRenewable: true }),
      ],
      active: [card(language, { purpose: law.purpose, uses: 3, lastSentAt: undefined })],
      paused: paused(language),
      ended: [
        { ...ended(language, 'revoked', 1), holder: second },
        { ...ended(language, 'refused', 2), recipient: law.recipient },
        ended(language, 'expired', 3),
        ended(language, 'superseded', 4),
        ended(language, 'void', 5),
      ],
      lawful: [law],
      lawfulBefore: [{ ...law, purpose: plain.purpose, isInForce: false }],
      bySubject: [
        { subject: 'housing', sharings: [law, unused(language)] },
        { subject: 'studies', sharings: [] },
        { subject: 'other', sharings: [unused(language)] },
      ],
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
      subjects: subjectsOf('housing', 'studies'),
      subject: 'studies',
      active: [card(language)],
    }),
  paused: (language: Language) =>
    pageOf(language, { paused: [card(language, { state: 'suspended', holds: ['person'] })] }),
  'only-ended': (language: Language) =>
    pageOf(language, { ended: [ended(language, 'revoked', 1), ended(language, 'refused', 2)] }),
  attempts: (language: Language) =>
    pageOf(language, {
      attempts: [
        event(language, 'refused', '2026-11-22T13:00:00Z', { reason: 'NO_CONSENT' }),
        event(language, 'refused', '2026-11-02T13:00:00Z', { reason: 'AGREEMENT_NOT_IN_FORCE' }),
      ],
    }),
  incomplete: (language: Language) =>
    pageOf(language, { isWhole: false, active: [card(language)], bySubject: [] }),
  empty: (language: Language) => pageOf(language, {}),
} satisfies Record<string, (language: Language) => SharingsPage>
