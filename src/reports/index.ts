export { reportRoutes } from './api.ts'
export type { Became, FollowUp } from './reconciliation.ts'
export { becameOf, followUps } from './reconciliation.ts'
export type { ByLaw, DecisionListed, ReceivedRow } from './rows.ts'
export {
  decisionsOf,
  lastSent,
  permittedByLaw,
  receivedPage,
  unmatchedOf as unmatched,
} from './store.ts'
export { noteUnconfirmed } from './unconfirmed.ts'
export { operations as reportOperations } from './shapes.ts'
