export type Json = Readonly<Record<string, unknown>>

/** One thing that a request was told about the world, of the instant of its read. Times are seconds since the epoch. */
export type Row =
  | ArtifactRow
  | SessionRow
  | AuthorizationRow
  | ConnectionRow
  | SharingRow
  | { readonly kind: 'account'; readonly account_id: string }
  /** A proof that nobody had used before, and that is used now. */
  | { readonly kind: 'replay'; readonly id: string }
  /** Where the register is, at that instant. */
  | { readonly kind: 'register'; readonly payload: { readonly epoch: number } }

export type ArtifactRow = {
  readonly kind: 'artifact'
  readonly id: string
  readonly payload: Json
  readonly version: number
  readonly consumed_at: number | null
  readonly expires_at: number
  readonly client_id: string | null
  readonly account_id: string | null
  readonly connection_id: string | null
  /** Of its session. */
  readonly uid: string | null
}
export type SessionRow = {
  readonly kind: 'session'
  readonly id: string
  readonly uid: string
  readonly payload: Json
  readonly account_id: string | null
  readonly last_seen_at: number
  readonly expires_at: number
}
export type AuthorizationRow = {
  readonly kind: 'authorization'
  readonly uid: string
  readonly client_id: string
  readonly payload: Json
}
export type ConnectionRow = {
  readonly kind: 'connection'
  readonly connection_id: string
  readonly account_id: string
  readonly client_id: string
  readonly payload: { readonly scopes: readonly string[]; readonly claims: readonly string[] }
}

/** What a person who has given a token its details allows at this instant, as JSON of `consent_states`. */
export type SharingRow = {
  readonly kind: 'sharing'
  readonly account_id: string
  readonly payload: {
    readonly consents: readonly Json[]
    readonly epoch: number
    readonly at: string
  }
}

export type Wanted = {
  readonly artifacts: readonly string[]
  readonly sessions: readonly string[]
  readonly sessionUids: readonly string[]
  readonly accounts: readonly string[]
  readonly clients: readonly string[]
  readonly connections: readonly string[]
}

export type Replay = { readonly id: string; readonly until: Date }

/** A proof of possession that came with a token: noted by the read that finds the token, if that is bound to a key. */
export type Proof = { readonly token: string; readonly jti: string; readonly until: Date }

/** What one request wants to know, and what proofs it has used on the way here. */
export type Read = {
  readonly wanted: Wanted
  readonly replays: readonly Replay[]
  readonly proofs: readonly Proof[]
}

/** The writes of one unit, in the shapes that migrations/functions/provider.sql takes. */
export type Writes = {
  readonly consumed: readonly string[]
  readonly replays: readonly Replay[]
  readonly ended: readonly string[]
  readonly dropped: readonly string[]
  readonly revoked: readonly string[]
  readonly opened: readonly Json[]
  readonly artifacts: readonly Json[]
  readonly sessions: readonly Json[]
  readonly activities: readonly Json[]
  readonly jobs: readonly Json[]
}
