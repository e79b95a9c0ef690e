export { followPlanned, readPlannedWork } from './planned-work.ts'
export type { PlannedWork } from './planned-work.ts'
