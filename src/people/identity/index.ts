export { keepVouched, makeVerifiedIdentities, statementsOf } from './keep-vouched.ts'
export type { Providers, Stated, VerifiedIdentities } from './keep-vouched.ts'
export {
  believedVouched,
  identitySeals,
  openVouched,
  resealed,
  sealVouched,
  statementIn,
} from './seal.ts'
export type { IdentitySeals, VouchedRow } from './seal.ts'
export { deleteVouched } from './store.ts'
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
