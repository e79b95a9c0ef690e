export { folding } from './nightly.ts'
export { unwalked, walkEverybody } from './walk.ts'
export type { Walked } from './walk.ts'
export { foldOwn } from './fold-one.ts'
export { foldPeople, readPeople, tellPerson } from './fold.ts'
export type { Folded, FoldParts, PersonRead, Telling } from './fold.ts'
export {
  bytesIn,
  compare,
  dateIn,
  idOf,
  isOfYears,
  listIn,
  memberIn,
  named,
  textIn,
  Unheard,
  unlike,
  Untellable,
  untold,
  uuidIn,
  uuidOrNullIn,
  valueIn,
} from './told-rows.ts'
export type {
  Cell,
  Difference,
  StoredRow,
  Teller,
  ToldEvent,
  ToldRow,
  ToldTable,
} from './told-rows.ts'
export { instantOf } from './store.ts'
export { lastEnded } from './walk-store.ts'
