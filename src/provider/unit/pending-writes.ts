import type { LoadedSession } from './rows-read.ts'
import type { ConnectionRow, Json, SignInRequestContent } from './unit-rows.ts'

/**
 * The writes of a unit, applied when its answer is ready. Each part has an owning file: only that file adds to it, shows the library
 * the additions, and turns them into rows. A test in test/provider/unit/unit.test.ts checks this.
 */
export type UnitPending = {
  /** token-model.ts */
  readonly tokens: PendingTokens
  /** interaction-model.ts */
  readonly visits: PendingVisits
  /** session-model.ts */
  readonly session: PendingSession
  /** grant-model.ts: keyed by id and by `pair` of person and service; written only if a code is issued. */
  readonly connections: Map<string, ConnectionRow>
  /** replay-model.ts: the ids of the library's ReplayDetection, with the time until which each is kept. */
  readonly proofs: Map<string, Date>
  /** ciba-model.ts */
  readonly requests: SignInRequestContent[]
  /** backchannel-logout.ts */
  readonly notices: PendingLogoutToken[]
}

/** Changes of tokens, codes and pushed requests, by row id. */
export type PendingTokens = {
  readonly put: Map<string, PutToken>
  readonly consumed: Set<string>
  readonly dropped: Set<string>
  /** Grant ids whose tokens and codes are all deleted. */
  readonly revoked: Set<string>
}

export type PutToken = {
  readonly model: string
  readonly payload: Json
  /** The version of the row that was read; 0 when there is no row yet. */
  readonly version: number
  /** The row that this one leads to. */
  readonly parentId?: string
}

/** Changes of visits, by row id. */
export type PendingVisits = {
  readonly put: Map<string, PutVisit>
  /** Visits that the library has resumed. A visit can end only once. */
  readonly ended: Set<string>
  /** Visits that the person gave up: their rows are deleted. */
  readonly left: Set<string>
}

export type PutVisit = Omit<PutToken, 'model'> & {
  /** The id in the visit's address; the database holds only its hash. */
  readonly rawId: string
}

export type PendingSession = {
  put: PutSession | undefined
  /** With `put`, the session gets a new id; without, the person signs out. */
  ended: LoadedSession | undefined
}

export type PutSession = {
  readonly rawId: string
  readonly payload: Json
  readonly ttl: number
}

/** A notice to a service that a session has ended. */
export type PendingLogoutToken = {
  readonly clientId: string
  readonly accountId: string
  readonly sid: string
  /** The name of the notice: each try has a token of its own, under this one name. Jobs of the release before have none. */
  readonly jti?: string | undefined
}
