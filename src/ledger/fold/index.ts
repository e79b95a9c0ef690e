export { doubtPerson } from './doubt.ts'
export type { CheckName, DoubtedPerson } from './doubt.ts'
export { nightlyFoldDuty } from './nightly-fold.ts'
export { noWalkFigures, walkEverybody } from './walk.ts'
export type { WalkFigures } from './walk.ts'
export { foldInSnapshot } from './fold-one.ts'
export { foldPeople, foldPerson, readPeople, tellPerson } from './fold.ts'
export type { FoldResult, FoldParts, PersonRead, ProjectionInput } from './fold.ts'
export {
  bytesIn,
  compare,
  dateIn,
  idOf,
  isErasedAt,
  listIn,
  memberIn,
  rowKey,
  textIn,
  UnknownReference,
  unlike,
  InvalidEvent,
  notInEvents,
  uuidIn,
  uuidOrNullIn,
  valueIn,
} from './told-rows.ts'
export type {
  Cell,
  Difference,
  ErasedEvent,
  StoredRow,
  Projection,
  ToldEvent,
  ToldRow,
  ToldTable,
} from './told-rows.ts'
export { instantOf } from './store.ts'
export { lastEnded } from './walk-store.ts'
