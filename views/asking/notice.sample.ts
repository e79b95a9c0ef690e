import type { NoticePage } from '../../src/asking/pages.ts'
import type { Language } from '../../src/foundation/pages.ts'
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
