import type { Language } from '../../src/base/platform/languages.ts'
import type { HelpPage } from '../../src/pages/site/pages.ts'
import { sampleContacts } from '../sample-contacts.ts'

export default {
  plain: (language: Language) => ({ bodies: sampleContacts(language) }),
  empty: { bodies: [] },
} satisfies Record<string, HelpPage | ((language: Language) => HelpPage)>
