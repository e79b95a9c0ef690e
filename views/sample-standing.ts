import type { SentenceWords, Tense } from '../src/consent/standing/index.ts'
import type { Language } from '../src/base/values/languages.ts'

// What a stop or a pause leaves, of the people of the demonstration.

const words = {
  fr: {
    begins: 'L’Aide aux études (démo)',
    again: 'Elle',
    income: 'votre revenu net',
    family: 'votre situation familiale',
    why: 'fixer le remboursement de votre prêt',
  },
  en: {
    begins: 'Student Aid (demo)',
    again: 'It',
    income: 'your net income',
    family: 'your family situation',
    why: 'set your loan repayment',
  },
} as const

const bare = { reasons: [], from: undefined } as const

/** One datum that nothing lets be sent any more, and one that another sharing does. */
export function sampleSentences(language: Language, tense: Tense): readonly SentenceWords[] {
  const { begins, again, income, family, why } = words[language]
  const named = { begins, body: begins }
  const called = { begins: again, body: again.toLowerCase() }
  return [
    { ...bare, said: `none.${tense}`, values: { ...named, data: family } },
    {
      ...bare,
      said: `still.${tense === 'pause' ? 'present' : tense}`,
      values: { ...called, data: income },
      reasons: [{ said: 'choice', values: { why } }],
    },
  ]
}

/** What waits: a pause of hers, what others suspended, a limit. */
export function sampleWaits(language: Language, tense: Tense): readonly SentenceWords[] {
  const { begins, again, income, family } = words[language]
  const called = { begins: again, body: again.toLowerCase() }
  const named = { begins, body: begins }
  const from = new Date('2027-03-03T17:00:00Z')
  return [
    { ...bare, said: `none.${tense}`, values: { ...named, data: family } },
    { ...bare, said: 'paused', values: { ...called, data: family } },
    { ...bare, said: 'held', values: { ...called, data: family } },
    {
      ...bare,
      said: `limit.${tense === 'pause' ? 'present' : tense}`,
      values: { ...called, data: income },
      from,
    },
  ]
}
