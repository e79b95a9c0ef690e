export { logRoutes } from './api.ts'
export { ledgerCommand, ledgerUsage } from './commands.ts'
export type { Inside } from './commands.ts'
export { startLog } from './work.ts'
