import type { LaterPage } from '../../src/consent/asking/pages/pages.ts'
import type { Language } from '../../src/base/values/languages.ts'
import { sampleContacts } from '../sample-contacts.ts'

const later =
  (count: number) =>
  (language: Language): LaterPage => {
    const question = `${language === 'en' ? '/en' : ''}/partage/demande/V1StGXR8Z5jdHi6BmyT`
    return {
      contacts: sampleContacts(language),
      csrf: 'csrf-of-a-sample',
      count,
      waitsUntil: new Date('2026-12-26T15:00:00Z'),
      service: { fr: 'Aide aux études (démo)', en: 'Student Aid (demo)' }[language],
      next: `${question}/plus-tard`,
      questionHref: question,
    }
  }

export default { one: later(1), several: later(2) }
