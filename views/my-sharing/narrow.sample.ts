import type { NarrowPage } from '../../src/pages/my-sharing/narrow-pages.ts'
import type { Language } from '../../src/base/values/languages.ts'
import { sharing } from './sharing.sample.ts'
import { sampleContacts } from '../sample-contacts.ts'

const own = {
  fr: {
    label: 'personnes à charge',
    description: 'Le nombre de personnes à votre charge, sans leurs noms.',
    path: '/mes-partages/con_06f9zj5b2x8m4q7t1n3v5w9ykd',
  },
  en: {
    label: 'dependants',
    description: 'The number of your dependants, without their names.',
    path: '/en/mes-partages/con_06f9zj5b2x8m4q7t1n3v5w9ykd',
  },
}

const untouched = { day: '', month: '', year: '', times: '4' }

function page(language: Language): NarrowPage {
  const { path, ...category } = own[language]
  return {
    contacts: sampleContacts(language),
    csrf: 'csrf-of-a-sample',
    sharing: sharing(language),
    typed: undefined,
    optional: [{ id: 'cat_personnes-a-charge', ...category, isKept: true }],
    frequency: { count: 4, per: 'P1Y' },
    action: `${path}/reduction`,
    keepHref: path,
    problem: undefined,
    field: undefined,
  }
}

export default {
  plain: page,
  'nothing-optional': (language: Language) => ({
    ...page(language),
    optional: [],
    frequency: undefined,
  }),
  'wrong-day': (language: Language) => ({
    ...page(language),
    typed: { ...untouched, day: '31', month: '2', year: '2027' },
    problem: 'narrowing.day',
    field: 'until_day',
  }),
  'wrong-times': (language: Language) => ({
    ...page(language),
    typed: { ...untouched, times: '5' },
    problem: 'narrowing.times',
    field: 'fois',
  }),
  'nothing-changed': (language: Language) => ({
    ...page(language),
    typed: untouched,
    problem: 'narrowing.same',
    field: 'until_day',
  }),
} satisfies Record<string, (language: Language) => NarrowPage>
