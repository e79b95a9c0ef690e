export { signalsJobs } from './jobs.ts'
