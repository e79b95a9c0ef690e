export { actsOf, maskOf } from './acts.ts'
export type { Act, PersonalAct } from './acts.ts'
export { groundIds, groundOf } from './grounds.ts'
export type { Ground } from './ground.ts'
export type { GroundId } from './grounds.ts'
export {
  endHelp,
  findHelp,
  helpFacts,
  helpsOver,
  helpSeconds,
  lockedHelp,
  openHelp,
} from './helps.ts'
export type { Help, HelpLooks } from './helps.ts'
export { isOver, mayAct } from './may-act.ts'
export type { MandateFacts, MandateQuestion, MandateRefusal, May } from './mandate-facts.ts'
export { namingsOf } from './namings.ts'
export type { OfficeNaming } from './namings.ts'
export { endOffice, lockOffices, officeFacts, officesOf, openOffice } from './offices.ts'
export type { EndingOffice, MandateVault, NewOffice, Office } from './offices.ts'
export { isStanding, standingOffices } from './standing-offices.ts'
export type { OfficeOfBody } from './standing-offices.ts'
export { everOffices, holderOf } from './store.ts'
export { mandateSeals, renewalOf } from './sealed-sides.ts'
export type { MandateSeals } from './sealed-sides.ts'
export type { DeskSide, HelpWay } from './sealed-sides.ts'
export type { MandateEnd } from './tables.ts'
