import type { MissingPage } from '../../src/pages/register/pages.ts'
import { listNames } from '../../src/pages/register/lists.ts'
import type { Language } from '../../src/base/values/languages.ts'

export default {
  missing: (): MissingPage => ({
    words: '',
    lists: listNames.map((list) => ({ list, href: `/register/${list}`, count: 1 })),
  }),
} satisfies Record<string, (language: Language) => MissingPage>
