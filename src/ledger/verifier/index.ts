export { verifierObject } from './page.ts'
export { verifierRoutes } from './routes.ts'
