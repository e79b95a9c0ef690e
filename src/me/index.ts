export { meApiRoutes, meDesk } from './api.ts'
export { meRoutes } from './routes.ts'
export { sweepAnswers } from './store.ts'
export { operations as meOperations } from './shapes.ts'
