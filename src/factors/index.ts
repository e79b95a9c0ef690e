export { indexOf, makeRecoveryCodes, takeRecoveryCode } from './recovery-codes.ts'
export { codesHeld, unusedCodes } from './store.ts'
