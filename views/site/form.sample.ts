import type { Language } from '../../src/base/values/languages.ts'
import type { FormPage } from '../../src/pages/site/pages.ts'
import { sampleContacts } from '../sample-contacts.ts'

type Sample = (language: Language) => FormPage

export default {
  ask: (language) => ({ form: 'ask', boxes: [1, 2, 3], bodies: sampleContacts(language) }),
  stop: (language) => ({ form: 'stop', boxes: [1, 2], bodies: sampleContacts(language) }),
  complain: () => ({ form: 'complain', boxes: [1, 2, 3], bodies: [] }),
} satisfies Record<string, Sample>
