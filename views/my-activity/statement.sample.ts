import type { StatementPage } from '../../src/pages/my-activity/pages.ts'
import type { Language } from '../../src/base/values/languages.ts'
import { received } from './activity.sample.ts'

function page(language: Language): StatementPage {
  const base = `${language === 'en' ? '/en' : ''}/activite`
  return {
    year: '2026',
    received: {
      ...received(language),
      title: { fr: 'Par renseignement', en: 'By information' }[language],
    },
    isOver: false,
    at: new Date('2026-11-25T14:00:00Z'),
    backHref: `${base}?periode=2026`,
    years: ['2025', '2024'].map((label) => ({ value: `${base}/releve?annee=${label}`, label })),
  }
}

export default {
  plain: page,
  none: (language: Language) => ({
    ...page(language),
    year: '2024',
    received: { ...received(language), bodies: [] },
    isOver: true,
  }),
} satisfies Record<string, (language: Language) => StatementPage>
