import type { Language } from '../../src/base/values/languages.ts'
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

const at = new Date('2026-11-20T13:41:00Z')
const identity = {
  fr: {
    what: 'votre prénom et votre nom de famille',
    kinds: { email: false, identity: true },
    claims: namesBy('Une autre province (démo)', 'Vous reconnaître au comptoir'),
  },
  en: {
    what: 'your given name and your family name',
    kinds: { email: false, identity: true },
    claims: namesBy('Another province (demo)', 'Recognise you at the counter'),
  },
}

function namesBy(name: string, purpose: string): ClaimsPage['claims'] {
  const source = { name, at }
  return [
    { name: 'given_name', value: 'Marie', source, purpose },
    { name: 'family_name', value: 'Tremblay', source, purpose },
  ]
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
    kinds: { email: true, identity: false },
    claims: [
      { name: 'email', value: 'marie.tremblay@exemple.test', source: undefined, purpose: why },
    ],
    ticked: [],
    isOptional: false,
    shown: 'shown-of-a-sample',
    giveAction: '#',
  }
}

export default {
  compulsory: pageOf,
  optional: (language: Language) => ({ ...pageOf(language), isOptional: true }),
  ticked: (language: Language) => {
    const page = pageOf(language)
    return { ...page, ticked: page.claims }
  },
  identity: (language: Language) => ({ ...pageOf(language), ...identity[language] }),
} satisfies Record<string, (language: Language) => ClaimsPage>
