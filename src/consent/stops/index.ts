export { stopRoutes } from './api.ts'
export type { DeliveryRow, Effect, Role } from './rows.ts'
export { effectsOf, effectsPage } from './store.ts'
export { operations as stopOperations } from './shapes.ts'
