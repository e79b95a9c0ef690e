import { sampleSentences, sampleStill } from '../sample-standing.ts'
import type {
  ReceiptLine,
  SharingCard,
  SharingEvent,
  SharingPage,
  StopLine,
} from '../../src/pages/my-sharing/pages.ts'
import type { StillBox } from '../../src/pages/my-sharing/still-pages.ts'
import { saidParties } from '../../src/registry/index.ts'
import type { Language } from '../../src/base/values/languages.ts'

const own = {
  fr: {
    title: 'Revenu net et situation familiale',
    recipient: 'Aide aux études (démo)',
    holder: 'Agence du revenu (démo)',
    purpose: 'Calcul de l’aide financière 2026-2027',
    statement: 'Calculer le montant de votre aide financière pour 2026-2027.',
    what: ['revenu net', 'situation familiale'],
    declined: ['personnes à charge'],
  },
  en: {
    title: 'Net income and family situation',
    recipient: 'Student Aid (demo)',
    holder: 'Revenue Agency (demo)',
    purpose: 'Calculation of financial aid 2026–27',
    statement: 'Calculating the amount of your financial aid for 2026–27.',
    what: ['net income', 'family situation'],
    declined: ['dependants'],
  },
} satisfies Record<Language, Partial<SharingCard>>

/** Holder and recipient in a sentence. */
const parties = {
  fr: ['l’Agence du revenu (démo)', 'l’Aide aux études (démo)'],
  en: ['the Revenue Agency (demo)', 'Student Aid (demo)'],
} as const

const base = { fr: '', en: '/en' }

const days = { from: new Date('2025-01-01T17:00:00Z'), to: new Date('2025-12-31T17:00:00Z') }

export function sharing(language: Language): SharingCard {
  return {
    ...own[language],
    id: 'con_06f9zj5b2x8m4q7t1n3v5w9ykd',
    state: 'active',
    holds: [],
    brake: undefined,
    since: new Date('2026-11-24T15:04:00Z'),
    until: new Date('2027-09-01T03:59:59Z'),
    daysLeft: 281,
    isRenewable: false,
    endedAt: undefined,
    uses: 1,
    limit: { count: 4, per: 'P1Y' },
    isChange: false,
    lookback: undefined,
    lastSentAt: new Date('2026-11-24T15:05:00Z'),
    isInquired: false,
  }
}

/** Of a sending from the Revenue Agency. @param to how who receives stands in a sentence */
export function saidTo(language: Language, to?: string): SharingEvent['said'] {
  const [holder, recipient] = parties[language]
  return saidParties(holder, to ?? recipient, language)
}

export function event(
  language: Language,
  kind: SharingEvent['kind'],
  at: string,
  more: Partial<SharingEvent> = {},
): SharingEvent {
  return {
    kind,
    at: new Date(at),
    what: own[language].what,
    said: saidTo(language),
    reason: undefined,
    times: 1,
    lastAt: undefined,
    inFlight: false,
    marks: [],
    correction: undefined,
    shownFrom: undefined,
    period: undefined,
    lawCase: undefined,
    inquiry: undefined,
    dispute: {
      href: `${base[language]}/mes-partages/signalements/dec_06f9zj5b2x8m4q7t1n3v5w9ykd`,
      state: 'none',
    },
    number: '3v5w-9ykd',
    ...more,
  }
}

function page(language: Language): SharingPage {
  const path = `${base[language]}/mes-partages/con_06f9zj5b2x8m4q7t1n3v5w9ykd`
  return {
    csrf: 'csrf-of-a-sample',
    sharing: sharing(language),
    recipientSaid: parties[language][1],
    events: [event(language, 'sent', '2026-11-24T15:04:00Z')],
    stops: [],
    stopHref: `${path}/arret`,
    pauseAction: `${path}/pause`,
    resumeAction: undefined,
    confirmAction: undefined,
    renewAction: undefined,
    narrowHref: `${path}/reduction`,
    replacedHref: undefined,
    olderHref: undefined,
    receipts: [receipt(language, 'granted', '2026-11-24T15:04:00Z')],
    rewordings: [],
    done: undefined,
    left: { sentences: [], still: undefined, stopped: 0 },
    inFlight: undefined,
    whileHeld: [],
    voided: undefined,
  }
}

function receipt(language: Language, what: string, at: string): ReceiptLine {
  const path = `${base[language]}/mes-partages/con_06f9zj5b2x8m4q7t1n3v5w9ykd`
  return { href: `${path}/recus/rcp_06f9zj5b2x8m4q7t1n3v5w9yke`, what, at: new Date(at) }
}

function stopLine(organisation: string, effect: StopLine['effect']): StopLine {
  return {
    organisation,
    effect,
    deliveredAt: undefined,
    isOverdue: false,
    at: new Date('2026-11-25T15:06:30Z'),
    law: undefined,
    until: undefined,
  }
}

const words = {
  fr: {
    income: 'revenu net',
    accounts: 'tous vos comptes bancaires',
    was: 'Le montant de votre revenu net, selon votre avis de cotisation.',
    is: 'Le montant de votre revenu net, comme votre avis de cotisation le dit.',
    insurer: 'Assureur Untel (démo)',
    why: 'Le même renseignement, en mots plus simples.',
  },
  en: {
    income: 'net income',
    accounts: 'all your bank accounts',
    was: 'The amount of your net income, according to your notice of assessment.',
    is: 'The amount of your net income, as your notice of assessment says it.',
    insurer: 'Insurer So-and-so (demo)',
    why: 'The same information, in simpler words.',
  },
}

function line(member: string, subject: string, before: string, now: string) {
  const at = new Date('2026-11-26T14:00:00Z')
  return { member, subject, before, now, at, isMaterial: true, reason: undefined }
}

function reworded(language: Language): SharingPage['rewordings'] {
  const { income, accounts, was, is, insurer, why } = words[language]
  const { recipient } = own[language]
  return [
    { ...line('plain_description', income, was, is), isMaterial: false, reason: why },
    line('label', income, income, accounts),
    line('sensitivity', income, 'ordinary', 'sensitive'),
    line('name', recipient, recipient, insurer),
    line('short_name', recipient, recipient, insurer),
    line('kind', insurer, 'public_body', 'enterprise'),
    line('neq', insurer, '1140000000', '1170000000'),
  ]
}

/** One that is over offers nothing any more. */
const over = {
  stopHref: undefined,
  pauseAction: undefined,
  narrowHref: undefined,
}

const stopped = { state: 'revoked', endedAt: new Date('2026-11-25T15:06:00Z') } as const

function oneLeft(language: Language): StillBox {
  const { heading, ways } = sampleStill(language, 'present')
  return { heading, ways: ways.slice(0, 1) }
}

export default {
  plain: page,
  new: (language: Language) => ({
    ...page(language),
    sharing: { ...sharing(language), uses: 0, limit: undefined, lastSentAt: undefined },
    events: [],
  }),
  unannounced: (language: Language) => ({
    ...page(language),
    sharing: {
      ...sharing(language),
      uses: 0,
      limit: undefined,
      lastSentAt: undefined,
      isInquired: true,
    },
    events: [],
  }),
  'every-event': (language: Language) => ({
    ...page(language),
    sharing: { ...sharing(language), uses: 4, limit: { count: 2, per: 'P4M' }, lookback: days },
    events: [
      event(language, 'sent', '2026-12-05T15:04:00Z', { period: days }),
      event(language, 'unpermitted', '2026-12-04T09:12:00Z', { dispute: undefined }),
      event(language, 'inquired', '2026-12-04T05:34:00Z', {
        what: [],
        times: 3,
        dispute: undefined,
        inquiry: {
          on: new Date('2026-12-03T17:00:00Z'),
          whys: [
            { why: 'not_found', count: 1 },
            { why: 'no_answer', count: 2 },
          ],
        },
      }),
      event(language, 'excused', '2026-12-04T05:34:00Z', {
        what: [],
        dispute: undefined,
        inquiry: {
          on: new Date('2026-12-03T17:00:00Z'),
          whys: [{ why: 'proof_refused', count: 1 }],
        },
      }),
      event(language, 'allowed', '2026-12-03T14:41:00Z'),
      event(language, 'refused', '2026-12-02T05:00:00Z', {
        reason: 'CATEGORY_NOT_COVERED',
        what: own[language].declined,
      }),
      event(language, 'unconfirmed', '2026-12-01T14:12:00Z', { marks: ['not_reported'] }),
      event(language, 'sent', '2026-12-01T10:00:00Z', {
        marks: [
          'late',
          'corrected',
          'sent_after_permit',
          'categories_differ',
          'counts_differ',
          'contents_differ',
        ],
        correction: { fr: 'Une catégorie de trop', en: 'One category too many' }[language],
      }),
      event(language, 'nothing-sent', '2026-11-30T18:00:00Z', {
        marks: ['nothing_sent', 'received_twice', 'nil_too_often'],
      }),
      event(language, 'refused', '2026-11-26T13:00:00Z', {
        reason: 'FREQUENCY_EXCEEDED',
        times: 12,
        lastAt: new Date('2026-11-27T12:45:00Z'),
      }),
      event(language, 'sent', '2026-11-24T15:04:00Z'),
    ],
    olderHref: `${base[language]}/mes-partages/con_06f9zj5b2x8m4q7t1n3v5w9ykd?avant=42`,
  }),
  stopped: (language: Language) => ({
    ...page(language),
    sharing: { ...sharing(language), ...stopped },
    events: [
      event(language, 'refused', '2026-11-25T15:30:00Z', { reason: 'CONSENT_REVOKED' }),
      event(language, 'sent', '2026-11-25T15:05:58Z', { inFlight: true }),
      event(language, 'sent', '2026-11-24T15:04:00Z'),
    ],
    ...over,
    receipts: [
      receipt(language, 'revoked', '2026-11-25T15:06:00Z'),
      receipt(language, 'granted', '2026-11-24T15:04:00Z'),
    ],
    stops: [
      stopLine(own[language].holder, 'stopped'),
      { ...stopLine(own[language].recipient, 'none'), at: undefined, isOverdue: true },
    ],
    done: 'stopped' as const,
    inFlight: { at: new Date('2026-11-25T15:05:40Z'), by: new Date('2026-11-25T15:07:00Z') },
    left: {
      sentences: sampleSentences(language, 'present'),
      still: sampleStill(language, 'present'),
      stopped: 2,
    },
  }),
  /** Done a moment ago: one other way is left, and no body has answered yet. */
  done: (language: Language) => ({
    ...page(language),
    sharing: { ...sharing(language), ...stopped },
    ...over,
    receipts: [
      receipt(language, 'revoked', '2026-11-25T15:06:00Z'),
      receipt(language, 'granted', '2026-11-24T15:04:00Z'),
    ],
    stops: [own[language].holder, own[language].recipient].map((organisation) => ({
      ...stopLine(organisation, 'none'),
      at: undefined,
    })),
    done: 'stopped' as const,
    left: {
      sentences: sampleSentences(language, 'present'),
      still: oneLeft(language),
      stopped: 1,
    },
  }),
  'what-the-bodies-say': (language: Language) => ({
    ...page(language),
    sharing: { ...sharing(language), ...stopped },
    ...over,
    stops: [
      {
        ...stopLine(own[language].holder, 'pending'),
        deliveredAt: new Date('2026-11-25T15:06:02Z'),
      },
      {
        ...stopLine(own[language].recipient, 'kept_by_law'),
        law: 'LAI, art. 73',
        until: new Date('2027-11-25T17:00:00Z'),
      },
      stopLine(own[language].recipient, 'deleted'),
    ],
  }),
  voided: (language: Language) => ({
    ...page(language),
    sharing: {
      ...sharing(language),
      state: 'void' as const,
      endedAt: new Date('2026-11-25T15:04:00Z'),
    },
    ...over,
    receipts: [
      receipt(language, 'voided', '2026-11-25T15:04:00Z'),
      receipt(language, 'granted', '2026-11-24T15:04:00Z'),
    ],
    voided: {
      reason: {
        fr: 'La Commission d’accès à l’information l’a ordonné.',
        en: 'The Commission d’accès à l’information ordered it.',
      }[language],
      ofBody: { fr: 'de l’Aide aux études (démo)', en: 'from Student Aid (demo)' }[language],
      order: { number: '1023456-S', day: new Date('2026-11-24T17:00:00Z') },
    },
  }),
  refused: (language: Language) => ({
    ...page(language),
    sharing: {
      ...sharing(language),
      state: 'refused' as const,
      endedAt: new Date('2026-11-24T15:04:00Z'),
      what: [],
      declined: [...own[language].what, ...own[language].declined],
      uses: 0,
      lastSentAt: undefined,
    },
    events: [],
    ...over,
    receipts: [receipt(language, 'refused', '2026-11-24T15:04:00Z')],
  }),
  paused: (language: Language) => ({
    ...page(language),
    sharing: { ...sharing(language), state: 'suspended' as const, holds: ['person' as const] },
    pauseAction: undefined,
    resumeAction: `${base[language]}/mes-partages/con_06f9zj5b2x8m4q7t1n3v5w9ykd/reprise`,
    done: 'paused' as const,
    left: {
      sentences: sampleSentences(language, 'pause'),
      still: sampleStill(language, 'pause'),
      stopped: 1,
    },
  }),
  'held-by-the-register': (language: Language) => ({
    ...page(language),
    sharing: {
      ...sharing(language),
      holds: ['SUSPENDED_AT_ONCE' as const],
      brake: {
        since: new Date('2026-12-01T15:04:00Z'),
        until: new Date('2026-12-02T15:04:00Z'),
      },
    },
    whileHeld: sampleSentences(language, 'refused'),
  }),
  'other-words': (language: Language) => ({
    ...page(language),
    rewordings: reworded(language).slice(0, 1),
  }),
  'another-meaning': (language: Language) => ({
    ...page(language),
    sharing: { ...sharing(language), holds: ['MEANING_CHANGED' as const] },
    rewordings: reworded(language),
    renewAction: `${base[language]}/mes-partages/con_06f9zj5b2x8m4q7t1n3v5w9ykd/renouvellement`,
    pauseAction: undefined,
    narrowHref: undefined,
  }),
  'another-meaning-not-asked': (language: Language) => ({
    ...page(language),
    sharing: { ...sharing(language), holds: ['MEANING_CHANGED' as const] },
    rewordings: reworded(language).slice(1, 2),
    pauseAction: undefined,
    narrowHref: undefined,
  }),
  'to-confirm': (language: Language) => ({
    ...page(language),
    confirmAction: `${base[language]}/mes-partages/con_06f9zj5b2x8m4q7t1n3v5w9ykd/confirmation`,
    renewAction: `${base[language]}/mes-partages/con_06f9zj5b2x8m4q7t1n3v5w9ykd/renouvellement`,
  }),
  replaced: (language: Language) => ({
    ...page(language),
    sharing: {
      ...sharing(language),
      state: 'superseded' as const,
      endedAt: new Date('2026-11-25T15:06:00Z'),
    },
    ...over,
    replacedHref: `${base[language]}/mes-partages/con_06f9zj5b2x8m4q7t1n3v5w9ykf`,
  }),
} satisfies Record<string, (language: Language) => SharingPage>
