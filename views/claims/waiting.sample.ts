import type { Language } from '../../src/base/values/languages.ts'
import type { WaitingPage } from '../../src/consent/claims/pages.ts'
import { sampleContacts } from '../sample-contacts.ts'

const words = {
  fr: { service: 'Aide aux études (démo)', what: 'votre adresse courriel' },
  en: { service: 'Student Aid (demo)', what: 'your e-mail address' },
}

function pageOf(language: Language): WaitingPage {
  return {
    csrf: 'csrf-of-a-sample',
    organisation: words[language].service,
    contacts: sampleContacts(language).slice(0, 1),
    refuseAction: '#',
    because: 'recovered',
    until: new Date('2026-11-27T13:41:00Z'),
    withoutAction: undefined,
    ...words[language],
  }
}

export default {
  needed: pageOf,
  waiting: (language: Language) => ({ ...pageOf(language), because: 'waiting' }),
  disputed: (language: Language) => ({
    ...pageOf(language),
    because: 'disputed',
    until: undefined,
  }),
  optional: (language: Language) => ({ ...pageOf(language), withoutAction: '#' }),
} satisfies Record<string, (language: Language) => WaitingPage>
