import type { Language } from '../../src/base/values/languages.ts'
import type { GetHelpPage } from '../../src/pages/my-access/help-page.ts'

const body = { fr: 'Aide aux études (démo)', en: 'Student aid (demo)' }
const hours = {
  fr: 'du lundi au vendredi, de 8 h 30 à 16 h 30',
  en: 'Monday to Friday, 8:30 a.m. to 4:30 p.m.',
}

function page(language: Language): GetHelpPage {
  return {
    csrf: 'csrf-of-a-sample',
    help: undefined,
    code: undefined,
    requests: [],
    isHeld: false,
    desks: [{ id: 'org_aide-etudes', name: body[language], hours: hours[language] }],
  }
}

function waiting(language: Language, digits: string | undefined): GetHelpPage {
  const until = new Date('2026-11-24T15:12:00Z')
  return { ...page(language), code: { digits, body: body[language], until } }
}

export default {
  plain: page,
  asked: (language) => ({
    ...page(language),
    requests: [
      {
        id: 'man_06f9zj5b2x8m4q7t1n3v5w9ykd',
        body: body[language],
        words: { fr: 'rivière tambour', en: 'river drum' }[language],
        until: new Date('2026-11-24T15:12:00Z'),
      },
    ],
  }),
  'no desk': (language) => ({ ...page(language), desks: [] }),
  held: (language) => ({ ...page(language), isHeld: true }),
  digits: (language) => waiting(language, '48150926'),
  waits: (language) => waiting(language, undefined),
  helped: (language) => ({
    ...page(language),
    help: {
      body: body[language],
      way: 'device',
      until: new Date('2026-11-24T15:32:00Z'),
      looks: [
        { what: 'sharings', at: new Date('2026-11-24T15:05:00Z') },
        { what: 'help', at: new Date('2026-11-24T15:03:00Z') },
      ],
    },
  }),
  'helped by telephone': (language) => ({
    ...page(language),
    help: {
      body: body[language],
      way: 'telephone',
      until: new Date('2026-11-24T15:32:00Z'),
      looks: [],
    },
  }),
} satisfies Record<string, (language: Language) => GetHelpPage>
