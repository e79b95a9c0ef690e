export { discover, makeUpstreamClient, tellMissingSecrets } from './client.ts'
export type { Discovery, OwnerOfOrigin, UpstreamClient } from './client.ts'
export {
  handleCallback,
  authorizationRequestIn,
  redirectToProvider,
  sessionErrand,
} from './authorization-requests.ts'
export { addIdentity, noteVouched, upstreamSession, upstreamPersonBy } from './identities.ts'
export type { UpstreamPerson } from './identities.ts'
export { endSessionsByLogoutToken } from './logout.ts'
export { findUpstreamSession, putUpstreamSession } from './session-store.ts'
export { levelBy } from './provider.ts'
export type { UpstreamProvider, Upstreams, UpstreamsHeld } from './provider.ts'
export {
  deleteIdentities,
  findIdentity,
  identitiesOf,
  identityHash,
  noteIdentityUse,
} from './store.ts'
export type { Identity } from './store.ts'
export {
  arrivalFromJson,
  dropArrival,
  findArrival,
  markLinking,
  putArrival,
  sweepUpstream,
  takeArrival,
} from './authorization-store.ts'
export type { Arrival } from './authorization-store.ts'
