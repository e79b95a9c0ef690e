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
  isHerBrowser,
} from './passwords.ts'
export type { TypedPassword, PasswordProofs, Passwords } from './passwords.ts'
export { proposalOf, proposePassword, proveAddress, takeProposal } from './proposals.ts'
export {
  isOfCounter,
  nameOfSet,
  putCounterCode,
  putRecoveryCodes,
  restoreCodeSet,
  replaceCodes,
  holderOfCode,
  provenByCode,
  spendCode,
} from './recovery-codes.ts'
export { indexOf, makeCodeProofs, readRecoveryCode } from './code-proofs.ts'
export type { CodeProofs, NewCode } from './code-proofs.ts'
export { makeCardProofs } from './card-proofs.ts'
export type { CardProofs, DrawnCard } from './card-proofs.ts'
export { readCardCode, readCardNumber } from './card-number.ts'
export { cardOf, holderOfCard, unusedCardCodes } from './card-store.ts'
export type { Card } from './card-store.ts'
export { makeCard } from './make-card.ts'
export type { CardTools } from './make-card.ts'
export { endCard, keepCard, loseCard, takeCard } from './cards.ts'
export type { HashCost } from './password-hash.ts'
export { makeHash } from './password-hash.ts'
export {
  codesHeld,
  deletePresentSet,
  deleteSets,
  presentSet,
  sweepCounterCodes,
  unusedCodes,
} from './code-store.ts'
export { deleteFactor, deleteFactors, findFactor, suspendFactor } from './store.ts'
export {
  deleteSetAside,
  dropSetAside,
  followWaits,
  lengthenSetAside,
  makeWayFor,
} from './set-aside-store.ts'
export { restoreFactors, swapBack } from './back-store.ts'
export { beginTotp, confirmTotp, readTotp, showTotpAgain, takeTotp } from './totp.ts'
export type { ShownSeed } from './totp.ts'
export { notePasswordUse } from './password-store.ts'
export type { ProposalRow, ProvedPassword } from './password-store.ts'
export { keepPepper, openPeppers, pepperSeals } from './peppers.ts'
