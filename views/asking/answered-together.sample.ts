import type { AnsweredTogetherPage } from '../../src/consent/asking/pages/pages.ts'
import type { Language } from '../../src/base/values/languages.ts'
import answered from './answered.sample.ts'
import check from './check.sample.ts'

function together(language: Language): AnsweredTogetherPage {
  const { csrf, service, elsewhere, next, ...line } = answered.partly(language)
  const {
    csrf: _csrf,
    service: _service,
    elsewhere: _elsewhere,
    next: _next,
    ...no
  } = answered.refused(language)
  const [, second] = check.both(language).items
  return {
    csrf,
    service,
    elsewhere,
    next,
    lines: [line, { ...no, purpose: second?.purpose ?? '', number: '3v5w-9ykf' }],
    waiting: [],
  }
}

export default {
  both: together,
  later: (language: Language) => {
    const { lines, ...page } = together(language)
    return { ...page, lines: lines.slice(0, 1), waiting: lines.slice(1) }
  },
} satisfies Record<string, (language: Language) => AnsweredTogetherPage>
