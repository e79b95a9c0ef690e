export { endOf, makeDrafts, openBook, openChain, sealedHash } from './book.ts'
export type { Book, Draft, SealedBody, WrittenEvent } from './book.ts'
export { canonical } from './canonical.ts'
export type { JsonValue } from './canonical.ts'
export { commitmentTo } from './event.ts'
export type { Actor, Entry, EventKind, NewEvent, Payload } from './event.ts'
export {
  countIn,
  endFromJson,
  isDoubted,
  isSameLive,
  liveFromJson,
  liveOf,
  emptyLiveSet,
  numberIn,
  sealedHead,
  trustedLive,
  withCount,
  withDoubt,
  setLive,
} from './head.ts'
export { isSameMark, markIn, markOf, withMark, wordOf } from './head.ts'
export type {
  AccessUse,
  HeadJson,
  Live,
  MarkRead,
  StandingMark,
  StandingWord,
  ToldStanding,
} from './head.ts'
export { openRecord, sealRecord, standingNumber, standingOfNumber } from './head.ts'
export type { EntryRecord } from './head.ts'
export { makeHeadMap } from './head-map.ts'
export type { HeadMap } from './head-map.ts'
export { fedAfterMs, fedEnd, isOvertaken, makeKnownHeads, newestFromJson } from './known-heads.ts'
export type { EndComparison, KnownEnd, KnownHeads } from './known-heads.ts'
export { ledgerMember, mergeDelaySeconds, originOf } from './event.ts'
export {
  closingBody,
  closingOfEntry,
  entryClasses,
  houseBody,
  isLogEntry,
  logEntry,
  publicHashIn,
} from './log-entry.ts'
export type { DayClosingEntry, HouseKind } from './log-entry.ts'
export { appendHouse, appendPublic } from './store.ts'
export type { PublicLeaf } from './store.ts'
export {
  commitmentAt,
  delayedChainOf,
  delayedChains,
  eventsAt,
  headFrom,
  inSnapshot,
  newEventOf,
  newHead,
  newestOfKinds,
  sealHead,
  takeHeadSeal,
  unsealedPeople,
  openDelayedHead,
} from './store.ts'
export type { HeadColumns, OpenHead, DelayedPlace } from './store.ts'
export { eventsOfKinds, isErased } from './timeline.ts'
export {
  openSealed,
  readDelayedEvents,
  readTimeline,
  verifyStretch,
  verifyTimeline,
} from './timeline.ts'
export type {
  DelayedEvent,
  ChainStretch,
  StretchEntry,
  TimelineEvent,
  ChainVerdict,
} from './timeline.ts'
export { eventAt, openChainRows } from './bulk-chains.ts'
export type { ChainRows, OpenedChain } from './bulk-chains.ts'
export {
  countEvents,
  countStrayEntries,
  ownerOfEntry,
  delayedChainsOf,
  knownPeople,
  knownPerson,
  strayChains,
  queueHouse,
  trustedEnds,
  endOfChain,
  wholeChains,
} from './bulk-chain-store.ts'
export type { KnownPerson, TrustedEnd } from './bulk-chain-store.ts'
export { orderMapping, readOnlyMapping, toldOfOrders } from './signal-mapping.ts'
export type { SignalList, SignalMapping } from './signal-mapping.ts'
export { makeVault, SealError } from './vault.ts'
export type { KeyedRows, Vault } from './vault.ts'
