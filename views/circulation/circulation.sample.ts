import type { Language } from '../../src/base/values/languages.ts'
import type { Bead } from '../../src/base/web/strands.ts'
import { legendOf } from '../../src/base/web/strands.ts'
import { makeWords } from '../../src/base/web/words.ts'
import { chartsOf } from '../../src/pages/circulation/charts.ts'
import type { AgreementRow, CirculationPage, TopicRow } from '../../src/pages/circulation/pages.ts'
import { sampleBrakes } from '../sample-brakes.ts'
import type { MonthSums } from '../../src/pages/circulation/sums.ts'

const said = {
  fr: {
    revenue: 'Agence du revenu (démo)',
    addresses: 'Registre des adresses (démo)',
    studies: 'Études',
    housing: 'Logement',
    transport: 'Transport',
  },
  en: {
    revenue: 'Revenue Agency (demo)',
    addresses: 'Address Registry (demo)',
    studies: 'Studies',
    housing: 'Housing',
    transport: 'Transport',
  },
}

const permitted = [205, 240, 270, 295, 285, 260, 255, 290, 440, 470, 435, 412]
const refused = [10, 10, 10, 15, 10, 10, 10, 15, 25, 20, 15, 10]

function months(): MonthSums[] {
  return permitted
    .map((count, at): MonthSums => {
      const rounded = Math.round(count / 5) * 5
      const byLaw = Math.round(rounded / 10) * 5
      return {
        month: `2026-${String(at + 1).padStart(2, '0')}-01`,
        permitted: String(rounded),
        byConsent: String(rounded - byLaw),
        byLaw: String(byLaw),
        refused: String(refused[at]),
        stopped: at % 4 === 0 ? '<10' : '15',
        askedAgain: '<10',
        later: '<10',
        hours: at % 4 === 0 ? undefined : 4,
        served: { minutes: 43_200, served: 43_188 },
      }
    })
    .toReversed()
}

function topics(language: Language): TopicRow[] {
  const base = language === 'en' ? '/en' : ''
  const row = (
    topic: string,
    agreements: number,
    of: readonly [string, string, string],
  ): TopicRow => ({
    topic,
    href: `${base}/register/agreements?topic=${topic}`,
    agreements,
    permitted: of[0],
    byConsent: of[0],
    byLaw: '<10',
    refused: of[1],
    stopped: of[2],
  })
  return [
    row('studies', 3, ['2410', '110', '90']),
    row('housing', 2, ['640', '30', '20']),
    row('transport', 2, ['<10', '<10', '<10']),
  ]
}

function agreements(language: Language): AgreementRow[] {
  const fr: readonly AgreementRow[] = [
    {
      sentence:
        'L’Agence du revenu (démo) peut envoyer votre revenu net à l’Aide aux études (démo)',
      href: '/register/agreements/agr_2026-001',
      purpose: 'calculer votre aide',
      right: 'consent',
      law: undefined,
      topic: 'studies',
      permitted: '980',
    },
    {
      sentence:
        'L’Agence du revenu (démo) peut envoyer votre revenu net au Logement abordable (démo)',
      href: '/register/agreements/agr_2026-014',
      purpose: 'vérifier le loyer',
      right: 'law',
      law: 'Loi sur l’accès (A-2.1), art.\u00a068',
      topic: 'housing',
      permitted: '<10',
    },
  ]
  const en: readonly AgreementRow[] = [
    {
      ...fr[0],
      sentence: 'The Revenue Agency (demo) may send your net income to Student Aid (demo)',
      href: '/en/register/agreements/agr_2026-001',
      purpose: 'compute your aid',
    } as AgreementRow,
    {
      ...fr[1],
      sentence: 'The Revenue Agency (demo) may send your net income to Affordable Housing (demo)',
      href: '/en/register/agreements/agr_2026-014',
      purpose: 'check the rent',
      law: 'Access Act (A-2.1), s.\u00a068',
    } as AgreementRow,
  ]
  return [...(language === 'fr' ? fr : en)]
}

const { t } = makeWords()

function flows(language: Language, isMeasured: boolean): CirculationPage['flows'] {
  const { revenue, addresses, studies, housing, transport } = said[language]
  const bead = (state: 'choice' | 'law', count: number): Bead => ({
    state,
    name: t(language, `circulation.kind-${state}`),
    right: '',
    notes: isMeasured && count > 0 ? [t(language, 'circulation.bead', { count })] : [],
  })
  const plain = { what: undefined, isAgain: false }
  const strands = [
    { ...plain, from: revenue, to: studies, beads: [bead('choice', 1930), bead('law', 480)] },
    { ...plain, from: revenue, to: housing, beads: [bead('law', 640)] },
    { ...plain, from: addresses, to: housing, beads: [bead('choice', 0)] },
    { ...plain, from: addresses, to: transport, beads: [bead('choice', 0)] },
  ]
  return { strands, looks: legendOf(strands), others: isMeasured ? 2 : 0 }
}

const nothing = {
  permitted: '<10',
  byConsent: '<10',
  byLaw: '<10',
  refused: '<10',
  stopped: '<10',
  later: '<10',
}

export default {
  year: (language: Language): CirculationPage => ({
    brakes: [],
    period: {
      from: new Date('2026-01-01T05:00:00Z'),
      until: new Date('2026-12-01T05:00:00Z'),
      months: 12,
    },
    totals: {
      permitted: '3860',
      byConsent: '1930',
      byLaw: '1930',
      refused: '160',
      stopped: '135',
      later: '<10',
      hours: { month: new Date('2026-12-01T05:00:00Z'), hours: 4 },
      available: 999,
      agreements: 8,
    },
    flows: flows(language, true),
    topics: topics(language),
    months: months().map(({ month, served, ...sums }) => ({
      ...sums,
      month: new Date(`${month}T05:00:00Z`),
      available: served === undefined ? undefined : 999,
    })),
    charts: chartsOf(months()),
    agreements: agreements(language),
    more: 6,
  }),
  // A new house: agreements, and no month yet.
  first: (language: Language): CirculationPage => ({
    brakes: sampleBrakes(language),
    period: undefined,
    totals: { ...nothing, hours: undefined, available: undefined, agreements: 2 },
    flows: flows(language, false),
    topics: topics(language).map((row) => ({ ...row, ...nothing })),
    months: [],
    charts: [],
    agreements: agreements(language),
    more: 0,
  }),
  empty: (): CirculationPage => ({
    brakes: [],
    period: undefined,
    totals: { ...nothing, hours: undefined, available: undefined, agreements: 0 },
    flows: undefined,
    topics: [],
    months: [],
    charts: [],
    agreements: [],
    more: 0,
  }),
} satisfies Record<string, (language: Language) => CirculationPage>
