import type {
  ActivityPage,
  FilterChoice,
  Day,
  ActivityLine,
  RecipientTable,
  SignIns,
} from '../../src/pages/my-activity/pages.ts'
import type { Language } from '../../src/base/values/languages.ts'
import { capital } from '../../src/base/web/lists.ts'

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
    results: ['Envoyé.', 'Refusé. Vous n’aviez pas autorisé ce partage.', 'Envoyé. Différé.'],
    note: 'Cela s’est passé le 24 octobre 2026 et vous est montré depuis le 24 novembre 2026 : la loi permet d’attendre quand il s’agit d’une enquête.',
    device: 'Chrome sur Linux',
    signedIn: 'Connexion',
    subject: 'Revenu net et situation familiale, 2025',
    others: 'Permis, mais sans envoi inscrit : Logement abordable (démo).',
    lead: 'En 2026, un organisme a reçu des renseignements sur vous, en 3 envois.',
    period: 'En 2026',
    ask: 'Poser une question',
    report: 'Signaler',
    notMe: 'Ce n’était pas moi',
    see: 'Voir ce partage',
    filters: ['Montrer', 'Quand'],
    all: ['Tout', 'Depuis le début'],
    title: 'Qui a reçu quoi',
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
    device: 'Chrome on Linux',
    signedIn: 'Sign-in',
    subject: 'Net income and family situation, 2025',
    others: 'Allowed, but no sending was recorded: Affordable Housing (demo).',
    lead: 'In 2026, one body received information about you, in 3 sendings.',
    period: 'In 2026',
    ask: 'Ask a question',
    report: 'Report',
    notMe: 'It was not me',
    see: 'See this sharing',
    filters: ['Show', 'When'],
    all: ['Everything', 'Since the beginning'],
    title: 'Who received what',
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
    subject: undefined,
    purpose: undefined,
    right: undefined,
    result: undefined,
    device: undefined,
    notes: [],
    reference: reference('dec'),
    number: '3V5W-9YKD',
    acts: acts.map((text) => ({
      href: `${language === 'en' ? '/en' : ''}/mes-partages/signalements/${reference('dec')}`,
      text,
      name: `${text}: ${title}`,
    })),
    ...change,
  }
}

function signIns(language: Language): SignIns {
  const { aid, device, notMe, signIn, signedIn } = own[language]
  const act = { kind: 'sign-in', reference: reference('act') } as const
  const lines = [
    line(language, '2026-11-24T15:02:30Z', { ...act, title: signIn, service: aid }, [notMe]),
    line(language, '2026-11-24T15:02:00Z', { ...act, title: signedIn, device }, [notMe]),
    line(language, '2026-11-24T12:40:00Z', { ...act, title: signedIn, device }, [notMe]),
  ]
  return {
    kind: 'sign-ins',
    at: new Date('2026-11-24T15:02:30Z'),
    from: new Date('2026-11-24T12:40:00Z'),
    count: 2,
    services: [aid],
    devices: [device],
    lines,
  }
}

/** A day with one sign-in. */
function alone(language: Language): Day {
  const { signedIn: title, device, notMe } = own[language]
  const at = '2026-11-02T13:00:00Z'
  const signIn = { kind: 'sign-in', title, device, reference: reference('act') } as const
  return { at: new Date(at), lines: [line(language, at, signIn, [notMe])] }
}

export function days(language: Language): Day[] {
  const { what, purpose, subject, results, ask, report, notMe, see, ...own_ } = own[language]
  const sending = { what, subject, purpose }
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
        signIns(language),
      ],
    },
    alone(language),
    {
      at: new Date('2026-10-24T13:00:00Z'),
      lines: [
        line(
          language,
          '2026-10-24T13:00:00Z',
          { kind: 'refused', title: own_.refused, what, subject, result: results[1] },
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

export function received(language: Language): RecipientTable {
  const { aid, right, law, lead, others, period, title, what } = own[language]
  const lastAt = new Date('2026-11-24T18:05:00Z')
  const base = `${language === 'en' ? '/en' : ''}/activite`
  const row = {
    href: `${base}?renseignement=cat_revenu-net&periode=2026`,
    recipient: aid,
    right,
    byLaw: false,
    sent: 3,
    unsure: 0,
    lastAt,
  }
  return {
    title,
    lead,
    others,
    period,
    rows: [
      ...what.map((label) => ({ ...row, what: capital(label) })),
      { ...row, what: capital(what[0]), right: law, byLaw: true, sent: 1, unsure: 2 },
    ],
    isWhole: true,
  }
}

function choices(language: Language, isChosen: boolean): FilterChoice[] {
  const { filters, all, sends, years, months, month } = own[language]
  return [
    {
      name: 'quoi',
      label: filters[0],
      all: all[0],
      groups: [{ label: undefined, options: [{ value: 'envois', label: sends }] }],
      chosen: isChosen ? 'envois' : undefined,
    },
    {
      name: 'periode',
      label: filters[1],
      all: all[1],
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
  const { month } = own[language]
  return {
    csrf: 'csrf-of-a-sample',
    choices: choices(language, false),
    words: '',
    chosen: [],
    received: received(language),
    years: [{ value: `${base}?periode=2025`, label: '2025' }],
    statement: { href: `${base}/releve?annee=2026`, year: '2026' },
    month: capital(month),
    days: days(language),
    older: { href: `${base}?avant=1`, month },
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
    words: own[language].what[0],
    chosen: [own[language].sends, own[language].what[0], '2026'],
    received: { ...received(language), isWhole: false },
    years: [],
    statement: undefined,
    month: undefined,
    older: { href: `${language === 'en' ? '/en' : ''}/activite?avant=1`, month: undefined },
    newestHref: `${language === 'en' ? '/en' : ''}/activite`,
    fields: [['periode', '2026'] as const],
  }),
  none: (language: Language) => ({
    ...page(language),
    received: { ...received(language), rows: [] },
    years: [],
    month: undefined,
    days: [],
    older: undefined,
  }),
  'none-such': (language: Language) => ({
    ...page(language),
    choices: choices(language, true),
    chosen: [own[language].sends],
    received: undefined,
    statement: undefined,
    years: [],
    month: undefined,
    days: [],
    older: undefined,
  }),
} satisfies Record<string, (language: Language) => ActivityPage>
