import type { Language } from '../../src/base/platform/languages.ts'
import type { ClaimsPage } from '../../src/consent/claims/pages.ts'
import { sampleContacts } from '../sample-contacts.ts'

const words = {
  fr: {
    service: 'Aide aux études (démo)',
    what: 'votre adresse courriel',
    why: 'Vous écrire au sujet de votre demande',
  },
  en: {
    service: 'Student Aid (demo)',
    what: 'your e-mail address',
    why: 'Write to you about your application',
  },
}

function pageOf(language: Language): ClaimsPage {
  const { service, what, why } = words[language]
  return {
    csrf: 'csrf-of-a-sample',
    service,
    organisation: service,
    contacts: sampleContacts(language).slice(0, 1),
    refuseAction: '#',
    what,
    claims: [{ name: 'email', value: 'marie.tremblay@exemple.test', purpose: why }],
    ticked: [],
    isOptional: false,
    shown: 'shown-of-a-sample',
    giveAction: '#',
  }
}

export default {
  compulsory: pageOf,
  optional: (language: Language) => ({ ...pageOf(language), isOptional: true }),
  // As it looks once there are more claims.
  ticked: (language: Language) => {
    const page = pageOf(language)
    return { ...page, ticked: page.claims }
  },
} satisfies Record<string, (language: Language) => ClaimsPage>
