import type {
  ActivityPage,
  FilterChoice,
  Day,
  ActivityLine,
  ReceivedBody,
  ReceivedLine,
  RecipientTable,
} from '../../src/pages/my-activity/pages.ts'
import type { Language } from '../../src/base/values/languages.ts'
import { capital } from '../../src/base/web/lists.ts'
import { inDays, line, monthOf, reference } from './activity-lines.ts'

const own = {
  fr: {
    aid: 'Aide aux études (démo)',
    revenue: 'Agence du revenu (démo)',
    what: ['revenu net', 'situation familiale'],
    purpose: 'Calcul de l’aide financière 2026-2027',
    sent: 'Envoyé par l’Agence du revenu (démo) à l’Aide aux études (démo)',
    later: 'Envoyé par l’Agence du revenu (démo) à Logement abordable (démo)',
    refused: 'Refusé : envoi de l’Agence du revenu (démo) à Logement abordable (démo)',
    shortGranted: 'Vous avez autorisé un partage',
    granted: 'Vous avez autorisé un partage avec l’Aide aux études (démo)',
    signIn: 'Connexion à un service',
    right: 'Vous l’aviez autorisé',
    law: 'Loi sur l’accès (A-2.1), article 59',
    results: ['Envoyé.', 'Refusé. Vous n’aviez pas autorisé ce partage.', 'Envoyé. Différé.'],
    note: 'Cela s’est passé le 24 octobre 2026 et vous est montré depuis le 24 novembre 2026 : la loi permet d’attendre quand il s’agit d’une enquête.',
    device: 'Chrome sur Linux',
    signedIn: 'Connexion',
    subject: 'Revenu net et situation familiale, 2025',
    others: 'Permis, sans envoi inscrit : Logement abordable (démo).',
    lead: 'En 2026, un organisme a reçu des renseignements sur vous, en 3 envois.',
    period: 'En 2026',
    ask: 'Poser une question',
    report: 'Signaler',
    notMe: 'Ce n’était pas moi',
    see: 'Voir ce partage',
    filters: ['Montrer', 'Quand'],
    all: ['Tout', 'Depuis le début'],
    title: 'Qui a reçu quoi en 2026',
    short: 'Revenu net et situation familiale, 2025 : envoi',
    aside: ['à l’Aide aux études (démo)', 'réception confirmée', 'vous l’aviez autorisé'],
    shortRefused: 'Revenu net et situation familiale, 2025 : envoi refusé',
    shortLater: 'Revenu net et situation familiale, 2025 : envoi',
    toHousing: 'à Logement abordable (démo)',
    why: 'Vous n’aviez pas autorisé ce partage.',
    times: [
      '3 envois, dernier le 24 novembre',
      '1 envoi, 2 envois pas confirmés, dernier le 24 novembre',
    ],
    summary: '3 envois · 2 envois pas confirmés · dernier le 24 novembre',
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
    sent: 'Sent by the Revenue Agency (demo) to Student Aid (demo)',
    later: 'Sent by the Revenue Agency (demo) to Affordable Housing (demo)',
    refused: 'Refused: from the Revenue Agency (demo) to Affordable Housing (demo)',
    shortGranted: 'You allowed a sharing',
    granted: 'You allowed a sharing with Student Aid (demo)',
    signIn: 'Sign-in to a service',
    right: 'You had allowed it',
    law: 'Access Act (A-2.1), section 59',
    results: ['Sent.', 'Refused. You had not allowed this sharing.', 'Sent. Deferred.'],
    note: 'This happened on October 24, 2026 and is shown to you since November 24, 2026: the law allows waiting where there is an investigation.',
    device: 'Chrome on Linux',
    signedIn: 'Sign-in',
    subject: 'Net income and family situation, 2025',
    others: 'Allowed, but nothing sent is recorded: Affordable Housing (demo).',
    lead: 'In 2026, one organisation received information about you, 3 times in all.',
    period: 'In 2026',
    ask: 'Ask a question',
    report: 'Report',
    notMe: 'It was not me',
    see: 'See this sharing',
    filters: ['Show', 'When'],
    all: ['Everything', 'Since the beginning'],
    title: 'Who received what in 2026',
    short: 'Net income and family situation, 2025: sent',
    aside: ['to Student Aid (demo)', 'confirmed as received', 'you had allowed it'],
    shortRefused: 'Net income and family situation, 2025: refused',
    shortLater: 'Net income and family situation, 2025: sent',
    toHousing: 'to Affordable Housing (demo)',
    why: 'You had not allowed this sharing.',
    times: [
      'Sent 3 times, last on November 24',
      'Sent 1 time, 2 times not confirmed, last on November 24',
    ],
    summary: 'Sent 3 times · 2 times not confirmed · last on November 24',
    sends: 'What was sent',
    years: 'A year',
    months: 'A month',
    month: 'November 2026',
  },
} as const

function lines(language: Language): ActivityLine[] {
  return [...ofToday(language), ...signIns(language), ...ofOctober(language)]
}

function ofToday(language: Language): ActivityLine[] {
  const { what, purpose, subject, results, ask, report, notMe, see, ...own_ } = own[language]
  const sending = { what, subject, purpose }
  return [
    line(
      language,
      '2026-11-24T18:05:00Z',
      {
        group: 'sent',
        title: own_.sent,
        short: own_.short,
        aside: own_.aside,
        ...sending,
        right: own_.right,
        result: results[0],
      },
      [ask, report],
    ),
    line(
      language,
      '2026-11-24T15:04:00Z',
      {
        group: 'answered',
        kind: 'consent',
        title: own_.granted,
        aside: [own_.aid, subject],
        short: own_.shortGranted,
        ...sending,
        reference: reference('rcp'),
      },
      [see, notMe],
    ),
  ]
}

function signIns(language: Language): ActivityLine[] {
  const { aid: service, device, signedIn: title, signIn: atService, notMe } = own[language]
  const signIn = { group: 'sign-in', kind: 'sign-in', reference: reference('act') } as const
  return [
    line(language, '2026-11-24T15:02:30Z', { ...signIn, title: atService, service }, [notMe]),
    line(language, '2026-11-24T15:02:00Z', { ...signIn, title, device }, [notMe]),
    line(language, '2026-11-24T12:40:00Z', { ...signIn, title, device }, [notMe]),
    line(language, '2026-11-02T13:00:00Z', { ...signIn, title, device, aside: [device] }, [notMe]),
  ]
}

function ofOctober(language: Language): ActivityLine[] {
  const { what, purpose, subject, results, ask, report, ...own_ } = own[language]
  const sending = { what, subject, purpose }
  return [
    line(
      language,
      '2026-10-24T13:00:00Z',
      {
        group: 'refused',
        kind: 'refused',
        title: own_.refused,
        short: own_.shortRefused,
        what,
        subject,
        purpose,
        result: results[1],
        aside: [own_.toHousing, own_.why],
        isUnusual: true,
      },
      [ask, report],
    ),
    line(
      language,
      '2026-10-24T12:00:00Z',
      {
        group: 'law',
        title: own_.later,
        short: own_.shortLater,
        aside: [own_.toHousing],
        ...sending,
        right: own_.law,
        result: results[2],
        notes: [own_.note],
      },
      [ask, report],
    ),
  ]
}

/** The lines of the samples by day. */
export function days(language: Language, open: 'newest' | 'all' = 'newest'): Day[] {
  return inDays(language, lines(language), open)
}

export function received(language: Language): RecipientTable {
  const { aid, right, law, lead, others, period, title, what, times, summary } = own[language]
  const base = `${language === 'en' ? '/en' : ''}/activite`
  const row = {
    href: `${base}?renseignement=cat_revenu-net&periode=2026`,
    recipient: aid,
    right,
    thread: 'choice',
    times: times[0],
    sent: 3,
    unsure: 0,
    lastAt: new Date('2026-11-24T18:05:00Z'),
  } as const
  const rows: ReceivedLine[] = [
    ...what.map((label) => ({ ...row, what: capital(label) })),
    {
      ...row,
      what: capital(what[0]),
      right: law,
      thread: 'law',
      times: times[1],
      sent: 1,
      unsure: 2,
    },
  ]
  return { title, lead, others, period, bodies: [{ name: aid, summary, rows }], isWhole: true }
}

/** One body that received three things in three sendings. */
function monthBody(language: Language): ReceivedBody {
  const [body] = received(language).bodies
  const summary = {
    fr: '3 envois · dernier le 30 novembre',
    en: 'Sent 3 times · last on November 30',
  }[language]
  return { name: own[language].aid, rows: body?.rows ?? [], summary }
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
    months: capital(month),
    unusual: {
      lines: lines(language).filter(({ isUnusual }) => isUnusual),
      more: 0,
    },
    days: days(language),
    older: { href: `${base}?avant=1`, month },
    newestHref: undefined,
    printHref: `${base}/impression`,
    fields: [],
  }
}

export default {
  plain: page,
  month: (language: Language) => {
    const told = monthOf(language)
    return {
      ...page(language),
      months: { fr: 'Novembre et décembre 2026', en: 'November and December 2026' }[language],
      years: [],
      received: { ...received(language), bodies: [monthBody(language)] },
      unusual: { lines: told.filter(({ isUnusual }) => isUnusual), more: 0 },
      days: inDays(language, told, 'newest'),
      older: undefined,
    }
  },
  chosen: (language: Language) => ({
    ...page(language),
    choices: choices(language, true),
    words: own[language].what[0],
    chosen: [own[language].sends, own[language].what[0], '2026'],
    days: days(language, 'all'),
    received: { ...received(language), isWhole: false },
    years: [],
    statement: undefined,
    months: undefined,
    unusual: undefined,
    older: { href: `${language === 'en' ? '/en' : ''}/activite?avant=1`, month: undefined },
    newestHref: `${language === 'en' ? '/en' : ''}/activite`,
    fields: [['periode', '2026'] as const],
  }),
  none: (language: Language) => ({
    ...page(language),
    received: { ...received(language), bodies: [] },
    years: [],
    months: undefined,
    unusual: undefined,
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
    months: undefined,
    unusual: undefined,
    days: [],
    older: undefined,
  }),
} satisfies Record<string, (language: Language) => ActivityPage>
