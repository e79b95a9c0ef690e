import type { LoadedSession } from './seen.ts'
import type { ConnectionRow, Json } from './unit-store.ts'

/**
 * What a unit is to write when its answer is ready. Each part has an owner: that file alone puts something into it, shows the
 * library what it put there, and makes rows of it (a test in test/provider/unit.test.ts looks).
 */
export type UnitPending = {
  /** token-model.ts */
  readonly tokens: PendingTokens
  /** visit-model.ts */
  readonly visits: PendingVisits
  /** session-model.ts */
  readonly session: PendingSession
  /** grant-model.ts: written if a code is issued; by id, and by `pair` of person and service. */
  readonly connections: Map<string, ConnectionRow>
  /** proof-model.ts: ids of the library's ReplayDetection, and until when they are kept. */
  readonly proofs: Map<string, Date>
  /** logout-notices.ts */
  readonly notices: LogoutNotice[]
}

/** Tokens, codes and pushed requests, by row id. */
export type PendingTokens = {
  readonly put: Map<string, PutToken>
  readonly consumed: Set<string>
  readonly dropped: Set<string>
  /** Grant ids: everything of theirs goes. */
  readonly revoked: Set<string>
}

export type PutToken = {
  readonly model: string
  readonly payload: Json
  /** The version that was read; 0: there is no row yet. */
  readonly version: number
}

/** Visits, by row id. */
export type PendingVisits = {
  readonly put: Map<string, PutVisit>
  /** Resumed: an end that happens once. */
  readonly ended: Set<string>
  /** Left by their person: nothing of them is kept. */
  readonly left: Set<string>
}

export type PutVisit = Omit<PutToken, 'model'> & {
  /** As its address has it; the database has its hash only. */
  readonly rawId: string
}

export type PendingSession = {
  put: PutSession | undefined
  /** A new id is an end and a put; an end alone is a sign-out. */
  ended: LoadedSession | undefined
}

export type PutSession = {
  readonly rawId: string
  readonly payload: Json
  readonly ttl: number
}

/** What a service is told about the end of a session. */
export type LogoutNotice = {
  readonly clientId: string
  readonly accountId: string
  readonly sid: string
}

export function nothingPending(): UnitPending {
  return {
    tokens: { put: new Map(), consumed: new Set(), dropped: new Set(), revoked: new Set() },
    visits: { put: new Map(), ended: new Set(), left: new Set() },
    session: { put: undefined, ended: undefined },
    connections: new Map(),
    proofs: new Map(),
    notices: [],
  }
}
