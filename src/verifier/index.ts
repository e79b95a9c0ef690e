export { verifierRoutes } from './routes.ts'
