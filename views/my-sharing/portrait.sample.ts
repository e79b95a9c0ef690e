import type { Bead, BeadState, Strand } from '../../src/base/web/strands.ts'
import { legendOf } from '../../src/base/web/strands.ts'
import { makeWords } from '../../src/base/web/words.ts'
import type { PortraitPage } from '../../src/pages/my-sharing/pages.ts'
import type { Language } from '../../src/base/values/languages.ts'
import { sampleLead } from '../sample-standing.ts'
import type { SampleOf } from '../sample-standing.ts'

const { t, date } = makeWords()

const names = {
  fr: {
    revenue: 'Agence du revenu (démo)',
    addresses: 'Registre des adresses (démo)',
    health: 'Assurance maladie (démo)',
    support: 'Soutien du revenu (démo)',
    aid: 'Aide aux études (démo)',
    housing: 'Logement abordable (démo)',
    transport: 'Transport adapté (démo)',
    libraries: 'Bibliothèques (démo)',
    elections: 'Élections (démo)',
    daycare: 'Garderies (démo)',
    families: 'Direction générale de l’accompagnement des personnes et des familles (démo)',
    income: 'Revenu net',
    family: 'Situation familiale',
    residence: 'Résidence au Québec',
    address: 'Adresse',
    limitation: 'Limitation reconnue',
    birth: 'Date de naissance',
    vaccines: 'Vaccins de l’enfant',
  },
  en: {
    revenue: 'Revenue Agency (demo)',
    addresses: 'Address Registry (demo)',
    health: 'Health Insurance (demo)',
    support: 'Income Support (demo)',
    aid: 'Student Aid (demo)',
    housing: 'Affordable Housing (demo)',
    transport: 'Adapted Transit (demo)',
    libraries: 'Libraries (demo)',
    elections: 'Elections (demo)',
    daycare: 'Daycares (demo)',
    families: 'General Directorate for the Support of Individuals and Families (demo)',
    income: 'Net income',
    family: 'Family situation',
    residence: 'Residence in Québec',
    address: 'Address',
    limitation: 'Recognised limitation',
    birth: 'Date of birth',
    vaccines: 'Vaccines of the child',
  },
} as const
type Name = keyof (typeof names)['fr']

const both = { isByChoice: true, isByLaw: true } as const

type Note = 'never' | 'reasons' | 'reasons-law'
type Of = readonly [Name, BeadState, ...Note[]]

function bead(language: Language, [name, state, ...notes]: Of): Bead {
  const said = (key: string) => {
    const values = { count: 2, date: date(language, new Date('2027-03-03T17:00:00Z')) }
    return t(language, `my-sharing.picture.${key}`, values)
  }
  const right = { choice: 'choice', soon: 'choice', law: 'law' }[state as 'choice']
  return {
    state,
    name: names[language][name],
    right: right === undefined ? '' : said(right),
    notes: [...(state === 'choice' || state === 'law' ? [] : [state]), ...notes].map(said),
  }
}

function strand(language: Language, [from, to]: readonly [Name, Name], ...of: Of[]): Strand {
  return {
    from: names[language][from],
    what: undefined,
    to: names[language][to],
    isAgain: false,
    beads: of.map((one) => bead(language, one)),
  }
}

function pageOf(
  language: Language,
  strands: readonly Strand[],
  about: SampleOf = both,
): PortraitPage {
  const lead = sampleLead(language, about)
  return { lead, view: 'organisation', looks: legendOf(strands), strands }
}

function four(language: Language): readonly Strand[] {
  return [
    strand(
      language,
      ['revenue', 'aid'],
      ['income', 'choice', 'reasons'],
      ['family', 'choice'],
      ['residence', 'law'],
    ),
    strand(language, ['revenue', 'housing'], ['income', 'law', 'never']),
    strand(language, ['addresses', 'transport'], ['address', 'paused']),
  ]
}

export default {
  four: (language: Language) => pageOf(language, four(language), { ...both, paused: 1 }),
  two: (language: Language) =>
    pageOf(language, [strand(language, ['revenue', 'aid'], ['income', 'choice'])], {
      isByChoice: true,
    }),
  eleven: (language: Language) =>
    pageOf(language, [
      ...four(language).slice(0, 2),
      strand(language, ['addresses', 'transport'], ['address', 'choice']),
      {
        ...strand(language, ['support', 'transport'], ['limitation', 'choice']),
        isAgain: true,
      },
      strand(language, ['revenue', 'support'], ['income', 'law'], ['family', 'law']),
      strand(language, ['addresses', 'libraries'], ['address', 'choice']),
      strand(language, ['addresses', 'elections'], ['address', 'law'], ['birth', 'law']),
      strand(language, ['health', 'daycare'], ['vaccines', 'paused']),
      strand(language, ['revenue', 'families'], ['income', 'choice']),
    ]),
  waits: (language: Language) =>
    pageOf(
      language,
      [
        strand(
          language,
          ['revenue', 'aid'],
          ['income', 'soon', 'reasons-law'],
          ['family', 'limit'],
          ['address', 'suspended'],
          ['birth', 'spent'],
        ),
        strand(language, ['revenue', 'families'], ['income', 'suspended']),
      ],
      { isByChoice: true, isEnding: true, paused: 2 },
    ),
  datum: (language: Language): PortraitPage => {
    const turned = (from: Name, what: Name, ...of: Of[]): Strand => ({
      ...strand(language, [from, 'aid'], ...of),
      what: names[language][what],
      to: undefined,
    })
    const strands = [
      turned('revenue', 'income', ['aid', 'choice', 'reasons'], ['housing', 'law', 'never']),
      turned('revenue', 'family', ['aid', 'choice']),
      turned('addresses', 'address', ['transport', 'paused']),
    ]
    return { ...pageOf(language, strands, { ...both, paused: 1 }), view: 'datum' }
  },
  empty: (language: Language) => pageOf(language, [], {}),
} satisfies Record<string, (language: Language) => PortraitPage>
