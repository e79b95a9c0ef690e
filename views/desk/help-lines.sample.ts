import type { Language } from '../../src/base/values/languages.ts'
import type { HelpLinesPage } from '../../src/pages/desk/help-pages.ts'
import { inDays, monthOf } from '../my-activity/activity-lines.ts'
import { deskSample as desk, helpSample as help } from '../sample-desk.ts'

const hidden = ['sign-in', 'access']

export default {
  plain: (language) => {
    const lines = monthOf(language).filter(({ kind }) => !hidden.includes(kind))
    return { desk, help, days: inDays(language, lines, 'all') }
  },
  nothing: () => ({ desk, help, days: [] }),
} satisfies Record<string, (language: Language) => HelpLinesPage>
