export { keepVouched, makeVerifiedIdentities, statementsOf } from './keep-vouched.ts'
export type { Said, Stated, VerifiedIdentities } from './keep-vouched.ts'
export {
  believedVouched,
  identityRenewals,
  identitySeals,
  openVouched,
  resealed,
  sealVouched,
  statementIn,
} from './seal.ts'
export type { IdentitySeals, VouchedRow } from './seal.ts'
export { deleteVouched, forgetVouched } from './store.ts'
export { birthDateClass, birthDateClasses, heardOf, verifiedBy } from './verified.ts'
export type {
  BirthDateClass,
  Source,
  VouchedBy,
  Trusted,
  VerifiedClaim,
  VerifiedIdentity,
} from './verified.ts'
export { readVouched, vouchedClaims } from './vouched.ts'
export type { Vouched, VouchedClaim } from './vouched.ts'
