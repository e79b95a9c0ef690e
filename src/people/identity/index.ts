export { keepVouched, makeVerifiedIdentities, statementsOf } from './keep-vouched.ts'
export type { Providers, StoredStatement, VerifiedIdentities } from './keep-vouched.ts'
export {
  trustedVouchedRow,
  identitySeals,
  openVouched,
  resealVouched,
  sealVouched,
  statementIn,
} from './seal.ts'
export type { IdentitySeals, VouchedRow } from './seal.ts'
export { deleteVouched } from './store.ts'
export {
  birthDateClass,
  birthDateClasses,
  trustedClaimsOf,
  verifiedIdentityOf,
} from './verified-identity.ts'
export type {
  BirthDateClass,
  Source,
  IdentityStatement,
  TrustedIssuer,
  VerifiedClaim,
  VerifiedIdentity,
} from './verified-identity.ts'
export { readVouchedClaims, vouchedClaims } from './vouched-claims.ts'
export type { VouchedClaims, VouchedClaim } from './vouched-claims.ts'
export { bodyOfDesk, deskIssuer } from './desk-issuer.ts'
export { statementOfCheck, keepChecked, readPapersText } from './checked-identity.ts'
export { trustedDesks, trustedIssuers } from './trusted-issuers.ts'
