export { questionsInHelp, sharingsInHelp } from './help-view.ts'
export type { AnswerInHelp, QuestionInHelp, SharingsInHelp } from './help-view.ts'
export { sharingInputOf } from './sharing-input.ts'
