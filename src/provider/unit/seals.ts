import { firstSealsOf } from '../../base/sealing/first-seals.ts'
import type { Renewal } from '../../base/sealing/row-renewal.ts'
import { sealRenewal } from '../../base/sealing/row-renewal.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { sealedRow } from '../../base/sealing/row-seal.ts'
import { isPast, standingFromJson } from '../../people/accounts/index.ts'
import type { UntrustedRow } from '../../people/accounts/index.ts'
import type { Seals } from '../../base/sealing/encryption.ts'
import { secretRenewal } from '../clients/client-secrets.ts'
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
import { signInRequestRenewals } from '../ciba/ciba-seal.ts'

// Whoever writes to the database has no key. Rows of sessions, tokens and visits bear a seal of all their columns but the time of the
// last use: a row whose seal does not fit is not read, as if it were not there.

export const artifactSeal = sealedRow('artifact', 1, {
  id: 'text',
  model: 'text',
  payload: 'json',
  grantId: 'text',
  connectionId: 'uuid',
  clientId: 'text',
  accountId: 'uuid',
  sessionUid: 'text',
  parentId: 'text',
  version: 'int',
  consumedAt: 'time',
  expiresAt: 'time',
})
export const sessionSeal = sealedRow('session', 1, {
  id: 'text',
  uid: 'text',
  accountId: 'uuid',
  payload: 'json',
  device: 'text',
  network: 'text',
  signedInAt: 'time',
  expiresAt: 'time',
  factorIds: 'texts',
  sessionEpoch: 'int',
})
export const authorizationSeal = sealedRow('session authorization', 1, {
  sessionUid: 'text',
  clientId: 'text',
  content: 'json',
})

export const connectionSeal = sealedRow('connection', 1, {
  connectionId: 'uuid',
  personId: 'uuid',
  serviceId: 'text',
  scopes: 'texts',
  claims: 'texts',
  firstUsedAt: 'time',
  endedAt: 'time',
})

/** Under the newest key of seals: visits, codes and tokens too, because tokens may stand as long as the consents behind them. */
export function providerRenewals(seals: RowSeals, pings: Seals): readonly Renewal[] {
  return [
    sealRenewal('oidc_artifacts', artifactSeal, {
      as: { id: hex('id'), parentId: hex('parent_id') },
    })(seals),
    sealRenewal('oidc_sessions', sessionSeal, { as: { id: hex('id') } })(seals),
    sealRenewal('oidc_session_authorizations', authorizationSeal)(seals),
    sealRenewal('connections', connectionSeal)(seals),
    secretRenewal(seals),
    ...signInRequestRenewals(seals, pings),
  ]
}

function hex(column: string): string {
  return `encode(t.${column}, 'hex')`
}

/** Sessions and tokens of before the seals ended: connections go on. */
export const providerFirstSeals = [firstSealsOf('connections', 'connectionId', connectionSeal)]

function artifactFields(row: ArtifactContent) {
  return {
    id: row.id,
    model: row.model,
    payload: row.payload,
    grantId: row.grant_id,
    connectionId: row.connection_id,
    clientId: row.client_id,
    accountId: row.account_id,
    sessionUid: row.uid,
    parentId: row.parent_id,
    version: row.version,
    consumedAt: instantOf(row.consumed_at),
    expiresAt: instantOf(row.expires_at),
  }
}

function sessionFields(row: SessionContent) {
  return {
    id: row.id,
    uid: row.uid,
    accountId: row.account_id,
    payload: row.payload,
    device: row.device,
    network: row.network,
    signedInAt: instantOf(row.signed_in_at),
    expiresAt: instantOf(row.expires_at),
    factorIds: row.factor_ids,
    sessionEpoch: row.session_epoch,
  }
}

function authorizationFields({ uid, client_id: clientId, payload }: AuthorizationContent) {
  return { sessionUid: uid, clientId, content: payload }
}

function connectionFields(row: ConnectionContent) {
  return {
    connectionId: row.connection_id,
    personId: row.account_id,
    serviceId: row.client_id,
    scopes: row.payload.scopes,
    claims: row.payload.claims,
    firstUsedAt: instantOf(row.first_used_at),
    endedAt: null,
  }
}

// The database gives an instant as seconds with a fraction, which a whole number of milliseconds survives.
function instantOf(seconds: number | null): Date | null {
  return seconds === null ? null : new Date(Math.round(seconds * 1000))
}

export function sealOfArtifact(seals: RowSeals, row: ArtifactContent): Buffer {
  return seals.seal(artifactSeal, artifactFields(row))
}

export function sealOfSession(seals: RowSeals, row: SessionContent): Buffer {
  return seals.seal(sessionSeal, sessionFields(row))
}

export function sealOfAuthorization(seals: RowSeals, row: AuthorizationContent): Buffer {
  return seals.seal(authorizationSeal, authorizationFields(row))
}

export function sealOfConnection(seals: RowSeals, row: ConnectionContent): Buffer {
  return seals.seal(connectionSeal, connectionFields(row))
}

/** The row, if it is as this broker wrote it. */
export function trustedArtifact(seals: RowSeals, row: ArtifactRow): ArtifactRow | UntrustedRowRead {
  if (seals.holds(artifactSeal, artifactFields(row), row.seal)) return row
  const what = row.model === 'Interaction' ? 'visit' : 'token'
  return untrustedRowRead({ what, ref: refOf(row.id), personId: row.account_id ?? undefined })
}

export function trustedSession(seals: RowSeals, row: SessionRow): SessionRow | UntrustedRowRead {
  if (seals.holds(sessionSeal, sessionFields(row), row.seal)) return row
  const personId = row.account_id ?? undefined
  return untrustedRowRead({ what: 'session', ref: refOf(row.id), personId })
}

export function trustedAuthorization(
  seals: RowSeals,
  row: AuthorizationRow,
): AuthorizationRow | UntrustedRowRead {
  if (seals.holds(authorizationSeal, authorizationFields(row), row.seal)) return row
  const { uid, client_id } = row
  const about = { what: 'session', ref: `${uid} ${client_id}`, personId: undefined } as const
  return { ...untrustedRowRead(about), authorization: { uid, client_id } }
}

export function trustedConnection(
  seals: RowSeals,
  row: ConnectionRow,
): ConnectionRow | UntrustedRowRead {
  if (seals.holds(connectionSeal, connectionFields(row), row.seal)) return row
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
