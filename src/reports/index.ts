export { reportRoutes } from './api.ts'
export type { DecisionListed } from './rows.ts'
export { decisionsOf, lastSent } from './store.ts'
