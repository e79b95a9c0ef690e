export { anchorOf, errorsPath, listedProblems, problemType } from './problem-list.ts'
export { docsRoutes, openapiRoutes } from './routes.ts'
