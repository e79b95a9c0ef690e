import type { ContactBlock } from '../../base/web/contact.ts'
import type { SaidBody, SaidParties } from '../../registry/index.ts'

/** The page of views/disputes: the form for a question about one line, or the question with its state. */
export type DisputePage = {
  readonly csrf: string
  /** « Parler à quelqu’un »: the body that will answer. */
  readonly contacts: readonly ContactBlock[]
  readonly action: string
  readonly backHref: string
  /** The link of « Mon activité » that led here; undefined: she came from a sharing. */
  readonly from: 'question' | 'signalement' | undefined
  /** The line: time, categories, bodies; a sending, or a try that was refused. */
  readonly at: Date
  readonly what: readonly string[]
  /** Who sends, who receives, and the body that will answer, in the words about them. */
  readonly said: SaidParties & SaidBody<'organisation'>
  readonly isRefused: boolean
  /** The last eight characters of the line's id, as « Mon activité » has it. */
  readonly number: string
  /** The body that will answer. */
  readonly routedTo: string
  /** Undefined until she has asked. */
  readonly asked: AskedPart | undefined
  /** The text that she typed before, and the reason why it was not taken: a Refusal's code. */
  readonly text: string
  readonly maxCharacters: number
  readonly problem: string | undefined
  readonly field: 'texte' | undefined
  readonly isDone: boolean
  /** The reason why she may not ask now: a Refusal's code. The form is shown only where this is undefined. */
  readonly refused: string | undefined
}

type AskedPart = {
  /** Undefined when that year's content is erased. */
  readonly question: string | undefined
  readonly openedAt: Date
  readonly dueAt: Date
  readonly isOverdue: boolean
  readonly answer:
    | {
        readonly at: Date
        readonly outcome: 'explained' | 'error'
        readonly text: string | undefined
      }
    | undefined
}
