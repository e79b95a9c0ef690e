import type { RowSeals } from '../base/platform/row-seal.ts'
import { sealedRow } from '../base/platform/row-seal.ts'
import type { UntrustedRow } from '../people/accounts/index.ts'
import type {
  ArtifactContent,
  ArtifactRow,
  AuthorizationContent,
  AuthorizationRow,
  SessionContent,
  SessionRow,
  UntrustedSeen,
} from './unit-rows.ts'

// Whoever writes to the database has no key. Rows of sessions, tokens and visits bear a seal of all their columns but the time of the
// last use: a row whose seal does not fit is not read, as if it were not there.

const artifactSeal = sealedRow('artifact', 1, {
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
const sessionSeal = sealedRow('session', 1, {
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
const authorizationSeal = sealedRow('session authorization', 1, {
  sessionUid: 'text',
  clientId: 'text',
  content: 'json',
})

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

/** The row, if it is as this broker wrote it. */
export function trustedArtifact(seals: RowSeals, row: ArtifactRow): ArtifactRow | UntrustedSeen {
  if (seals.holds(artifactSeal, artifactFields(row), row.seal)) return row
  const what = row.model === 'Interaction' ? 'visit' : 'token'
  return untrusted({ what, ref: refOf(row.id), personId: row.account_id ?? undefined })
}

export function trustedSession(seals: RowSeals, row: SessionRow): SessionRow | UntrustedSeen {
  if (seals.holds(sessionSeal, sessionFields(row), row.seal)) return row
  const personId = row.account_id ?? undefined
  return untrusted({ what: 'session', ref: refOf(row.id), personId })
}

export function trustedAuthorization(
  seals: RowSeals,
  row: AuthorizationRow,
): AuthorizationRow | UntrustedSeen {
  if (seals.holds(authorizationSeal, authorizationFields(row), row.seal)) return row
  const { uid, client_id } = row
  const about = { what: 'session', ref: `${uid} ${client_id}`, personId: undefined } as const
  return { ...untrusted(about), authorization: { uid, client_id } }
}

function untrusted(row: UntrustedRow): UntrustedSeen {
  return { kind: 'untrusted', row, authorization: undefined }
}

// Enough to find the row by. The id is a hash of what its bearer holds.
function refOf(id: string): string {
  return id.slice(0, 16)
}
