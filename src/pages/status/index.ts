export { followPlanned, readPlanned } from './planned.ts'
export type { Planned } from './planned.ts'
