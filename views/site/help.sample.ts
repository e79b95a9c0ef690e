import type { Language } from '../../src/base/platform/languages.ts'
import type { HelpPage } from '../../src/pages/site/pages.ts'
import { sampleContacts } from '../sample-contacts.ts'

const shown: HelpPage['needs'] = [
  { need: 'lost-device', path: '/aide/appareil-perdu' },
  { need: 'surprise', path: '/aide/envoi-surprenant' },
]

export default {
  plain: (language: Language) => ({ bodies: sampleContacts(language), needs: shown }),
  empty: { bodies: [], needs: shown },
} satisfies Record<string, HelpPage | ((language: Language) => HelpPage)>
