import type { Language } from '../../src/base/values/languages.ts'
import type { HelpPage } from '../../src/pages/site/pages.ts'
import { sampleContacts } from '../sample-contacts.ts'

const shown: HelpPage['needs'] = [
  { need: 'lost-device', path: '/aide/appareil-perdu' },
  { need: 'surprise', path: '/aide/envoi-surprenant' },
]

const forms: HelpPage['forms'] = [
  { form: 'ask', path: '/aide/formulaires/demander' },
  { form: 'stop', path: '/aide/formulaires/arreter' },
  { form: 'complain', path: '/aide/formulaires/porter-plainte' },
]

export default {
  plain: (language: Language) => ({ bodies: sampleContacts(language), needs: shown, forms }),
  empty: { bodies: [], needs: shown, forms },
} satisfies Record<string, HelpPage | ((language: Language) => HelpPage)>
