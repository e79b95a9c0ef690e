export { disclosureRoutes } from './api.ts'
export type { Desk } from './evaluate.ts'
export { recordRefusedToken } from './refused-token.ts'
export type { DecisionRow } from './rows.ts'
export {
  decisionForUpdate,
  makeDecisionStore,
  personOfDecision,
  settleDecision,
  sweepKeys,
} from './store.ts'
