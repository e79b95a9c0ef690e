import type { Room } from '../base/web/room.ts'
import { inOrder } from '../base/web/room.ts'
import { authzenRoom } from '../api/authzen/room.ts'
import { meRoom } from '../api/me/room.ts'
import { openapiRoom } from '../api/openapi/room.ts'
import { askingRoom } from '../consent/asking/room.ts'
import { claimsRoom } from '../consent/claims/room.ts'
import { decisionsRoom } from '../consent/decisions/room.ts'
import { disclosuresRoom } from '../consent/disclosures/room.ts'
import { disputesRoom } from '../consent/disputes/room.ts'
import { erasureRoom } from '../consent/erasure/room.ts'
import { figuresRoom } from '../consent/figures/room.ts'
import { matchingRoom } from '../consent/matching/room.ts'
import { recordRoom } from '../consent/record/room.ts'
import { signalsRoom } from '../consent/signals/room.ts'
import { stopsRoom } from '../consent/stops/room.ts'
import { chainRoom } from '../ledger/chain/room.ts'
import { foldRoom } from '../ledger/fold/room.ts'
import { transparencyLogRoom } from '../ledger/transparency-log/room.ts'
import { verifierRoom } from '../ledger/verifier/room.ts'
import { circulationRoom } from '../pages/circulation/room.ts'
import { deskRoom } from '../pages/desk/room.ts'
import { kioskRoom } from '../pages/kiosk/room.ts'
import { myAccessRoom } from '../pages/my-access/room.ts'
import { myActivityRoom } from '../pages/my-activity/room.ts'
import { myDataRoom } from '../pages/my-data/room.ts'
import { mySharingRoom } from '../pages/my-sharing/room.ts'
import { mySpaceRoom } from '../pages/my-space/room.ts'
import { openDataRoom } from '../pages/open-data/room.ts'
import { registerRoom } from '../pages/register/room.ts'
import { siteRoom } from '../pages/site/room.ts'
import { statusRoom } from '../pages/status/room.ts'
import { accountsRoom } from '../people/accounts/room.ts'
import { helpsRoom } from '../people/helps/room.ts'
import { identityRoom } from '../people/identity/room.ts'
import { mandatesRoom } from '../people/mandates/room.ts'
import { notificationsRoom } from '../people/notifications/room.ts'
import { officesRoom } from '../people/offices/room.ts'
import { searchesRoom } from '../people/searches/room.ts'
import { providerRoom } from '../provider/room.ts'
import { registryRoom } from '../registry/room.ts'
import { factorsRoom } from '../signin/factors/room.ts'
import { journeyRoom } from '../signin/journey/room.ts'
import { upstreamRoom } from '../signin/upstream/room.ts'
import { webauthnRoom } from '../webauthn/room.ts'
import type { KeyedRows } from '../ledger/chain/index.ts'
import type { Difference, Projection, ProjectionInput } from '../ledger/fold/index.ts'
import type { WaysOf } from '../people/accounts/index.ts'
import type { Register } from '../registry/index.ts'
import { baseRoom } from './base.ts'
import type { HouseParts } from './parts.ts'

// Every room that has something for the house, once. What the house has of them follows from this list: `folds.ts`, `forgets.ts`,
// `renewals.ts`, `sealed-tables.ts`, `schedule.ts`, `routes.ts`. Within a step, deletions and routes are in this order, and so are the
// operations that are published.

type House = {
  readonly parts: HouseParts
  readonly keyed: KeyedRows
  readonly telling: RoomTelling
  readonly teller: Projection
  readonly difference: Difference
  readonly ways: WaysOf
}

/** What the teller of a room is made with, for one person. */
export type RoomTelling = ProjectionInput & {
  readonly register: Register
  /** Before when what was over went, of each erasure: the room of erasures notes it. */
  readonly befores: Date[]
}

export const rooms: readonly Room<House>[] = inOrder('each room stands after those that it asks', [
  chainRoom,
  foldRoom,
  transparencyLogRoom,
  verifierRoom,
  accountsRoom,
  mandatesRoom,
  officesRoom,
  searchesRoom,
  helpsRoom,
  notificationsRoom,
  registryRoom,
  recordRoom,
  askingRoom,
  claimsRoom,
  decisionsRoom,
  authzenRoom,
  disclosuresRoom,
  stopsRoom,
  openDataRoom,
  signalsRoom,
  disputesRoom,
  meRoom,
  matchingRoom,
  figuresRoom,
  erasureRoom,
  siteRoom,
  circulationRoom,
  registerRoom,
  statusRoom,
  kioskRoom,
  openapiRoom,
  mySpaceRoom,
  mySharingRoom,
  myActivityRoom,
  myAccessRoom,
  myDataRoom,
  deskRoom,
  providerRoom,
  journeyRoom,
  webauthnRoom,
  factorsRoom,
  upstreamRoom,
  identityRoom,
  baseRoom,
])
