export { transparencyApiRoutes } from './api.ts'
export { transparencyRoutes } from './routes.ts'
export { operations as transparencyOperations } from './shapes.ts'
