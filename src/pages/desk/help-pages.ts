import type { HelpAsked } from './ask-help.ts'
import type { Day } from '../my-activity/index.ts'
import type { AnswerInHelp, QuestionInHelp, SharingsInHelp } from '../my-sharing/index.ts'
import type { DeskFrame } from './pages.ts'

/** What the templates `desk/help-…` receive. */
export type HelpOpeningPage = {
  readonly desk: DeskFrame
  /** The help that is under way here. */
  readonly openHref: string | undefined
  /** Whether this officer helps on the telephone. */
  readonly mayAsk: boolean
  /** What came of a request: the two words, or how the access stands. */
  readonly asked: HelpAsked | undefined
  readonly problem: string | undefined
  readonly values: Readonly<Record<string, string | number>>
}

/** What every page of a help has. */
export type HelpFrame = {
  readonly until: Date
  readonly since: Date
  /** `/guichet/aide/man_…`, without the language. */
  readonly path: string
}

export type HelpStartPage = { readonly desk: DeskFrame; readonly help: HelpFrame }
export type HelpSharingsPage = HelpStartPage & { readonly seen: SharingsInHelp }
export type HelpQuestionsPage = HelpStartPage & {
  readonly questions: readonly QuestionInHelp[]
  readonly answered: readonly AnswerInHelp[]
}
export type HelpLinesPage = HelpStartPage & { readonly days: readonly Day[] }
