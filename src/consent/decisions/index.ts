export { permitSeconds } from './permit.ts'
export { permitPagesOf } from './permit-pages.ts'
export { lawfulFor } from './decide-by-law.ts'
export type { AnswersGiven, LawfulSharing } from './lawful-sharings.ts'
export { noPersonAnswers, lawfulNow } from './lawful-sharings.ts'
export { answerOf } from './answer.ts'
export { decide } from './decide.ts'
export type { DecisionContext } from './evaluate.ts'
export { reportTampering } from './report-tampering.ts'
export type { TimeCheck } from './time-check.ts'
export { makeTimeCheck } from './time-check.ts'
export { usesByLawOf } from './uses-by-law.ts'
export type { UsesByLaw } from './uses-by-law.ts'
export { permitForUpdate } from './genuine-permit.ts'
export { closeDays, refusalsClosing } from './close-days.ts'
export { evaluate } from './evaluate.ts'
export type { DecisionTeller, FoldedPermit } from './fold.ts'
export { previewDecisions } from './preview.ts'
export type { PreviewQuestion } from './preview.ts'
export { refusedDigest } from './refused-digest.ts'
export type { RefusedRow } from './refused-digest.ts'
export { denyReasons } from './reasons.ts'
export { recordRefusedToken } from './refused-token.ts'
export { chainOf, visibleFromOf } from './rows.ts'
export type { DecisionRow, PermitRow } from './rows.ts'
export {
  makeDecisionStore,
  chainOfDecision,
  mayReturnLawfulUse,
  settleDecision,
  sweepDenies,
} from './store.ts'
export type { ChainOfPermit } from './store.ts'
export type { Decision, Evaluation, LawCase, Question, Verdict } from './question.ts'
