export { accountCommand, accountUsage } from './commands.ts'
export type { Parts } from './closing.ts'
export { closeUnused } from './unused.ts'
export { accessRoutes } from './routes.ts'
