export { logRoutes } from './api.ts'
export { startLog } from './work.ts'
