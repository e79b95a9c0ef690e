export { accountCommand, accountUsage } from './commands.ts'
export type { ClosingContext } from './closing.ts'
export { closeUnused } from './unused.ts'
export { myAccessRoutes } from './routes.ts'
