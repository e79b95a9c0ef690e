import type { PrintPage } from '../../src/pages/my-activity/pages.ts'
import type { Language } from '../../src/base/values/languages.ts'
import { days, received } from './activity.sample.ts'

function page(language: Language): PrintPage {
  return {
    chosen: ['2026'],
    received: received(language),
    days: days(language, 'all'),
    at: new Date('2026-11-25T14:00:00Z'),
    backHref: `${language === 'en' ? '/en' : ''}/activite?periode=2026`,
    isWhole: false,
  }
}

export default {
  plain: page,
  none: (language: Language) => ({
    ...page(language),
    received: undefined,
    days: [],
    isWhole: true,
  }),
} satisfies Record<string, (language: Language) => PrintPage>
