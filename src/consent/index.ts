export { categoriesIn, isWithin, maskOf } from './categories.ts'
export { DetailError, detailType, readDetail } from './details.ts'
export type { Asked } from './details.ts'
export { answers, forHolder, grantedDetail } from './granted.ts'
export type { GrantedDetail } from './granted.ts'
export { revokeConsent } from './revoke.ts'
export { consentRoutes, lastMoment } from './routes.ts'
export type { Connection, ConsentListed, ConsentState, State } from './rows.ts'
export { currentWindow, isLive, limitReached, obstacle } from './standing.ts'
export type { Obstacle, Window } from './standing.ts'
export {
  activeConsents,
  connectionsOf,
  consentsFromJson,
  consentsOf,
  consentState,
  registerEpoch,
  takeUseBack,
} from './store.ts'
