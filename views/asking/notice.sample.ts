import type { NoticePage } from '../../src/consent/asking/pages/pages.ts'
import type { Language } from '../../src/base/values/languages.ts'
import { sampleContacts } from '../sample-contacts.ts'

const titles: Readonly<Record<Language, string>> = {
  fr: 'La loi permet à l’Agence du revenu du Québec d’envoyer votre revenu net à l’Office du logement abordable',
  en: 'The law lets the Québec Revenue Agency send your net income to the Affordable Housing Office',
}

function notice(language: Language): NoticePage {
  return {
    title: titles[language],
    contacts: sampleContacts(language),
    csrf: 'csrf-of-a-sample',
    shown: 'hash-of-a-sample',
    action: `${language === 'en' ? '/en' : ''}/partage/demande/V1StGXR8Z5jdHi6BmyT/information`,
    region: '',
  }
}

export default { notice } satisfies Record<string, (language: Language) => NoticePage>
