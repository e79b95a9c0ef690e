export { kioskFront, kioskRoutes } from './routes.ts'
