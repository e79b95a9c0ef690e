import type { AskPage } from '../../src/consent/asking/pages/pages.ts'
import type { Language } from '../../src/base/values/languages.ts'
import { sampleContacts } from '../sample-contacts.ts'
import terms from './terms.sample.ts'

const ask =
  (sample: keyof typeof terms, change: Partial<AskPage> = {}) =>
  (language: Language): AskPage => {
    const visit = `${language === 'en' ? '/en' : ''}/partage/demande/V1StGXR8Z5jdHi6BmyT`
    return {
      contacts: sampleContacts(language),
      csrf: 'csrf-of-a-sample',
      presentation: 'pre_06f9zj5b2x8m4q7t1n3v5w9ykd',
      terms: terms[sample](language),
      typed: undefined,
      played: [],
      otherFaceHref: `${visit}?forme=claire`,
      grantAction: `${visit}/autorisation`,
      refuseAction: `${visit}/refus`,
      laterAction: `${visit}/report`,
      waitsUntil: new Date('2026-12-26T15:00:00Z'),
      step: undefined,
      onlyByKey: false,
      sign: { data: '{}', checkpoint: '' },
      problem: undefined,
      ...change,
    }
  }

const first = {
  n: 1,
  of: 2,
  decided: undefined,
  laterRestAction: '/partage/demande/V1StGXR8Z5jdHi6BmyT/questions/report',
  checkHref: undefined,
} satisfies AskPage['step']
const again = {
  ...first,
  decided: 'granted',
  laterRestAction: undefined,
  checkHref: '/partage/demande/V1StGXR8Z5jdHi6BmyT/reponses',
} satisfies AskPage['step']

// The thirtieth of September is later than the last day, and stays as it was typed.
const typed = {
  optional: ['cat_personnes-a-charge'],
  express: [],
  resume: false,
  day: '30',
  month: '9',
  year: '2027',
}

const hash = '5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9'
const played = [
  {
    isFilm: true,
    src: `/register/media/${hash}.mp4`,
    type: 'video/mp4',
    captionsSrc: `/register/media/${hash}.vtt`,
  },
  {
    isFilm: false,
    src: `/register/media/${hash}.mp3`,
    type: 'audio/mpeg',
    captionsSrc: undefined,
  },
] satisfies AskPage['played']

export default {
  plain: ask('plain'),
  short: ask('short', { otherFaceHref: undefined }),
  clear: ask('clear'),
  'with a film': ask('with a film', { played }),
  long: ask('long'),
  paused: ask('paused'),
  unsigned: ask('plain', { sign: 'without' }),
  'only by key': ask('plain', { onlyByKey: true }),
  first: ask('plain', { step: first, sign: undefined }),
  again: ask('plain', { step: again, sign: undefined }),
  change: ask('change'),
  'another-meaning': ask('another-meaning'),
  changed: ask('plain', { problem: 'consent.changed' }),
  date: ask('plain', { problem: 'consent.date', typed }),
  sensitive: ask('sensitive', { problem: 'consent.express-missing' }),
} satisfies Record<string, (language: Language) => AskPage>
