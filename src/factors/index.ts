export {
  findByPassword,
  makeAddressMarks,
  makePasswords,
  opensAccess,
  passwordCharacters,
  provedAddressOf,
  putPassword,
  readAddress,
  readNewPassword,
  readPassword,
} from './passwords.ts'
export type { Given, Made, Passwords, ProvedPassword } from './passwords.ts'
export { proposalOf, proposePassword, proveAddress, takeProposal } from './proposals.ts'
export {
  indexOf,
  makeCounterCode,
  makeRecoveryCodes,
  personOfCode,
  takeRecoveryCode,
} from './recovery-codes.ts'
export {
  codesHeld,
  deleteFactor,
  findFactor,
  suspendFactor,
  sweepCounterCodes,
  sweepEnrolments,
  unusedCodes,
} from './store.ts'
export { beginTotp, confirmTotp, showTotpAgain, takeTotp } from './totp.ts'
export type { Shown } from './totp.ts'
export { notePasswordUse, sweepProposals } from './password-store.ts'
export type { Proposal } from './password-store.ts'
export { forgetFactors } from './store.ts'
