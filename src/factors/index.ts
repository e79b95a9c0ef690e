export {
  findByPassword,
  makePasswords,
  passwordCharacters,
  putPassword,
  readAddress,
  readNewPassword,
  readPassword,
} from './passwords.ts'
export type { Given, Made, Passwords, Proven } from './passwords.ts'
export {
  indexOf,
  makeCounterCode,
  makeRecoveryCodes,
  personOfCode,
  takeRecoveryCode,
} from './recovery-codes.ts'
export type { Sealed } from './sealed.ts'
export {
  codesHeld,
  deleteFactor,
  findFactor,
  notePasswordUse,
  suspendFactor,
  sweepCounterCodes,
  sweepEnrolments,
  unusedCodes,
} from './store.ts'
export { beginTotp, confirmTotp, showTotpAgain, takeTotp } from './totp.ts'
export type { Shown } from './totp.ts'
export { forgetFactors } from './store.ts'
