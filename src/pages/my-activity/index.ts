export { lastSending } from './last-sending.ts'
export type { LastSending } from './last-sending.ts'
