import type { NarrowingPage } from '../../src/pages/my-sharing/narrow-pages.ts'
import type { Language } from '../../src/base/values/languages.ts'
import terms from '../asking/terms.sample.ts'
import { sharing } from './sharing.sample.ts'
import { sampleSentences, sampleStill } from '../sample-standing.ts'
import { sampleContacts } from '../sample-contacts.ts'

const bodies = {
  fr: { from: 'De l’Agence du revenu (démo)', to: 'à l’Aide aux études (démo)' },
  en: { from: 'From the Revenue Agency (demo)', to: 'to Student Aid (demo)' },
} satisfies Record<Language, object>

function page(language: Language): NarrowingPage {
  const { what, declined, until } = sharing(language)
  const path = `${{ fr: '', en: '/en' }[language]}/mes-partages/con_06f9zj5b2x8m4q7t1n3v5w9ykd`
  return {
    contacts: sampleContacts(language),
    csrf: 'csrf-of-a-sample',
    presentation: 'pre_06f9zj5b2x8m4q7t1n3v5w9ykd',
    narrowing: {
      ...bodies[language],
      until: new Date('2027-02-01T04:59:59Z'),
      untilBefore: until,
      sending: {
        lead: undefined,
        lists: [
          { name: 'goes_on', labels: what },
          { name: 'stops', labels: declined },
        ],
        stands: [],
      },
      limit: { count: 2, per: 'P1Y', countBefore: 4 },
      terms: { ...terms.plain(language), optional: [] },
    },
    labels: {
      grant: { fr: 'Confirmer', en: 'Confirm' }[language],
      refuse: { fr: 'Changer mon choix', en: 'Change my choice' }[language],
    },
    sign: { data: '{}', checkpoint: '' },
    left: {
      sentences: sampleSentences(language, 'future'),
      still: sampleStill(language, 'future'),
      stopped: 0,
    },
    afterwards: [],
    counted: 1,
    action: `${path}/reduction/confirmation`,
    changeHref: `${path}/reduction`,
  }
}

function onlyShorter({
  sending,
  ...region
}: NarrowingPage['narrowing']): NarrowingPage['narrowing'] {
  const lists = sending.lists.slice(0, 1)
  return { ...region, limit: undefined, sending: { ...sending, lists } }
}

export default {
  plain: page,
  'only-less': (language: Language) => ({
    ...page(language),
    narrowing: { ...page(language).narrowing, untilBefore: undefined },
  }),
  'only-shorter': (language: Language) => ({
    ...page(language),
    narrowing: onlyShorter(page(language).narrowing),
    left: { sentences: [], still: undefined, stopped: 0 },
    afterwards: sampleSentences(language, 'afterwards'),
  }),
} satisfies Record<string, (language: Language) => NarrowingPage>
