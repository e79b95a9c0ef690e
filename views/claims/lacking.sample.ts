import type { Language } from '../../src/base/values/languages.ts'
import type { LackingPage } from '../../src/consent/claims/pages.ts'
import { sampleContacts } from '../sample-contacts.ts'

const words = {
  fr: { service: 'Aide aux études (démo)', what: 'votre adresse courriel' },
  en: { service: 'Student Aid (demo)', what: 'your e-mail address' },
}

export default {
  plain: (language: Language) => ({
    csrf: 'csrf-of-a-sample',
    organisation: words[language].service,
    contacts: sampleContacts(language).slice(0, 1),
    refuseAction: '#',
    kinds: { email: true, identity: true },
    ...words[language],
  }),
} satisfies Record<string, (language: Language) => LackingPage>
