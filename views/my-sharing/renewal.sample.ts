import type { RenewalPage } from '../../src/pages/my-sharing/renewal-page.ts'
import type { Language } from '../../src/base/values/languages.ts'
import { sharing } from './sharing.sample.ts'
import { sampleSentences } from '../sample-standing.ts'
import { sampleContacts } from '../sample-contacts.ts'

export default {
  plain: (language: Language): RenewalPage => {
    const path = `${{ fr: '', en: '/en' }[language]}/mes-partages/con_06f9zj5b2x8m4q7t1n3v5w9ykd`
    return {
      contacts: sampleContacts(language),
      csrf: 'csrf-of-a-sample',
      sharing: { ...sharing(language), daysLeft: 12, isRenewable: true },
      sentences: sampleSentences(language, 'future'),
      action: `${path}/renouvellement`,
      keepHref: path,
      stopHref: `${path}/arret`,
    }
  },
} satisfies Record<string, (language: Language) => RenewalPage>
