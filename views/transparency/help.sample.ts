import type { Language } from '../../src/foundation/pages.ts'
import type { HelpPage } from '../../src/transparency/pages.ts'
import { sampleContacts } from '../sample-contacts.ts'

export default {
  plain: (language: Language) => ({ bodies: sampleContacts(language) }),
  empty: { bodies: [] },
} satisfies Record<string, HelpPage | ((language: Language) => HelpPage)>
