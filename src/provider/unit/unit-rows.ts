import type { Bilingual } from '../../base/values/languages.ts'
import type { VisitRows } from '../../base/web/visit.ts'
import type { ClaimAnswer } from '../../consent/claims/index.ts'
import type { EmailHeld, HoldSeen, UntrustedRow } from '../../people/accounts/index.ts'
import type { VouchedRow } from '../../people/identity/index.ts'
import type { ArtifactContent, AuthorizationContent, Json, SessionContent } from './tables.ts'

export type { ArtifactContent, AuthorizationContent, Json, SessionContent } from './tables.ts'

// The rows that units read, and those that they write. Ids are SHA-256: hex here, bytea in tables.

/** A row that a unit has read. All rows of one read are of one instant. Times are seconds since the epoch. */
export type Row =
  | ArtifactRow
  | SessionRow
  | AuthorizationRow
  | ConnectionRow
  | SharingRow
  | UntrustedRowRead
  | AccountRow
  | ClaimRow
  | EmailRow
  | HoldRow
  | VouchedRowRead
  /** What other rooms keep of the visit of this request. */
  | { readonly kind: 'visit'; readonly payload: VisitRows }
  /** A proof that was unused until now; the read has inserted it. */
  | { readonly kind: 'replay'; readonly id: string }
  /** The register's epoch at that instant. */
  | { readonly kind: 'register'; readonly payload: { readonly epoch: number } }

export type ArtifactRow = ArtifactContent & {
  readonly kind: 'artifact'
  readonly seal: Buffer | null
}
export type SessionRow = SessionContent & {
  readonly kind: 'session'
  readonly last_seen_at: number
  readonly seal: Buffer | null
}
export type AuthorizationRow = AuthorizationContent & {
  readonly kind: 'authorization'
  readonly seal: Buffer | null
}
/** An open account. */
export type AccountRow = {
  readonly kind: 'account'
  readonly account_id: string
  /** A row of the view `standings_told`. */
  readonly payload: Json
  /** What she calls her access, sealed; for the head of her own pages. */
  readonly nickname: string | null
}
/** What a person said to a service that asks for a claim. */
export type ClaimRow = {
  readonly kind: 'claim'
  readonly account_id: string
  readonly client_id: string
  readonly answer: ClaimAnswer
}
/** What a provider of identities vouches for of her, sealed, where she lets a service have some of it. */
export type VouchedRowRead = {
  readonly kind: 'vouched'
  readonly account_id: string
  readonly vouched: VouchedRow
}
/** Whether her access is held, where she lets a service have something. */
export type HoldRow = {
  readonly kind: 'hold'
  readonly account_id: string
  readonly hold: HoldSeen
}
/** Her confirmed address, sealed, where she lets a service have it. */
export type EmailRow = {
  readonly kind: 'email'
  readonly account_id: string
  readonly email: EmailHeld
}
export type ConnectionRow = {
  readonly kind: 'connection'
  readonly connection_id: string
  readonly account_id: string
  readonly client_id: string
  readonly first_used_at: number
  readonly payload: { readonly scopes: readonly string[]; readonly claims: readonly string[] }
  readonly seal: Buffer | null
}

/** The live consents behind a token with details: the rows of `consent_states` of its person, as JSON. */
export type SharingRow = {
  readonly kind: 'sharing'
  readonly account_id: string
  readonly payload: {
    readonly consents: readonly Json[]
    readonly epoch: number
    /** The database is older than its log. */
    readonly restored: boolean
    readonly at: string
    /** The end of her chain, as a row of `ledger_heads`; null: there is none. */
    readonly head: Json | null
  }
}

export type WantedRows = {
  readonly artifacts: readonly string[]
  readonly sessions: readonly string[]
  readonly sessionUids: readonly string[]
  readonly accounts: readonly string[]
  readonly clients: readonly string[]
  readonly connections: readonly string[]
  /** Visits, by their ids, of which other rooms’ rows are wanted: one in a request. */
  readonly visits: readonly string[]
}

export type Replay = { readonly id: string; readonly until: Date }

/** The DPoP proof of a token. The read that finds the token inserts the proof, if the token is bound to a key. */
export type Proof = {
  readonly token: string
  readonly jti: string
  readonly until: Date
  /**
   * SHA-256 of the request for which a holder presents it: for that one it may be presented again. Undefined: it came with a request to
   * us, once.
   */
  readonly requestSha256?: Buffer | undefined
}

/** The rows that one request wants, and the proofs that it has used so far. */
export type UnitRead = {
  readonly wanted: WantedRows
  readonly replays: readonly Replay[]
  readonly proofs: readonly Proof[]
}

/** The writes of one unit. Rows are sealed when they are written; then they have the shapes that migrations/functions/provider.sql takes. */
export type Writes = {
  /** Rows that are used up: by id, and as they are then. */
  readonly consumed: readonly UsedRow[]
  readonly replays: readonly Replay[]
  /** The same of visits that have ended, each with the seal that it was read with. */
  readonly ended: readonly (UsedRow & { readonly known: Buffer | null })[]
  readonly dropped: readonly string[]
  readonly revoked: readonly string[]
  readonly opened: readonly ConnectionUse[]
  /** Rows as they will be, but with the version that was read; 0: a new row. */
  readonly artifacts: readonly ArtifactContent[]
  readonly sessions: readonly (PutSessionRow | EndedSession)[]
  readonly requests: readonly SignInRequestContent[]
  readonly activities: readonly Json[]
  readonly jobs: readonly Json[]
}

/** The use of a connection: a new one is opened. */
export type ConnectionUse = {
  readonly row: Pick<ConnectionRow, 'connection_id' | 'account_id' | 'client_id'>
  readonly opened: ConnectionContent | undefined
  /** The connection that somebody else wrote, in whose place it comes. */
  readonly untrusted: string | undefined
}
export type UsedRow = { readonly id: string; readonly row: ArtifactContent }
export type EndedSession = { readonly deed: 'end'; readonly uid: string }
export type PutSessionRow = {
  readonly deed: 'put'
  readonly row: SessionContent
  readonly old_id: string | null
  /** What put_session takes besides, for a sign-in. */
  readonly signIn: Json
  readonly added: readonly AuthorizationContent[]
  /** Services whose entry goes, and services whose entry was written by somebody else. */
  readonly removed: readonly string[]
  readonly untrusted: readonly string[]
}

export type ConnectionContent = Omit<ConnectionRow, 'kind' | 'seal'>

/** A new request that a person signs in at a service. */
export type SignInRequestContent = {
  readonly request_id: string
  readonly artifact_id: string
  readonly person_id: string
  readonly org_id: string
  readonly service_id: string
  readonly words: Bilingual
  readonly level: string | null
  readonly requested_at: Date
  readonly expires_at: Date
  readonly ping: Buffer | null
  /** Whether she is at a service of this organisation. One that is not wanted is refused at `refused_at`, unseen. */
  readonly is_wanted: boolean
  readonly refused_at: Date
}

export type UntrustedRowRead = {
  readonly kind: 'untrusted'
  readonly row: UntrustedRow
  /** The service of an entry of a session, whose place the next entry takes. */
  readonly authorization?: { readonly uid: string; readonly client_id: string }
  /** The same of a connection. */
  readonly connection?: Pick<ConnectionRow, 'connection_id' | 'account_id' | 'client_id'>
}

/** The request that wanted the row. */
export type RowRequest = {
  readonly now: Date
  readonly requestId: string
  readonly network: string | undefined
}
export type UnitToApply = {
  readonly now: Date
  readonly writes: Writes
  /** The epoch of the register that the unit was judged by, if it was. */
  readonly judgedBy?: number | undefined
}
