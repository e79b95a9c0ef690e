export { liftByOrder, showAnswer, showStops } from './commands.ts'
export type { LiftAsked, LiftParts } from './commands.ts'
export { matchingTeller } from './fold.ts'
export { triesADay } from './match.ts'
