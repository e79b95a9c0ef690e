import type {
  ActivityPage,
  ReceivedBy,
  FilterChoice,
  Day,
  ActivityLine,
} from '../../src/pages/my-activity/pages.ts'
import type { Language } from '../../src/base/platform/languages.ts'

const own = {
  fr: {
    aid: 'Aide aux études (démo)',
    revenue: 'Agence du revenu (démo)',
    what: ['revenu net', 'situation familiale'],
    purpose: 'Calcul de l’aide financière 2026-2027',
    sent: 'Envoyé par Agence du revenu (démo) à Aide aux études (démo)',
    later: 'Envoyé par Agence du revenu (démo) à Logement abordable (démo)',
    refused: 'Refusé : envoi par Agence du revenu (démo) à Logement abordable (démo)',
    granted: 'Vous avez autorisé un partage avec Aide aux études (démo)',
    signIn: 'Connexion à un service',
    right: 'Vous l’aviez autorisé',
    law: 'Loi sur l’accès (A-2.1), article 59',
    results: ['Transmis.', 'Refusé. Vous n’aviez pas autorisé ce partage.', 'Transmis. Différé.'],
    note: 'Cela s’est passé le 24 octobre 2026 et vous est montré depuis le 24 novembre 2026 : la loi permet d’attendre quand il s’agit d’une enquête.',
    network: 'Réseau : 203.0.113.0/24',
    ask: 'Poser une question',
    report: 'Signaler',
    notMe: 'Ce n’était pas moi',
    see: 'Voir ce partage',
    filters: ['Quoi', 'Organisme ou service', 'Renseignement', 'Quand'],
    all: ['Tout', 'Tous les organismes', 'Tous les renseignements', 'Depuis le début'],
    answer: 'Qui a reçu : revenu net, en 2026',
    sends: 'Envois',
    years: 'Une année',
    months: 'Un mois',
    month: 'novembre 2026',
  },
  en: {
    aid: 'Student Aid (demo)',
    revenue: 'Revenue Agency (demo)',
    what: ['net income', 'family situation'],
    purpose: 'Calculation of financial aid 2026–27',
    sent: 'Sent by Revenue Agency (demo) to Student Aid (demo)',
    later: 'Sent by Revenue Agency (demo) to Affordable Housing (demo)',
    refused: 'Refused: sending by Revenue Agency (demo) to Affordable Housing (demo)',
    granted: 'You allowed a sharing with Student Aid (demo)',
    signIn: 'Sign-in to a service',
    right: 'You had allowed it',
    law: 'Access Act (A-2.1), section 59',
    results: ['Sent.', 'Refused. You had not allowed this sharing.', 'Sent. Deferred.'],
    note: 'This happened on October 24, 2026 and is shown to you since November 24, 2026: the law allows waiting where there is an investigation.',
    network: 'Network: 203.0.113.0/24',
    ask: 'Ask a question',
    report: 'Report',
    notMe: 'It was not me',
    see: 'See this sharing',
    filters: ['What', 'Organisation or service', 'Information', 'When'],
    all: ['Everything', 'All organisations', 'All information', 'Since the beginning'],
    answer: 'Who received: net income, in 2026',
    sends: 'What was sent',
    years: 'A year',
    months: 'A month',
    month: 'November 2026',
  },
} as const

const reference = (prefix: string) => `${prefix}_06f9zj5b2x8m4q7t1n3v5w9ykd`

function line(
  language: Language,
  at: string,
  change: Partial<ActivityLine>,
  acts: string[] = [],
): ActivityLine {
  const title = change.title ?? ''
  return {
    kind: 'sent',
    at: new Date(at),
    title,
    service: undefined,
    what: [],
    purpose: undefined,
    right: undefined,
    result: undefined,
    notes: [],
    reference: reference('dec'),
    acts: acts.map((text) => ({
      href: `${language === 'en' ? '/en' : ''}/mes-partages/signalements/${reference('dec')}`,
      text,
      name: `${text}: ${title}`,
    })),
    ...change,
  }
}

export function days(language: Language): Day[] {
  const { what, purpose, results, ask, report, notMe, see, ...own_ } = own[language]
  const sending = { what, purpose }
  return [
    {
      at: new Date('2026-11-24T18:05:00Z'),
      lines: [
        line(
          language,
          '2026-11-24T18:05:00Z',
          { title: own_.sent, ...sending, right: own_.right, result: results[0] },
          [ask, report],
        ),
        line(
          language,
          '2026-11-24T15:04:00Z',
          { kind: 'consent', title: own_.granted, ...sending, reference: reference('rcp') },
          [see, notMe],
        ),
        line(
          language,
          '2026-11-24T15:02:00Z',
          {
            kind: 'sign-in',
            title: own_.signIn,
            service: own_.aid,
            notes: [own_.network],
            reference: reference('act'),
          },
          [notMe],
        ),
      ],
    },
    {
      at: new Date('2026-10-24T13:00:00Z'),
      lines: [
        line(
          language,
          '2026-10-24T13:00:00Z',
          { kind: 'refused', title: own_.refused, what, result: results[1] },
          [ask, report],
        ),
        line(
          language,
          '2026-10-24T12:00:00Z',
          {
            title: own_.later,
            ...sending,
            right: own_.law,
            result: results[2],
            notes: [own_.note],
          },
          [ask, report],
        ),
      ],
    },
  ]
}

export function answer(language: Language): ReceivedBy {
  const { aid, right, answer: title } = own[language]
  const lastAt = new Date('2026-11-24T18:05:00Z')
  return {
    title,
    recipients: [{ name: aid, right, sent: 3, unsure: 1, lastAt }],
    isWhole: true,
  }
}

function choices(language: Language, isChosen: boolean): FilterChoice[] {
  const { filters, all, aid, revenue, what, sends, years, months, month } = own[language]
  const options = [
    [{ value: 'envois', label: sends }],
    [
      { value: 'org_agence-revenu', label: revenue },
      { value: 'org_aide-etudes', label: aid },
    ],
    [{ value: 'cat_revenu-net', label: what[0] }],
  ]
  const named = ['quoi', 'organisme', 'renseignement'] as const
  const chosen = ['envois', undefined, 'cat_revenu-net']
  return [
    ...named.map((name, i) => ({
      name,
      label: filters[i] ?? '',
      all: all[i] ?? '',
      groups: [{ label: undefined, options: options[i] ?? [] }],
      chosen: isChosen ? chosen[i] : undefined,
    })),
    {
      name: 'periode',
      label: filters[3],
      all: all[3],
      groups: [
        { label: years, options: [{ value: '2026', label: '2026' }] },
        { label: months, options: [{ value: '2026-11', label: month }] },
      ],
      chosen: isChosen ? '2026' : undefined,
    },
  ]
}

function page(language: Language): ActivityPage {
  const base = `${language === 'en' ? '/en' : ''}/activite`
  return {
    csrf: 'csrf-of-a-sample',
    choices: choices(language, false),
    chosen: [],
    questions: own[language].what.map((label) => ({
      label: label.slice(0, 1).toUpperCase() + label.slice(1),
      href: `${base}?renseignement=cat_revenu-net&periode=2026`,
    })),
    answer: undefined,
    days: days(language),
    olderHref: `${base}?avant=1`,
    newestHref: undefined,
    printHref: `${base}/impression`,
    fields: [],
  }
}

export default {
  plain: page,
  chosen: (language: Language) => ({
    ...page(language),
    choices: choices(language, true),
    chosen: [own[language].sends, own[language].what[0], '2026'],
    questions: [],
    answer: answer(language),
    olderHref: undefined,
    newestHref: `${language === 'en' ? '/en' : ''}/activite`,
    fields: [['periode', '2026'] as const],
  }),
  none: (language: Language) => ({
    ...page(language),
    questions: [],
    days: [],
    olderHref: undefined,
  }),
  'none-such': (language: Language) => ({
    ...page(language),
    choices: choices(language, true),
    chosen: [own[language].sends],
    questions: [],
    answer: { ...answer(language), recipients: [] },
    days: [],
    olderHref: undefined,
  }),
} satisfies Record<string, (language: Language) => ActivityPage>
