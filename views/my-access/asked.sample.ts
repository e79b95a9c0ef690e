import type { AskedPage } from '../../src/pages/my-access/pages.ts'
import type { Language } from '../../src/base/values/languages.ts'

const lines = { fr: 'Connexion', en: 'Sign-in' }

function page(language: Language): AskedPage {
  return {
    csrf: 'csrf-of-a-sample',
    line: lines[language],
    at: new Date('2026-11-24T18:05:00Z'),
    device: { fr: 'Firefox sur Windows', en: 'Firefox on Windows' }[language],
    answered: undefined,
    action: '/acces/avis/act_06f9zj5b2x8m4q7t1n3v5w9ykd',
  }
}

export default {
  plain: page,
  mine: (language: Language) => ({ ...page(language), answered: 'mine' as const }),
  'not-mine': (language: Language) => ({
    ...page(language),
    device: undefined,
    answered: 'not-mine' as const,
  }),
} satisfies Record<string, (language: Language) => AskedPage>
