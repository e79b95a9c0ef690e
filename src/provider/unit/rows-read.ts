import type { ClaimAnswer } from '../../consent/claims/index.ts'
import type { VisitRows } from '../../base/web/visit.ts'
import type { EmailHeld, HoldSeen } from '../../people/accounts/index.ts'
import { isOwnAccess } from '../../people/accounts/index.ts'
import type { VouchedRow } from '../../people/identity/index.ts'
import type {
  AccountRow,
  ArtifactRow,
  ConnectionRow,
  Json,
  Row,
  SessionRow,
  SharingRow,
} from './unit-rows.ts'

/**
 * The rows that a unit has read. A statement makes this value and nothing changes it: a later read of the same request makes a new
 * value, which holds the earlier rows too (`unit-reads.ts`).
 */
export type UnitSeen = {
  /** Tokens, codes, pushed requests and visits, by row id. */
  readonly artifacts: ReadonlyMap<string, SeenArtifact>
  /** Sessions by row id. */
  readonly sessions: ReadonlyMap<string, LoadedSession>
  readonly sessionsByUid: ReadonlyMap<string, LoadedSession>
  /** Open accounts, by person. */
  readonly accounts: ReadonlyMap<string, AccountRow>
  /** Live connections, by id and by `pair` of person and service. */
  readonly connections: ReadonlyMap<string, ConnectionRow>
  /** By `pair`: the connection that somebody else wrote. */
  readonly untrustedConnections: ReadonlyMap<string, string>
  /** By `pair`: what she said to a service that asks for claims. */
  readonly claims: ReadonlyMap<string, readonly ClaimAnswer[]>
  /** By person: the address that a service may be told. It is still sealed. */
  readonly emails: ReadonlyMap<string, EmailHeld>
  /** By person: whether her access is held, where she lets the service have something. */
  readonly holds: ReadonlyMap<string, HoldSeen>
  /** By person: what providers vouch for, of which a service may be told something. It is still sealed. */
  readonly vouched: ReadonlyMap<string, readonly VouchedRow[]>
  /** By person: the consents that were read together with a token that has details. */
  readonly sharings: ReadonlyMap<string, SharingRow>
  /** What other rooms keep of the visit of this request. */
  readonly visit: VisitRows
  /** Row ids of proofs that an earlier request has used. */
  readonly usedProofs: ReadonlySet<string>
}

export type SeenArtifact = {
  /** As the library has it: with its end, and the time of its use. */
  readonly payload: Json
  readonly version: number
  readonly row: ArtifactRow
}

export type LoadedSession = {
  readonly id: string
  readonly uid: string
  readonly payload: Json
  readonly authorizations: Readonly<Record<string, Json>>
  /** Services whose entry somebody else wrote. */
  readonly untrusted: readonly string[]
  readonly lastSeenAt: number
  readonly expiresAt: number
  readonly row: SessionRow
}

export const emptyRowsRead: UnitSeen = {
  artifacts: new Map(),
  sessions: new Map(),
  sessionsByUid: new Map(),
  accounts: new Map(),
  connections: new Map(),
  untrustedConnections: new Map(),
  claims: new Map(),
  emails: new Map(),
  holds: new Map(),
  vouched: new Map(),
  sharings: new Map(),
  visit: { attempt: null, standing: null, password: null, arrival: null },
  usedProofs: new Set(),
}

// A work access is nobody here: it signs in to no service, and to no page of a person.
function isOfPeople(row: Row): boolean {
  return row.kind !== 'account' || isOwnAccess(row.payload)
}

/** The value with these rows added. */
export function withRows(seen: UnitSeen, rows: readonly Row[]): UnitSeen {
  const artifacts = new Map(seen.artifacts)
  const sessions = new Map(seen.sessions)
  const sessionsByUid = new Map(seen.sessionsByUid)
  const accounts = new Map(seen.accounts)
  const connections = new Map(seen.connections)
  const untrustedConnections = new Map([...seen.untrustedConnections, ...untrustedIn(rows)])
  const sharings = new Map(seen.sharings)
  const entries = entriesIn(rows)
  // The others are for besidesIn.
  for (const row of rows.filter((one) => !isBesides(one)).filter(isOfPeople)) {
    switch (row.kind) {
      case 'artifact':
        // The first reading of a row counts: the request was judged by that version.
        if (!artifacts.has(row.id)) artifacts.set(row.id, artifactOf(row))
        break
      case 'session': {
        const session = { ...sessionOf(row), ...entries(row.uid) }
        sessions.set(row.id, session)
        // Two tabs can give one uid several rows. The read sorts them, so the row that was last used comes last and stays.
        sessionsByUid.set(row.uid, session)
        break
      }
      case 'account':
        accounts.set(row.account_id, row)
        break
      case 'connection':
        connections.set(row.connection_id, row)
        connections.set(pair(row.account_id, row.client_id), row)
        break
      case 'sharing':
        sharings.set(row.account_id, row)
        break
      case 'authorization': // sessionOf adds it to its session
      case 'replay': // replay-model.ts
      case 'register': // unit-reads.ts
        break
      case 'untrusted': // unit-reads.ts tells of it
        break
    }
  }
  const { usedProofs } = seen
  return {
    artifacts,
    sessions,
    sessionsByUid,
    accounts,
    connections,
    untrustedConnections,
    ...besidesIn(seen, rows),
    sharings,
    usedProofs,
  }
}

export function withUsedProofs(seen: UnitSeen, proofs: readonly string[]): UnitSeen {
  return { ...seen, usedProofs: new Set([...seen.usedProofs, ...proofs]) }
}

export function pair(person: string, client: string): string {
  return `pair:${person} ${client}`
}

function untrustedIn(rows: readonly Row[]) {
  return rows.flatMap((row): [string, string][] => {
    if (row.kind !== 'untrusted' || row.connection === undefined) return []
    const { account_id, client_id, connection_id } = row.connection
    return [[pair(account_id, client_id), connection_id]]
  })
}

const besides = ['claim', 'email', 'hold', 'vouched', 'visit'] as const

function isBesides(row: Row): row is Extract<Row, { readonly kind: (typeof besides)[number] }> {
  return besides.some((kind) => kind === row.kind)
}

function besidesIn(
  seen: UnitSeen,
  rows: readonly Row[],
): Pick<UnitSeen, 'claims' | 'emails' | 'holds' | 'vouched' | 'visit'> {
  const claims = new Map(seen.claims)
  const emails = new Map(seen.emails)
  const holds = new Map(seen.holds)
  const vouched = new Map(seen.vouched)
  let { visit } = seen
  for (const row of rows) {
    if (row.kind === 'visit') visit = row.payload
    if (row.kind === 'email') emails.set(row.account_id, row.email)
    if (row.kind === 'hold') holds.set(row.account_id, row.hold)
    if (row.kind === 'vouched')
      vouched.set(row.account_id, withVouched(vouched.get(row.account_id) ?? [], row.vouched))
    if (row.kind !== 'claim') continue
    const key = pair(row.account_id, row.client_id)
    claims.set(key, withAnswer(claims.get(key) ?? [], row.answer))
  }
  return { claims, emails, holds, vouched, visit }
}

// A later read of the same request brings the same rows again.
function withAnswer(known: readonly ClaimAnswer[], answer: ClaimAnswer): readonly ClaimAnswer[] {
  return [...known.filter(({ claim }) => claim !== answer.claim), answer]
}

function withVouched(known: readonly VouchedRow[], row: VouchedRow): readonly VouchedRow[] {
  return [...known.filter(({ factorId }) => factorId !== row.factorId), row]
}

function artifactOf(row: ArtifactRow): SeenArtifact {
  const consumed = row.consumed_at === null ? {} : { consumed: Math.floor(row.consumed_at) }
  const payload = { ...row.payload, ...consumed, exp: Math.floor(row.expires_at) }
  return { payload, version: row.version, row }
}

function sessionOf(row: SessionRow) {
  const { last_seen_at: lastSeenAt, expires_at: expiresAt, id, uid, payload } = row
  return { id, uid, payload, lastSeenAt, expiresAt, row }
}

function entriesIn(rows: readonly Row[]) {
  return (uid: string): Pick<LoadedSession, 'authorizations' | 'untrusted'> => ({
    authorizations: Object.fromEntries(
      rows.flatMap((row) =>
        row.kind === 'authorization' && row.uid === uid ? [[row.client_id, row.payload]] : [],
      ),
    ),
    untrusted: rows.flatMap((row) =>
      row.kind === 'untrusted' && row.authorization?.uid === uid
        ? [row.authorization.client_id]
        : [],
    ),
  })
}
