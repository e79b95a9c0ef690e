export { myActivityRoutes } from './routes.ts'
