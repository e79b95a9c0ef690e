export {
  askToHelp,
  helpRequestSeconds,
  openByApproval,
  refuseToBeHelped,
  waitingHelpRequests,
} from './ask.ts'
export { dropHelpCode, helpCodeSeconds, makeHelpCode, readDigits, waitingHelpCode } from './code.ts'
export { endByPerson, settleHelp } from './end.ts'
export type { HelpVault, HelpingOfficer, KnownHelp } from './judge.ts'
export { helpingDesk } from './helping-desk.ts'
export type { HelpingDesk } from './helping-desk.ts'
export { isHelpView, readHelpLine } from './lines.ts'
export { endByOfficer, lookInHelp, termOf } from './look.ts'
export type { HelpedPerson } from './look.ts'
export { openByCode } from './open.ts'
export { looksOf } from './store.ts'
export type { HelpLookRow, HelpView } from './tables.ts'
