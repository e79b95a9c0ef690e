export { openDataFileRoutes } from './file-routes.ts'
export { publishedLeaves } from './leaves.ts'
export { correctMonth, publishMonths } from './publish.ts'
export type { Publishing } from './publish.ts'
