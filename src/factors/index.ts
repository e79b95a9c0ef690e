export { indexOf, makeRecoveryCodes, takeRecoveryCode } from './recovery-codes.ts'
export { unusedCodes } from './store.ts'
