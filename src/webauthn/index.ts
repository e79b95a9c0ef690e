export {
  authenticate,
  authenticateSecurityKey,
  levelThreeOf,
  requestOptions,
  securityKeyOptions,
} from './authenticate.ts'
export type { KeyLevel, ProvenKey } from './authenticate.ts'
export { openLevelThree, readModels } from './level-three.ts'
export type { KeyVerdict, LevelThree } from './key-level.ts'
export { attestationsOf } from './attestation-store.ts'
export { readSignature, signingOptions, suspendIfCopied, useKey, useSignature } from './answer.ts'
export type { KeySignature, SignedChallenge } from './answer.ts'
export { endorsingOptions, useEndorsement } from './endorsement.ts'
export { readAssertion, readRegistration } from './credential.ts'
export { addPasskey, creationOptions, verifyCreation } from './create.ts'
export type { VerifiedCreation } from './create.ts'
export type { KeyKind } from './kinds.ts'
export { toldKey } from './public-jwk.ts'
export { relyingPartyOf } from './relying-party.ts'
export type { RelyingParty } from './relying-party.ts'
export { removePasskey } from './remove.ts'
export {
  deleteKeys,
  deleteSecurityKeys,
  keysOf,
  maxPasskeys,
  passkeysOf,
  renamePasskey,
  securityKeysOf,
  suspendKeyOf,
  sweepChallenges,
} from './store.ts'
export type { Passkey } from './store.ts'
