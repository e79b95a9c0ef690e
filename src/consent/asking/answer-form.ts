import { z } from 'zod'
import type { Refusal } from '../../base/values/refusal.ts'
import type { TypedAnswer } from './pages/pages.ts'
import type { RefusedAnswer } from './pages/show.ts'
import type { AnswerDraft } from './rows.ts'
import { signedForm } from './pages/sign-routes.ts'

// The form of one answer: what a person ticked and typed beside her yes or no.

const ticks = z
  .union([z.string().max(64), z.array(z.string().max(64)).max(50)])
  .optional()
  .transform((chosen) => [chosen ?? []].flat())
const box = z
  .string()
  .max(20)
  .default('')
  .transform((typed) => typed.trim())

/** The fields of an earlier last day, in three boxes. */
export const untilBoxes = { until_day: box, until_month: box, until_year: box }

export const answerForm = z.object({
  presentation: z.string().max(64),
  optional: ticks,
  express: ticks,
  ...untilBoxes,
  // The tick beside a yes by which she ends her pause too.
  resume: z
    .literal('yes')
    .optional()
    .transform((tick) => tick !== undefined),
  ...signedForm,
})

export type AnswerForm = z.infer<typeof answerForm>

/** The last day that she typed, written as days are, even where there is no such day; undefined where all boxes are empty. */
export function typedEndDate({
  until_day: day,
  until_month: month,
  until_year: year,
}: Pick<AnswerForm, keyof typeof untilBoxes>): string | undefined {
  if (day + month + year === '') return undefined
  return `${year.padStart(4, '0')}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
}

/** What is shown again: her fields as she left them, unless the words have changed to which they belonged. */
export function refusedForm(problem: Refusal, form: AnswerForm): RefusedAnswer {
  return { problem, typed: problem.code === 'consent.changed' ? undefined : typedIn(form) }
}

/** As `refusedForm`, of an answer that was kept. */
export function keptForm(problem: Refusal, draft: AnswerDraft): RefusedAnswer {
  const { chosen, express, until, resumes } = draft
  const [until_year = '', until_month = '', until_day = ''] = until?.split('-') ?? []
  const typed = { optional: [...chosen], express: [...express], until_year, until_month, until_day }
  return {
    problem,
    typed: problem.code === 'consent.changed' ? undefined : typedIn({ ...typed, resume: resumes }),
  }
}

type Typed = Pick<AnswerForm, 'optional' | 'express' | 'resume' | keyof typeof untilBoxes>

function typedIn(form: Typed): TypedAnswer {
  const { optional, express, resume, until_day: day, until_month: month, until_year: year } = form
  return { optional, express, resume, day, month, year }
}
