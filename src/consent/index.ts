export { categoriesIn, isWithin, maskOf } from './categories.ts'
export { receiptCommand, receiptUsage } from './commands.ts'
export { DetailError, detailType, readDetail } from './details.ts'
export type { Asked } from './details.ts'
export { isAskable, objectsOf } from './ask.ts'
export { answers, forHolder, grantedDetail } from './granted.ts'
export type { GrantedDetail } from './granted.ts'
export { confirmConsent, isConfirmationDue, pauseConsent, resumeConsent } from './life.ts'
export { narrowConsent } from './narrow.ts'
export type { Narrowing } from './narrowing.ts'
export { narrowable, newNarrowing, presentNarrowing, termsOfNarrowing } from './narrowing.ts'
export type { TermsPage } from './pages.ts'
export { dpvView } from './receipt-dpv.ts'
export { receiptsOf } from './receipt-store.ts'
export type { ReceiptListed } from './receipt-store.ts'
export type { ReceiptClaims, ReceiptKind } from './receipt.ts'
export { claimsOf, fingerprintOf, issueReceipt, makeNotary, readReceipt } from './receipts.ts'
export type { Notary } from './receipts.ts'
export { revokeConsent } from './revoke.ts'
export { consentRoutes } from './routes.ts'
export { lastMoment } from './show.ts'
export { consentsFromJson } from './rows.ts'
export type {
  Connection,
  ConsentLife,
  ConsentListed,
  ConsentState,
  OpenRequest,
  RequestRow,
  State,
} from './rows.ts'
export { currentWindow, isLive, limitReached, obstacle } from './standing.ts'
export type { Obstacle, Window } from './standing.ts'
export { openRequests } from './request-store.ts'
export {
  activeConsents,
  connectionsOf,
  consentsOf,
  consentState,
  registerEpoch,
  takeUseBack,
} from './store.ts'
export { IllegalTransition, stateAt } from './transitions.ts'
