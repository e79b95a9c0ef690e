export { accountCommand } from './commands.ts'
export type { ClosingContext } from './closing.ts'
export { closeUnused } from './unused.ts'
export { myAccessPath, myAccessRoutes } from './routes.ts'
