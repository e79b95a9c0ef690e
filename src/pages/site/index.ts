export { siteApiRoutes } from './api.ts'
export { siteFileRoutes, siteRoutes } from './routes.ts'
export { operations as siteOperations } from './shapes.ts'
