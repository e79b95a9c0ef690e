export { signinJobs } from './jobs.ts'
export { signinRoutes } from './routes.ts'
export { sweepAttempts } from './store.ts'
export { forgetAttempts } from './store.ts'
