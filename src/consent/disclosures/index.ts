export { closeInquiries, inquiriesClosing } from './inquiry-close.ts'
export { openInquiries } from './inquiry-count.ts'
export type { Inquiries } from './inquiry-count.ts'
export {
  inquiredConsents,
  inquiriesOf,
  inquiriesUnder,
  inquiryPage,
  openInquiriesOf,
  lastTotals,
} from './inquiry-store.ts'
export type { InquiryListed, InquiryOpen } from './inquiry-store.ts'
export { declaredPage } from './declaration-store.ts'
export { caseDeclared } from './declaration.ts'
export type { DeclaredCase } from './declaration.ts'
export type { DisclosureTeller } from './fold.ts'
export { disclosuresJobs, unconfirmedJobs } from './jobs.ts'
export { notifyNewSendings } from './new-sendings.ts'
export type { DecisionOutcome, FollowUp, LineMark } from './reconciliation.ts'
export { decisionOutcome, followUps, marksOf } from './reconciliation.ts'
export { tellInquiries } from './inquiry-gauges.ts'
export { inquiryWhys } from './rows.ts'
export type { DeclaredRow, PermittedByLaw, DecisionListed, ReceivedRow } from './rows.ts'
export { receivedPage, unmatchedReceptions as unmatched } from './reception-store.ts'
export type { PermitOfBody } from './store.ts'
export { permitsOfParty, permitsShownLater } from './store.ts'
export { decisionsOf, lastSent, lastSentOfEach, permittedByLaw } from './store.ts'
export { noteUnconfirmed } from './unconfirmed-job.ts'
export { largestReportList } from './said-shapes.ts'
