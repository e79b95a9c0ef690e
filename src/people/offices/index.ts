export {
  deskIdleSeconds,
  deskSessionSeconds,
  endDeskSession,
  findOfficer,
  openDeskSession,
} from './desk-sessions.ts'
export type { DeskOf, DeskSessions, ProvedOfficer } from './desk-sessions.ts'
export { nameOfficer } from './name-officer.ts'
export { decideProposal, payloadHash, propose, waitingProposals } from './proposals.ts'
export type { DeskOfficer, DecidedDeed, ProposalDecision, OpenProposal } from './proposals.ts'
export { isRole, roleNames, roles, rolesWith } from './roles.ts'
export type { DeskRole } from './roles.ts'
