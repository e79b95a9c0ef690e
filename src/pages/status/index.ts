export { followPlanned, readPlannedWork } from './planned-work.ts'
export { brakedName, brakeRows, toldBrakes } from './told-brakes.ts'
export type { BrakeRow } from './told-brakes.ts'
export type { PlannedWork } from './planned-work.ts'
