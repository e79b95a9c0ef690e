export { siteApiRoutes } from './api.ts'
export { siteRoutes } from './routes.ts'
export { operations as siteOperations } from './shapes.ts'
