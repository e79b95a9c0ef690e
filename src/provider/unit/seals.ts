import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { isPast, standingFromJson } from '../../people/accounts/index.ts'
import type { UntrustedRow } from '../../people/accounts/index.ts'
import type {
  AccountRow,
  ArtifactContent,
  ArtifactRow,
  AuthorizationContent,
  AuthorizationRow,
  ConnectionContent,
  ConnectionRow,
  Json,
  Row,
  SessionContent,
  SessionRow,
  UntrustedRowRead,
} from './unit-rows.ts'
import { artifactTable, authorizationTable, connectionTable, sessionTable } from './tables.ts'

// Whoever writes to the database has no key. Rows of sessions, tokens and visits bear a seal of all their columns but the time of the
// last use: a row whose seal does not fit is not read, as if it were not there.

function connectionFields(row: ConnectionContent) {
  return {
    connectionId: row.connection_id,
    personId: row.account_id,
    serviceId: row.client_id,
    scopes: row.payload.scopes,
    claims: row.payload.claims,
    firstUsedAt: new Date(Math.round(row.first_used_at * 1000)),
    endedAt: null,
  }
}

export function sealOfArtifact(seals: RowSeals, row: ArtifactContent): Buffer {
  return seals.seal(artifactTable, row)
}

export function sealOfSession(seals: RowSeals, row: SessionContent): Buffer {
  return seals.seal(sessionTable, row)
}

export function sealOfAuthorization(seals: RowSeals, row: AuthorizationContent): Buffer {
  return seals.seal(authorizationTable, row)
}

export function sealOfConnection(seals: RowSeals, row: ConnectionContent): Buffer {
  return seals.seal(connectionTable, connectionFields(row))
}

/** The row, if it is as this broker wrote it. */
export function trustedArtifact(seals: RowSeals, row: ArtifactRow): ArtifactRow | UntrustedRowRead {
  if (seals.holds(artifactTable, row, row.seal)) return row
  const what = row.model === 'Interaction' ? 'visit' : 'token'
  return untrustedRowRead({ what, ref: refOf(row.id), personId: row.account_id ?? undefined })
}

export function trustedSession(seals: RowSeals, row: SessionRow): SessionRow | UntrustedRowRead {
  if (seals.holds(sessionTable, row, row.seal)) return row
  const personId = row.account_id ?? undefined
  return untrustedRowRead({ what: 'session', ref: refOf(row.id), personId })
}

export function trustedAuthorization(
  seals: RowSeals,
  row: AuthorizationRow,
): AuthorizationRow | UntrustedRowRead {
  if (seals.holds(authorizationTable, row, row.seal)) return row
  const { uid, client_id } = row
  const about = { what: 'session', ref: `${uid} ${client_id}`, personId: undefined } as const
  return { ...untrustedRowRead(about), authorization: { uid, client_id } }
}

export function trustedConnection(
  seals: RowSeals,
  row: ConnectionRow,
): ConnectionRow | UntrustedRowRead {
  if (seals.holds(connectionTable, connectionFields(row), row.seal)) return row
  const { connection_id, account_id, client_id } = row
  const about = { what: 'connection', ref: connection_id, personId: account_id } as const
  return { ...untrustedRowRead(about), connection: { connection_id, account_id, client_id } }
}

export function trustedAccount(seals: RowSeals, row: AccountRow): AccountRow | UntrustedRowRead {
  if (standingFromJson(seals, row.payload).isTrusted) return row
  return untrustedRowRead({ what: 'standing', ref: '', personId: row.account_id })
}

export function untrustedRowRead(row: UntrustedRow): UntrustedRowRead {
  return { kind: 'untrusted', row }
}

// Enough to find the row by. The id is a hash of what its bearer holds.
function refOf(id: string): string {
  return id.slice(0, 16)
}

/**
 * The rows of one reading, without the sessions that were ended with others: their rows were deleted, so somebody put them back.
 */
export function withoutPast(rows: readonly Row[]): Row[] {
  const accounts = new Map(
    rows.flatMap((row) => (row.kind === 'account' ? [[row.account_id, row.payload]] : [])),
  )
  return rows.map((row) => {
    if (row.kind !== 'session' || row.account_id === null) return row
    const account = accounts.get(row.account_id)
    if (account === undefined || !isPast(endsIn(account), row.uid, row.session_epoch)) return row
    return untrustedRowRead({ what: 'session', ref: refOf(row.id), personId: row.account_id })
  })
}

function endsIn(standing: Json) {
  const { sessions_from: sessionsFrom, session_kept: sessionKept } = standing
  return { sessionsFrom: Number(sessionsFrom), sessionKept: sessionKept as string | null } // as the view has them
}
