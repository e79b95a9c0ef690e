export { applyRegister } from './changes/apply.ts'
export { brakeByOrder, listBrakes } from './changes/brake.ts'
export type { BrakeAsked } from './changes/brake.ts'
export { decideBrake, proposeBrake, stopAtDesk } from './changes/desk-brake.ts'
export type { BrakeWanted, DeskBraking } from './changes/desk-brake.ts'
export { registerFindings } from './changes/proven-brakes.ts'
export { brakeMs, brakeOn, brakeOver, standingBrakes } from './objects/brakes.ts'
export type { Brake, BrakedKind, BrakeSpan } from './objects/brakes.ts'
export { signAndApply } from './changes/sign-and-apply.ts'
export type { AskedData, ServiceCheck } from './changes/apply.ts'
export { claimNames, isClaimName } from './objects/claim-names.ts'
export type { AskedClaim, ClaimName } from './objects/claim-names.ts'
export { daysLeft } from './objects/profile-exceptions.ts'
export type { Fault } from './objects/file-faults.ts'
export {
  announceRegister,
  leafDocument,
  registerDocument,
  registerLeaves,
} from './changes/log-entries.ts'
export { maintainRegister } from './changes/commands.ts'
export { makeSignerKey, readKey, signChangeFile } from './changes/change-files.ts'
export type { HandKey } from './changes/change-files.ts'
export type { MaintainAsked, RegisterGiven } from './changes/commands.ts'
export { mixedWords } from './objects/names.ts'
export { readRegister } from './objects/yaml-files.ts'
export { fromBody, saidBody, saidParties, toBody } from './objects/localized-names.ts'
export type { SaidBody, SaidParties } from './objects/localized-names.ts'
export { bodyId, bodyNo, bodyOf, canAsk, objectsOf } from './objects/register.ts'
export { bodyNames, categoryLabels, lawToRead, namesInSentence } from './objects/localized-names.ts'
export type { LawToRead } from './objects/localized-names.ts'
export { largest as largestService, lawNamed, topics } from './objects/file-fields.ts'
export type { Topic } from './objects/file-fields.ts'
export { maxCategories } from './objects/object-schemas.ts'
export type { ClientProfile, FileOf, Kind } from './objects/object-schemas.ts'
export type { MemberRewording } from './objects/meanings.ts'
export { sectionsOf } from './objects/law-addresses.ts'
export { articleOf, legalBases, legalBasis, requiresConsent } from './objects/legal-bases.ts'
export type { LegalBasis } from './objects/legal-bases.ts'
export { idOf } from './objects/file-fields.ts'
export type {
  Agreement,
  ConsentText,
  Dataset,
  IdentityProvider,
  Purpose,
  RegisterChange,
  RegisterSigner,
} from './objects/objects.ts'
export { isOfOneProgramme } from './objects/free-choice.ts'
export { isDraft, signOrderFile, authorizeOrder } from './changes/operator-orders.ts'
export type { Order, OrderedDeed } from './changes/order-shape.ts'
export type { AuthorizedOrder, OrderOfCommand } from './changes/order-signatures.ts'
export type { OrderWords } from './changes/operator-orders.ts'
export { isSignedByTwo } from './changes/signers-of-day.ts'
export type { Organisation } from './objects/objects.ts'
export { ownOrganisation, ownService } from './objects/own-service.ts'
export type { MediaShelf } from './media/media-files.ts'
export { openMediaShelf } from './media/media-files.ts'
export type { MediaFile, TextMedium } from './media/text-media.ts'
export { mediaFiles, mediaFolder, mediaIn, mediaName, mediaPath } from './media/text-media.ts'
export type { LiveRegister } from './objects/live-register.ts'
export {
  followRegister,
  isByUntrustedRegister,
  openRegister,
  uncheckedRegister,
} from './objects/live-register.ts'
export { fileOf, publishedRegister } from './objects/published-register.ts'
export type {
  PublishedObject,
  PublishedRegister,
  PublishedVersion,
} from './objects/published-register.ts'
export { contactsOf } from './objects/register.ts'
export type { Names, Register, ReliedObjects, Service } from './objects/register.ts'
export { placedLeaves } from './changes/store.ts'
export type { PlacedLeaf, RegisterObject } from './changes/store.ts'
