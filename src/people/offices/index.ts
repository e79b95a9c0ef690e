export { checkIdentity } from './check-identity.ts'
export type { CheckTools } from './check-identity.ts'
export {
  browserSeconds,
  codeOfBrowser,
  codeSeconds,
  giveCode,
  mostTries,
  useUpCode,
} from './codes.ts'
export type { GivenCode } from './codes.ts'
export { readEmployeeNumber } from './employee-number.ts'
export { endOfficeAtDesk } from './end-office.ts'
export { nameByOrder, nameOfficer } from './name-officer.ts'
export type { NamedOfficer, NamingTools } from './name-officer.ts'
export { lockNumbers } from './naming-store.ts'
export { numbersOf, officesOfBody, standingHolder } from './officers.ts'
export type { OfficeLine } from './officers.ts'
export { isLastDay, proposeNaming, readTypedNaming } from './propose-naming.ts'
export type { NamingProposal, NamingWords } from './propose-naming.ts'
export type { NamingContent } from './proposal-shapes.ts'
export {
  decideProposal,
  officeFor,
  officesWith,
  payloadHash,
  propose,
  waitingProposals,
} from './proposals.ts'
export {
  deskIdleSeconds,
  deskSessionSeconds,
  endDeskSession,
  findOfficer,
  isDeskSessionAlive,
  openDeskSession,
} from './desk-sessions.ts'
export type { DeskOf, DeskSessions, ProvedOfficer } from './desk-sessions.ts'
export { proposalsOf } from './store.ts'
export type { ProposalOutcome, ProposedDeed } from './tables.ts'
export type {
  DeskOfficer,
  DecidedDeed,
  HolderOf,
  ProposalDecision,
  OpenProposal,
} from './proposals.ts'
export { isRole, roleNames, roles, rolesWith } from './roles.ts'
export type { DeskRole } from './roles.ts'
export { incidentKinds, incidentReasons, liftReasons, stopReasons } from './incident-reasons.ts'
export type { IncidentKind, IncidentReason, LiftReason, StopReason } from './incident-reasons.ts'
export { noteDeed } from './note-deed.ts'
export { foundReasons, voidReasons } from './void-reasons.ts'
export type { FoundReason, VoidReason } from './void-reasons.ts'
