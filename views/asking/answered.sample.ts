import { sampleSentences } from '../sample-standing.ts'
import type { AnsweredPage } from '../../src/consent/asking/pages/pages.ts'
import type { SendingLines } from '../../src/consent/record/index.ts'
import type { Language } from '../../src/base/values/languages.ts'

type ListName = SendingLines['lists'][number]['name']

const own = {
  fr: {
    recipient: 'Aide aux études (démo)',
    holder: 'Agence du revenu (démo)',
    purpose: 'Calcul de l’aide financière 2026-2027',
    service: 'Aide aux études (démo)',
    next: '/partage/demande/V1StGXR8Z5jdHi6BmyT/suite',
    sharingHref: '/mes-partages/con_06f9zj5b2x8m4q7t1n3v5w9ykd',
    receiptHref:
      '/mes-partages/con_06f9zj5b2x8m4q7t1n3v5w9ykd/recus/rcp_06f9zj5b2x8m4q7t1n3v5w9yke',
  },
  en: {
    recipient: 'Student Aid (demo)',
    holder: 'Revenue Agency (demo)',
    purpose: 'Calculation of financial aid 2026–27',
    service: 'Student Aid (demo)',
    next: '/en/partage/demande/V1StGXR8Z5jdHi6BmyT/suite',
    sharingHref: '/en/mes-partages/con_06f9zj5b2x8m4q7t1n3v5w9ykd',
    receiptHref:
      '/en/mes-partages/con_06f9zj5b2x8m4q7t1n3v5w9ykd/recus/rcp_06f9zj5b2x8m4q7t1n3v5w9yke',
  },
} satisfies Record<Language, Partial<AnsweredPage>>

const labels = {
  fr: ['revenu net', 'situation familiale', 'personnes à charge'],
  en: ['net income', 'family situation', 'dependants'],
}

const stand = {
  until: new Date('2027-08-31T17:00:00Z'),
  limit: { count: 4, per: 'P1Y' },
  lookback: undefined,
}

const days = { from: new Date('2025-01-01T17:00:00Z'), to: new Date('2025-12-31T17:00:00Z') }

function granted(language: Language): AnsweredPage {
  return {
    ...own[language],
    csrf: 'csrf-of-a-sample',
    elsewhere: undefined,
    granted: true,
    isSigned: true,
    beganKeyRule: false,
    isChange: false,
    hasChanged: false,
    sentences: [],
    at: new Date('2026-11-24T15:04:00Z'),
    number: '3v5w-9ykd',
    sending: {
      lead: undefined,
      lists: [{ name: 'sent', labels: labels[language] }],
      stands: [{ ...stand, lookback: days }],
    },
  }
}

function refused(language: Language): AnsweredPage {
  const lists = [{ name: 'not_sent' as const, labels: labels[language] }]
  const sending = { lead: 'nothing' as const, lists, stands: [] }
  const sentences = sampleSentences(language, 'refused')
  return { ...granted(language), granted: false, sending, sentences, sharingHref: undefined }
}

function withTwo(
  language: Language,
  lead: SendingLines['lead'],
  first: ListName,
  last: ListName,
): SendingLines {
  const [one = '', two = '', three = ''] = labels[language]
  return {
    lead,
    lists: [
      { name: first, labels: [one, two] },
      { name: last, labels: [three] },
    ],
    stands: [stand],
  }
}

export default {
  granted,
  partly: (language: Language) => ({
    ...granted(language),
    sending: withTwo(language, undefined, 'sent', 'not_sent'),
  }),
  grantedChange: (language: Language) => ({
    ...granted(language),
    isChange: true,
    sending: withTwo(language, undefined, 'goes_on', 'added'),
  }),
  // She had paused it, and said yes without ending the pause.
  paused: (language: Language) => ({
    ...granted(language),
    isChange: true,
    sending: withTwo(language, 'paused', 'waits', 'not_added'),
  }),
  resumed: (language: Language) => ({
    ...granted(language),
    isChange: true,
    sending: withTwo(language, 'resumed', 'resumes', 'stops'),
  }),
  refused,
  refusedChange: (language: Language) => ({
    ...granted(language),
    granted: false,
    isChange: true,
    sending: withTwo(language, 'as-before', 'goes_on', 'not_added'),
  }),
  // Answered in her own space, where no service waits.
  elsewhere: (language: Language) => ({
    ...granted(language),
    service: undefined,
    elsewhere: { name: own[language].service, href: 'https://aide-etudes.exemple.test/' },
  }),
  // Stopped after she had answered.
  since: (language: Language) => ({ ...granted(language), hasChanged: true }),
} satisfies Record<string, (language: Language) => AnsweredPage>
