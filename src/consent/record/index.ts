export { agreementIn, datasetIn, maskIn, organisationIn, purposeIn } from './fold-register.ts'
export { limitsIn, recordTeller } from './fold.ts'
export type { FoldedConsent, RecordTeller, RecordTelling } from './fold.ts'
export { sealUnsealed } from './first-seals.ts'
export { settlePerson } from './settle.ts'
export type { SettleAsked } from './settle.ts'
export { keyRuleState, keyRuleOf, keyRuleLiftOf, requireKey, tellLifted } from './key-rule.ts'
export type { KeyRule, KeyRuleState, LiftSignature } from './key-rule.ts'
export { fixedLines, namesVersions, textOfAnswer } from './signed-lines.ts'
export type { TextVersion } from './signed-lines.ts'
export { challengeOf, liftChallenge, textHash } from './signed-text.ts'
export type { RecordPorts } from './record-ports.ts'
export { returnUse } from './return-use.ts'
export { isWhole, rowAfterUse, sealNext, sealOf } from './seal.ts'
export type { OwnConsents } from './store.ts'
export type { RowTrust, ConsentUse } from './seal.ts'
export { countRefusals } from './refused-store.ts'
export { refuseUntrusted } from './refuse-untrusted.ts'
export { categoriesIn, isWithin, maskOf } from './coverage.ts'
export { verifyReceipt } from './commands.ts'
export { publishedKeysFrom, readInputFile } from './receipts/offline-inputs.ts'
export { expireAll, writeEnds } from './expire.ts'
export { expiryJobs, reminderJobs, sealingJob } from './jobs.ts'
export { detailType, forHolder, grantedDetail } from './authorization-detail.ts'
export type { DetailSource, GrantedDetail, LawDetail } from './authorization-detail.ts'
export {
  confirmConsent,
  isConfirmationDue,
  isSensitive,
  pauseConsent,
  resume,
  resumeConsent,
  suspend,
} from './life.ts'
export {
  isWithinDays,
  longestLookback,
  lookbackOf,
  periodObstacle,
  periodObstacleByLaw,
} from './coverage.ts'
export type { Lookback, PeriodObstacle } from './coverage.ts'
export { dpvView } from './receipts/receipt-dpv.ts'
export { receiptAt, receiptsOf } from './receipts/receipt-store.ts'
export type { ReceiptListed } from './receipts/receipt-store.ts'
export { isSigned, receiptDeed, effectLines, signatureWords } from './receipts/receipt-claims.ts'
export type { ReceiptClaims, ReceiptKind, SignatureWords } from './receipts/receipt-claims.ts'
export type { StillClaims, StillDatum } from './receipts/still-claims.ts'
export type { AnswerFacts } from './receipts/receipt.ts'
export { recordHash, recordList } from './record-hash.ts'
export {
  claimsOf,
  fingerprintOf,
  issueReceipt,
  makeNotary,
  principalOf,
  readReceipt,
} from './receipts/receipt-issue.ts'
export type { Notary } from './receipts/receipt-issue.ts'
export { stopBoxLimit, revoke, revokeConsent } from './revocation.ts'
export type { FlowsOfPerson, ReadFlows } from './receipts/flows-port.ts'
export { rewordingLines } from './rewording-lines.ts'
export type { RewordingLine } from './rewording-lines.ts'
export {
  asNew,
  columnsOf,
  withVerdict,
  consentsFromJson,
  listedColumns,
  stateColumns,
  stateFrom,
  termColumns,
  termsOf,
} from './columns.ts'
export type { RawConsent } from './columns.ts'
export {
  consentsAbout,
  mapSending,
  sendingLines,
  effectOfAnswer,
  liveRecordsOf,
  subjectOf,
} from './effect-of-answer.ts'
export type { AnswerEffect, SendingLines, LiveRecord } from './effect-of-answer.ts'
export type {
  ConsentLife,
  OwnConsent,
  ConsentListed,
  ConsentRecord,
  ConsentRow,
  ConsentState,
  ConsentTerms,
  State,
  SuspensionCause,
} from './rows.ts'
export type { Narrower } from './narrower.ts'
export { requireNarrower } from './narrower.ts'
export { namesFor, otherMeanings, rewordingsOf } from './rewordings.ts'
export {
  agreementObstacle,
  currentWindow,
  isLive,
  isMeaningChanged,
  isPermitted,
  limitReached,
  obstacle,
} from './standing.ts'
export type { Obstacle, Window } from './standing.ts'
export {
  activeConsents,
  consentParties,
  consentPurpose,
  consentsOf,
  readConsentLife,
  consentState,
  headOfPerson,
  trustBy,
  heldRegisterEpoch,
  insertConsent,
  lockedConsents,
  newestVersion,
  registerEpoch,
  recordTermsOf,
} from './store.ts'
export { beyondPage } from './beyond-page.ts'
export { supersede } from './supersede.ts'
export { decideVoid, proposeVoid } from './void-consent.ts'
export type { DeskVoiding, VoidWanted } from './void-consent.ts'
export { IllegalTransition, isOver, stateAfter, stateAfterMove, stateAt } from './transitions.ts'
export {
  connectionsOf,
  connectionsOfServices,
  connectionsSince,
  endConnection,
} from './connection-store.ts'
