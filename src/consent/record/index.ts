export { agreementIn, datasetIn, maskIn, organisationIn, purposeIn } from './fold-register.ts'
export { limitsIn, recordTeller } from './fold.ts'
export type { CurrentTold, RecordTeller, RecordTelling } from './fold.ts'
export { sealUnsealed } from './first-seals.ts'
export { keyRuleNow, keyRuleOf, liftingOf, requireKey, tellLifted } from './key-rule.ts'
export type { KeyRule, KeyRuleNow, LiftSignature } from './key-rule.ts'
export { answerText, challengeOf, liftChallenge, textHash, textHead } from './signed-text.ts'
export { takeUseBack } from './return-use.ts'
export { isWhole, recordRenewal, resealed, sealOf, usedOnce } from './seal.ts'
export type { OwnConsents } from './store.ts'
export type { Resealed, RowTrust } from './seal.ts'
export { countRefusals } from './refused-store.ts'
export { refuseUntrusted } from './refuse-untrusted.ts'
export { categoriesIn, isWithin, maskOf } from './categories.ts'
export { receiptCommand } from './commands.ts'
export { policyFrom, publishedKeysFrom, readGiven } from './receipts/offline-inputs.ts'
export { expireAll, writeEnds } from './expire.ts'
export { expiryJobs, reminderJobs } from './jobs.ts'
export { detailType, forHolder, grantedDetail } from './authorization-detail.ts'
export type { Detailed, GrantedDetail, LawDetail } from './authorization-detail.ts'
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
} from './lookback.ts'
export type { Lookback, PeriodObstacle } from './lookback.ts'
export { dpvView } from './receipts/receipt-dpv.ts'
export { receiptAt, receiptsOf } from './receipts/receipt-store.ts'
export type { ReceiptListed } from './receipts/receipt-store.ts'
export { isSigned, receiptDeed, sendingSaid, signatureSaid } from './receipts/receipt-claims.ts'
export type { ReceiptClaims, ReceiptKind, SignatureSaid } from './receipts/receipt-claims.ts'
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
export { revoke, revokeConsent } from './revocation.ts'
export { rewordingLines } from './rewording.ts'
export type { RewordingLine } from './rewording.ts'
export {
  asNew,
  columnsOf,
  judged,
  consentsFromJson,
  listedColumns,
  stateColumns,
  stateFrom,
  termColumns,
  termsOf,
  unused,
} from './columns.ts'
export type { RawConsent } from './columns.ts'
export {
  consentsAbout,
  mapSending,
  sendingLines,
  sendingOf,
  liveRecordsOf,
  subjectOf,
} from './effect-of-answer.ts'
export type { Sending, SendingLines, LiveRecord } from './effect-of-answer.ts'
export type {
  Connection,
  ConsentLife,
  OwnConsent,
  ConsentListed,
  ConsentRecord,
  ConsentRow,
  ConsentState,
  ConsentTerms,
  State,
  SuspendedBy,
} from './rows.ts'
export type { Narrower } from './narrower.ts'
export { requireNarrower } from './narrower.ts'
export {
  agreementObstacle,
  currentWindow,
  isLive,
  isMeaningChanged,
  isPermitted,
  limitReached,
  namesFor,
  obstacle,
  otherMeanings,
  rewordingsOf,
} from './standing.ts'
export type { Obstacle, Window } from './standing.ts'
export {
  activeConsents,
  connectionsOf,
  connectionsSince,
  endConnection,
  consentParties,
  consentPurpose,
  consentsOf,
  consentNow,
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
export { supersede } from './supersede.ts'
export { IllegalTransition, isOver, stateAfterMove, stateAt } from './transitions.ts'
export { forgetConnections } from './store.ts'
export { forgetReminders } from './reminder-store.ts'
