export { applyRegister } from './apply.ts'
export { applySigned } from './apply-signed.ts'
export type { AskedData, ServiceCheck } from './apply.ts'
export { claimNames, isClaimName } from './claims.ts'
export type { AskedClaim, ClaimName } from './claims.ts'
export { daysLeft } from './exceptions.ts'
export type { Fault } from './faults.ts'
export { announceRegister, registerDocument, registerLeaves } from './leaves.ts'
export { registerCommand } from './commands.ts'
export { readKey, signingCommand } from './change-files.ts'
export type { HandKey } from './change-files.ts'
export type { RegisterGiven } from './commands.ts'
export { readRegister } from './files.ts'
export { fromBody, toBody } from './sentences.ts'
export { bodyNames, categoryLabels, lawToRead } from './in-her-language.ts'
export type { LawToRead } from './in-her-language.ts'
export { largest as largestService, lawNamed, topics } from './fields.ts'
export type { Topic } from './fields.ts'
export { maxCategories } from './kinds.ts'
export type { ClientProfile } from './kinds.ts'
export type { Rewording } from './meanings.ts'
export { articleOf, legalBases, legalBasis, requiresConsent } from './legal-bases.ts'
export { idOf } from './objects.ts'
export type {
  Agreement,
  ConsentText,
  Dataset,
  IdentityProvider,
  Purpose,
  RegisterChange,
  RegisterSigner,
} from './objects.ts'
export { longestOf } from './objects.ts'
export { isOfOneProgramme } from './choices.ts'
export { areOrdersSigned, isWritten, orderCommand, orderOptions, takeOrder } from './orders.ts'
export type { Order, Ordered, OrderedDeed, Ordering, OrderWords } from './orders.ts'
export { ownOrganisation, ownService } from './own.ts'
export type { LiveRegister } from './live.ts'
export { followRegister, isByUntrustedRegister, openRegister, uncheckedRegister } from './live.ts'
export { contactsOf } from './register.ts'
export type { Names, Register, ReliedOn, Service } from './register.ts'
export { registerRenewal } from './seal.ts'
export type { RegisterObject } from './store.ts'
