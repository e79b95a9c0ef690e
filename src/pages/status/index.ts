export { followPlanned, readPlanned } from './planned.ts'
export type { Planned } from './planned.ts'
export { statusRoutes } from './routes.ts'
export { operations as statusOperations } from './shapes.ts'
