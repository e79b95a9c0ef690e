export { stopRoutes } from './api.ts'
export type { DeliveryRow, Effect, PartyRole } from './rows.ts'
export { effectsOf, effectsPage } from './store.ts'
export { operations as stopOperations } from './shapes.ts'
