import type { ActivityLine, EventPage } from '../../src/pages/my-activity/pages.ts'
import type { Language } from '../../src/base/values/languages.ts'
import { days } from './activity.sample.ts'

function page(language: Language, change: (lines: readonly ActivityLine[]) => Partial<EventPage>) {
  const base = language === 'en' ? '/en' : ''
  const lines = days(language).flatMap((day) =>
    day.lines.flatMap((one) => (one.kind === 'sign-ins' ? one.lines : [one])),
  )
  const [line] = lines
  if (line === undefined) throw new Error('no line')
  return {
    line,
    look: undefined,
    backHref: `${base}/activite`,
    agreement: { href: `${base}/register/agreements/agr_2026-017`, id: 'agr_2026-017' },
    signIns: undefined,
    ...change(lines),
  }
}

function of(lines: readonly ActivityLine[], group: string): ActivityLine {
  const found = lines.find((one) => one.group === group)
  if (found === undefined) throw new Error(`no line of ${group}`)
  return found
}

export default {
  plain: (language: Language) => page(language, () => ({})),
  refused: (language: Language) =>
    page(language, (lines) => ({ line: of(lines, 'refused'), look: 'refused' })),
  later: (language: Language) =>
    page(language, (lines) => ({ line: of(lines, 'law'), look: 'warned' })),
  answered: (language: Language) =>
    page(language, (lines) => ({ line: of(lines, 'answered'), agreement: undefined })),
  'sign-ins': (language: Language) =>
    page(language, (lines) => ({
      line: of(lines, 'sign-in'),
      agreement: undefined,
      signIns: {
        title: { fr: '2 connexions', en: '2 sign-ins' }[language],
        lines: lines.filter(({ group }) => group === 'sign-in'),
        isWhole: false,
      },
    })),
} satisfies Record<string, (language: Language) => EventPage>
