export { reportRoutes } from './api.ts'
export type { DecisionOutcome, FollowUp, LineMark } from './reconciliation.ts'
export { decisionOutcome, followUps, marksOf } from './reconciliation.ts'
export type { PermittedByLaw, DecisionListed, ReceivedRow } from './rows.ts'
export {
  decisionsOf,
  lastSent,
  permittedByLaw,
  receivedPage,
  unmatchedOf as unmatched,
} from './store.ts'
export { noteUnconfirmed } from './unconfirmed.ts'
export { operations as reportOperations } from './shapes.ts'
