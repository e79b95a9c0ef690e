import type { AskPage } from '../../src/consent/asking/pages.ts'
import type { Language } from '../../src/base/platform/languages.ts'
import { sampleContacts } from '../sample-contacts.ts'

// The region is rendered from the sample of views/asking/terms that has the same name, or from its plain one.
const ask =
  (problem?: string, step?: AskPage['step']) =>
  (language: Language): AskPage => {
    const visit = `${language === 'en' ? '/en' : ''}/partage/demande/V1StGXR8Z5jdHi6BmyT`
    return {
      contacts: sampleContacts(language),
      csrf: 'csrf-of-a-sample',
      isChange: false,
      presentation: 'pre_06f9zj5b2x8m4q7t1n3v5w9ykd',
      region: '',
      labels: {
        grant: { fr: 'Autoriser ce partage', en: 'Allow this sharing' }[language],
        refuse: { fr: 'Refuser ce partage', en: 'Refuse this sharing' }[language],
      },
      grantAction: `${visit}/autorisation`,
      refuseAction: `${visit}/refus`,
      laterAction: `${visit}/report`,
      step,
      onlyByKey: false,
      sign: step === undefined ? { data: '{}', checkpoint: '' } : undefined,
      problem,
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

export default {
  plain: ask(),
  short: ask(),
  long: ask(),
  unsigned: (language: Language) => ({ ...ask()(language), sign: 'without' as const }),
  'only by key': (language: Language) => ({ ...ask()(language), onlyByKey: true }),
  first: ask(undefined, first),
  again: ask(undefined, again),
  change: (language: Language) => ({ ...ask()(language), isChange: true }),
  'another-meaning': (language: Language) => ({ ...ask()(language), isChange: true }),
  changed: ask('consent.changed'),
  sensitive: ask('consent.express-missing'),
} satisfies Record<string, (language: Language) => AskPage>
