export { docsRoutes, openapiRoutes } from './routes.ts'
