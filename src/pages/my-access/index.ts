export { accountCommand } from './commands.ts'
export type { OrderParts } from './commands.ts'
export { closeUnused } from './unused.ts'
export { myAccessPath, myAccessRoutes } from './routes.ts'
