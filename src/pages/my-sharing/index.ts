export { mySharingRoutes } from './routes.ts'
