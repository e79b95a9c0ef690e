export { authzenRoutes } from './api.ts'
export { largestPage } from './page.ts'
export { largestBatch } from './requests.ts'
export { operations as authzenOperations } from './shapes.ts'
