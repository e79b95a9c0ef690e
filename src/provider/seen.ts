import type { ArtifactRow, ConnectionRow, Json, Row, SessionRow, SharingRow } from './unit-store.ts'

/**
 * What a unit was told about the world. One statement makes it, and nobody changes it: a later read of the same request makes
 * another one, which holds what was seen before too (`read.ts`).
 */
export type UnitSeen = {
  /** Tokens, codes, pushed requests and visits, by row id. */
  readonly artifacts: ReadonlyMap<string, SeenArtifact>
  /** By row id. */
  readonly sessions: ReadonlyMap<string, LoadedSession>
  readonly sessionsByUid: ReadonlyMap<string, LoadedSession>
  /** People whose account is open. */
  readonly accounts: ReadonlySet<string>
  /** Live ones, by id, and by `pair` of person and service. */
  readonly connections: ReadonlyMap<string, ConnectionRow>
  /** By person: what came along with a token that has details. */
  readonly sharings: ReadonlyMap<string, SharingRow>
  /** Row ids of proofs that another request had used before. */
  readonly usedProofs: ReadonlySet<string>
}

export type SeenArtifact = { readonly payload: Json; readonly version: number }

export type LoadedSession = {
  readonly id: string
  readonly uid: string
  readonly payload: Json
  readonly authorizations: Readonly<Record<string, Json>>
  readonly lastSeenAt: number
  readonly expiresAt: number
}

export const nothingSeen: UnitSeen = {
  artifacts: new Map(),
  sessions: new Map(),
  sessionsByUid: new Map(),
  accounts: new Set(),
  connections: new Map(),
  sharings: new Map(),
  usedProofs: new Set(),
}

/** What is seen once these rows were read too. */
export function seeing(seen: UnitSeen, rows: readonly Row[]): UnitSeen {
  const artifacts = new Map(seen.artifacts)
  const sessions = new Map(seen.sessions)
  const sessionsByUid = new Map(seen.sessionsByUid)
  const accounts = new Set(seen.accounts)
  const connections = new Map(seen.connections)
  const sharings = new Map(seen.sharings)
  const authorizations = authorizationsIn(rows)
  for (const row of rows) {
    switch (row.kind) {
      case 'artifact':
        // A row that was read twice stays as it was first: its version is the one that was judged.
        if (!artifacts.has(row.id)) artifacts.set(row.id, artifactOf(row))
        break
      case 'session': {
        const session = sessionOf(row, authorizations(row.uid))
        sessions.set(row.id, session)
        // Several rows of one uid are two tabs: the read puts the one that was seen last behind the others.
        sessionsByUid.set(row.uid, session)
        break
      }
      case 'account':
        accounts.add(row.account_id)
        break
      case 'connection':
        connections.set(row.connection_id, row)
        connections.set(pair(row.account_id, row.client_id), row)
        break
      case 'sharing':
        sharings.set(row.account_id, row)
        break
      case 'authorization': // with their sessions
      case 'replay': // proof-model.ts
      case 'register': // read.ts
        break
    }
  }
  const { usedProofs } = seen
  return { artifacts, sessions, sessionsByUid, accounts, connections, sharings, usedProofs }
}

export function seeingUsedProofs(seen: UnitSeen, proofs: readonly string[]): UnitSeen {
  return { ...seen, usedProofs: new Set([...seen.usedProofs, ...proofs]) }
}

export function pair(person: string, client: string): string {
  return `pair:${person} ${client}`
}

function artifactOf(row: ArtifactRow): SeenArtifact {
  const consumed = row.consumed_at === null ? {} : { consumed: Math.floor(row.consumed_at) }
  const payload = { ...row.payload, ...consumed, exp: Math.floor(row.expires_at) }
  return { payload, version: row.version }
}

function sessionOf(row: SessionRow, authorizations: LoadedSession['authorizations']) {
  const { last_seen_at: lastSeenAt, expires_at: expiresAt, id, uid, payload } = row
  return { id, uid, payload, authorizations, lastSeenAt, expiresAt }
}

function authorizationsIn(rows: readonly Row[]) {
  const byUid = Object.groupBy(
    rows.filter((row) => row.kind === 'authorization'),
    (row) => row.uid,
  )
  return (uid: string): LoadedSession['authorizations'] =>
    Object.fromEntries((byUid[uid] ?? []).map((one) => [one.client_id, one.payload]))
}
