export { authzenRoutes } from './api.ts'
