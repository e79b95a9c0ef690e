import type { ContactBlock } from '../../base/web/contact.ts'

/** What the template in views/disputes receives: a question about one line, or what became of it. */
export type DisputePage = {
  readonly csrf: string
  /** « Parler à quelqu’un »: the body that will answer. */
  readonly contacts: readonly ContactBlock[]
  readonly action: string
  readonly backHref: string
  /** By which link of « Mon activité » she came; undefined: from a sharing. */
  readonly from: 'question' | 'signalement' | undefined
  /** The line: when, what, between whom; a try that was refused, or a sending. */
  readonly at: Date
  readonly what: readonly string[]
  readonly holder: string
  readonly recipient: string
  readonly isRefused: boolean
  readonly reference: string
  /** Who will answer. */
  readonly routedTo: string
  /** Undefined until she has asked. */
  readonly asked: AskedPart | undefined
  /** What she typed before, and why it was not taken: a Refusal's code. */
  readonly text: string
  readonly maxCharacters: number
  readonly problem: string | undefined
  readonly field: 'texte' | undefined
  readonly isDone: boolean
  /** Why she may not ask now: a Refusal's code; the form stands only where there is none. */
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
