import type { Register } from '../../registry/index.ts'
import type { Choice } from './choice.ts'
import { readChoice } from './choice.ts'
import type { AnswerWithChoices } from './consequences.ts'
import type { RequestRow } from './rows.ts'

/** Reads an answer against the question. @throws as `readChoice` */
export function readAnswer(
  row: RequestRow,
  answer: Choice & { readonly granted: boolean },
  register: Register,
  now: Date,
): AnswerWithChoices {
  if (!answer.granted) return { granted: false }
  const chosen = readChoice(row, answer, register, now)
  return { granted: true, chosen, resumes: answer.resumes === true }
}
