import type { RegisterHomePage } from '../../src/pages/register/pages.ts'
import { listNames } from '../../src/pages/register/lists.ts'
import type { Language } from '../../src/base/values/languages.ts'

const offices = {
  fr: ['Registraire (démo)', 'Protection des renseignements (démo)'],
  en: ['Registrar (demo)', 'Privacy office (demo)'],
}

function lists(language: Language): RegisterHomePage['lists'] {
  const base = language === 'en' ? '/en' : ''
  return listNames.map((list, i) => ({ list, href: `${base}/register/${list}`, count: i }))
}

export default {
  signed: (language: Language): RegisterHomePage => ({
    words: '',
    lists: lists(language),
    changes: [
      {
        at: new Date('2026-11-24T15:04:00Z'),
        reason: { fr: 'Une entente est renouvelée.', en: 'An agreement is renewed.' }[language],
        by: offices[language],
        objects: 3,
        href: '/register/changes/chg_0a1b',
      },
    ],
    signers: offices[language].map((office) => ({
      office,
      organisation: 'Régie du registre (démo)',
    })),
    isSigned: true,
    isDemonstration: false,
  }),
  first: (language: Language): RegisterHomePage => ({
    words: '',
    lists: lists(language),
    changes: [],
    signers: [],
    isSigned: false,
    isDemonstration: false,
  }),
} satisfies Record<string, (language: Language) => RegisterHomePage>
