export { isKnownBeside } from './device-store.ts'
export type { DeviceBeside } from './device-store.ts'
export {
  answerOnce,
  deviceHash,
  isKnownDevice,
  isKnownToAnybody,
  noteNotice,
  noteSignIn,
  openNotices,
} from './notices.ts'
export { accessTeller } from './fold.ts'
export { openAccount, openWorkAccess } from './open.ts'
export { recordActivity } from './activity.ts'
export { makePairwise } from './pairwise.ts'
export type { Pairwise } from './pairwise.ts'
export { closeAccount, findClosure, personOf, reopenAccount } from './close.ts'
export type { Closure } from './close.ts'
export { eraseAccounts } from './erase-accounts.ts'
export { erasureJobs } from './jobs.ts'
export type { AccountHeld } from './store.ts'
export { legalHoldOf } from './operator-orders.ts'
export { accountKept, isUnused, unusedAccounts } from './closing-store.ts'
export {
  changeStanding,
  firstStandings,
  lockStanding,
  readPersonStanding,
  vouchForStanding,
} from './standing-store.ts'
export type { StandingAuthor } from './standing-store.ts'
export { reasonOfStanding, standingsIn } from './standing-event.ts'
export type { StandingRead } from './standing-event.ts'
export {
  afterEnd,
  answerable,
  isAsTold,
  isPast,
  sealOfStanding,
  actorOfOwnAccess,
  answererOf,
  isOwnAccess,
  standingFromJson,
} from './person-standing.ts'
export type { PersonStanding } from './person-standing.ts'
export type { AccountKept } from './closing-store.ts'
export {
  holdSeconds,
  isOver,
  isSeen,
  isTaken,
  wayListing,
  opensNow,
  seenWays,
  wayOf,
  waySeen,
  wayWaiting,
} from './ways.ts'
export type { ListedWays, WaitCause, WaitingWay, Waits, Way, WayKind } from './ways.ts'
export {
  allWaitingWays,
  letStand,
  letWait,
  maxWaitingWays,
  waitingWays,
  waysOfKind,
} from './waiting-ways.ts'
export { block, blocks, blocksOf, isBlocked, mostBlocks, unblock } from './blocks.ts'
export type { BlockTarget, Blocks } from './blocks.ts'
export { addWays, dropWays, firstWays, peopleWithEnded } from './ways-store.ts'
export type { WaysOf } from './ways-store.ts'
export {
  confirmByCode,
  contactSeals,
  digestOf,
  proposeContact,
  readEmail,
  readNumber,
  waitingContact,
} from './contacts.ts'
export {
  accountOf,
  activityAt,
  activityOf,
  changesOf,
  factorsOfSignIn,
  settleTold,
  isKnownPerson,
  personCreatedAt,
  lastActivityOfKind,
  lockAccount,
  sessionEpochOf,
  sweepActivity,
} from './store.ts'
export type { ActivityHeld, ProvenFactor } from './store.ts'
export { contactAt, contactsOf, isWrittenTo, judgedContacts } from './contact-store.ts'
export { contactsToConfirm, deleteContacts } from './contact-waiting-store.ts'
export { markRemoved, putContactBack } from './contact-removal-store.ts'
export { believedEmail, emailOf, openEmail } from './emails.ts'
export type { EmailHeld } from './emails.ts'
export type { Channel, ContactPoint } from './contact-store.ts'
export type { ContactSeals } from './contacts.ts'
export { hasUnseen, makeNicknames, mostCharacters, readNickname } from './nickname.ts'
export type { Nicknames } from './nickname.ts'
export { putNickname } from './nickname-store.ts'
export type { SessionHold } from './hold.ts'
export { closedToPrograms, gateReopensAt, gateOfNewAccess, openGate } from './gate.ts'
export {
  beginHold,
  isHeldSession,
  isRecovered,
  noteAdded,
  refuseChange,
  refuseRecovered,
  refuseToHeld,
  refuseWhileHeld,
  sessionHold,
} from './hold.ts'
export { deleteHold, holdAndWaiting, holdFromJson, holdOf } from './hold-store.ts'
export type { Hold, HoldSeen } from './hold-store.ts'
export { logUntrusted, tellUntrusted } from './untrusted-rows.ts'
export type { RowReader, UntrustedKind, UntrustedRow } from './untrusted-rows.ts'
export { devicesRemembered, noticeAt } from './notice-store.ts'
export type { Notice } from './notice-store.ts'
export { originOfKey, tellAdded, tellOpened, tellRecovered, tellRemoved } from './account-events.ts'
export type {
  Endorsement,
  FactorEvent,
  KeyOrigin,
  PrincipalOf,
  PublicJwk,
} from './account-events.ts'
export { keyChallenge } from './key-text.ts'
export { ordersIn, tellOrdered } from './operator-orders.ts'
export type { OrderRead, OrderEvent } from './operator-orders.ts'
export { activityKinds } from './activity-kinds.ts'
export type { Activity, ActivityKind } from './activity-kinds.ts'
