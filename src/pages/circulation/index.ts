export { circulationRoutes } from './routes.ts'
