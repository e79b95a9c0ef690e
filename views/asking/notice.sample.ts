import type { NoticePage } from '../../src/consent/asking/pages/pages.ts'
import type { Language } from '../../src/base/values/languages.ts'
import { sampleContacts } from '../sample-contacts.ts'

function notice(language: Language): NoticePage {
  return {
    contacts: sampleContacts(language),
    csrf: 'csrf-of-a-sample',
    shown: 'hash-of-a-sample',
    action: `${language === 'en' ? '/en' : ''}/partage/demande/V1StGXR8Z5jdHi6BmyT/information`,
    region: '',
  }
}

export default { notice } satisfies Record<string, (language: Language) => NoticePage>
