import type { Language } from '../../src/base/values/languages.ts'
import type { SpacePage, SpaceWait } from '../../src/pages/my-space/pages.ts'

const own = {
  fr: {
    base: '',
    two: 'Deux organismes peuvent recevoir des renseignements sur vous\u00a0:',
    one: 'Un organisme peut recevoir des renseignements sur vous\u00a0:',
    none: 'Aucun organisme ne peut recevoir d’un autre des renseignements sur vous pour le moment.',
    many: 'Sept organismes peuvent recevoir des renseignements sur vous\u00a0: quatre parce que vous l’avez autorisé, quatre parce que la loi le permet, dont un pour les deux raisons.',
    aid: 'L’Aide aux études, parce que vous l’avez autorisé et parce que la loi le permet.',
    housing: 'Logement abordable, parce que la loi le permet.',
    paused: 'Un partage est suspendu\u00a0: l’Aide aux études.',
    body: 'l’Aide aux études',
    begins: 'L’Aide aux études',
    agency: 'L’Agence du revenu',
    data: 'votre revenu net et votre situation familiale',
    until: '15 décembre 2026',
    aidService: 'Aide aux études (démo)',
    agencyService: 'Ma déclaration de revenus (démo)',
    ministry: 'Ministère de l’Avenir (démo)',
    agencyName: 'Agence du revenu (démo)',
    device: 'Firefox sur Windows',
  },
  en: {
    base: '/en',
    two: 'Two organisations can receive information about you:',
    one: 'One organisation can receive information about you:',
    none: 'No organisation can receive information about you from another for now.',
    many: 'Seven organisations can receive information about you: four because you allowed it, four because the law allows it, one of them for both reasons.',
    aid: 'Student Aid, because you allowed it and because the law allows it.',
    housing: 'Affordable Housing, because the law allows it.',
    paused: 'One sharing is suspended: Student Aid.',
    body: 'Student Aid',
    begins: 'Student Aid',
    agency: 'The Revenue Agency',
    data: 'your net income and your family situation',
    until: 'December 15, 2026',
    aidService: 'Student Aid (demo)',
    agencyService: 'My tax return (demo)',
    ministry: 'Ministry of the Future (demo)',
    agencyName: 'Revenue Agency (demo)',
    device: 'Firefox on Windows',
  },
} satisfies Record<Language, object>

function question(language: Language): SpaceWait {
  const { base, body, begins, data, until } = own[language]
  return {
    what: 'question',
    values: { body, begins, data, until },
    isMany: false,
    href: `${base}/partage/demandes/req_06f9zj5b2x8m4q7t1n3v5w9ykd/1`,
  }
}

function plain(language: Language): SpacePage {
  const said = own[language]
  return {
    csrf: 'csrf-of-a-sample',
    lead: {
      sentences: [said.two],
      threads: [
        { state: 'choice', words: said.aid },
        { state: 'law', words: said.housing },
      ],
      beside: [],
      heldId: undefined,
    },
    alarms: [],
    waits: [question(language)],
    lastSent: {
      sentences: ['sent', 'confirms'],
      at: new Date('2026-11-30T15:15:00Z'),
      when: 'yesterday',
      values: {
        holder: said.agency,
        recipient: said.begins,
        data: said.data,
      },
      askHref: `${said.base}/mes-partages/signalements/dec_06f9zj5b2x8m4q7t1n3v5w9ykd?de=question`,
    },
    protection: { state: 'good', keys: 2, hasPassword: false, codes: 10, advice: undefined },
    told: [{ channel: 'email', address: 'm•••@exemple.test' }],
    open: {
      count: 2,
      other: {
        device: 'Chrome',
        lastSeenAt: new Date('2026-11-30T18:12:00Z'),
        when: 'yesterday',
      },
    },
    services: [
      { id: 'aide-etudes', name: said.aidService, what: said.ministry },
      { id: 'revenus', name: said.agencyService, what: said.agencyName },
    ],
  }
}

function several(language: Language): readonly SpaceWait[] {
  const { base, body, begins, until, aidService } = own[language]
  const values = { body, begins, until }
  const isMany = false
  const sharing = `${base}/mes-partages/con_06f9zj5b2x8m4q7t1n3v5w9ykd`
  return [
    {
      what: 'sign-in',
      values: { service: aidService },
      isMany,
      href: `${base}/acces/demandes/sir_06f9zj5b2x8m4q7t1n3v5w9ykd`,
    },
    { what: 'alarms', values: { count: 3 }, isMany, href: `${base}/acces` },
    question(language),
    { what: 'ends', values, isMany, href: sharing },
    { what: 'confirmation', values, isMany, href: sharing },
    {
      what: 'answered',
      values: { ...values, date: until },
      isMany,
      href: `${base}/mes-partages/signalements/dec_06f9zj5b2x8m4q7t1n3v5w9ykd`,
    },
    {
      what: 'address',
      values: { address: 'm•••@exemple.test' },
      isMany,
      href: `${base}/acces/messages/adresses/adr_06f9zj5b2x8m4q7t1n3v5w9ykd`,
    },
  ]
}

export default {
  plain,
  /** A recovery of yesterday, one key, nobody who warns her. */
  alarm: (language: Language) => {
    const page = plain(language)
    return {
      ...page,
      lead: {
        sentences: [own[language].one],
        threads: [{ state: 'law' as const, words: own[language].housing }],
        beside: [own[language].paused],
        heldId: 'con_06f9zj5b2x8m4q7t1n3v5w9ykd',
      },
      alarms: [
        {
          what: 'held' as const,
          at: new Date('2026-11-30T02:12:00Z'),
          until: new Date('2026-12-03T02:12:00Z'),
          device: own[language].device,
          action: '/acces/retablissement',
        },
        {
          what: 'new-device' as const,
          at: new Date('2026-11-29T20:00:00Z'),
          until: undefined,
          device: undefined,
          action: '/acces/avis/not_06F9ZJ5B2X8M4Q7T1N3V5W9YKH',
        },
      ],
      waits: [],
      lastSent: page.lastSent && { ...page.lastSent, sentences: ['sent', 'silent'] as const },
      protection: {
        state: 'good' as const,
        keys: 1,
        hasPassword: false,
        codes: 10,
        advice: 'second-key' as const,
      },
      told: [],
    }
  },
  waits: (language: Language) => {
    const page = plain(language)
    return {
      ...page,
      lead: { sentences: [own[language].many], threads: [], beside: [], heldId: undefined },
      waits: several(language),
      lastSent: page.lastSent && {
        ...page.lastSent,
        values: { ...page.lastSent.values, recipient: own[language].body },
        sentences: ['may', 'for'] as const,
        when: 'today' as const,
        askHref: undefined,
      },
      protection: {
        state: 'fragile' as const,
        keys: 0,
        hasPassword: true,
        codes: 0,
        advice: 'codes' as const,
      },
    }
  },
  /** Nothing yet; an installation that writes to nobody. */
  new: (language: Language) => ({
    ...plain(language),
    lead: { sentences: [own[language].none], threads: [], beside: [], heldId: undefined },
    waits: [],
    lastSent: undefined,
    told: undefined,
    open: { count: 1, other: undefined },
    services: [],
  }),
} satisfies Record<string, (language: Language) => SpacePage>
