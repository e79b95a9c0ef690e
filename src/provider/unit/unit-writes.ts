import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type {
  UnitToApply,
  ArtifactContent,
  Json,
  PutSessionRow,
  UsedRow,
  Writes,
  ConnectionUse,
  SignInRequestContent,
} from './unit-rows.ts'
import { sealOfArtifact, sealOfAuthorization, sealOfConnection, sealOfSession } from './seals.ts'
import { sealOfRequest } from '../ciba/ciba-seal.ts'

/** The writes of units as the SQL function `apply_units` has them, each row with its seal. */
export function unitWritesOf(
  seals: RowSeals,
  units: readonly UnitToApply[],
): Readonly<Record<keyof Writes | 'moment', unknown>> {
  const all = <K extends keyof Writes>(kind: K) =>
    units.flatMap(({ writes }): readonly Writes[K][number][] => writes[kind])
  return {
    moment: new Date(Math.max(...units.map(({ now }) => now.getTime()))),
    consumed: all('consumed').map((row) => usedInJson(seals, row)),
    replays: all('replays').map(({ id, until }) => ({ id: idInJson(id), until })),
    ended: all('ended').map(({ known, ...used }) => ({
      ...usedInJson(seals, used),
      known: known && bytesInJson(known),
      payload: used.row.payload,
      version: used.row.version,
    })),
    dropped: all('dropped').map(idInJson),
    revoked: all('revoked'),
    opened: all('opened').map((use) => connectionInJson(seals, use)),
    artifacts: all('artifacts').map((row) => artifactInJson(seals, row)),
    sessions: all('sessions').map((put) => (put.deed === 'end' ? put : sessionInJson(seals, put))),
    requests: all('requests').map((request) => requestInJson(seals, request)),
    activities: all('activities'),
    jobs: all('jobs'),
  }
}

function usedInJson(seals: RowSeals, { id, row }: UsedRow): Json {
  const seal = bytesInJson(sealOfArtifact(seals, row))
  return { id: idInJson(id), consumed_at: timeInJson(row.consumed_at), seal }
}

// The database counts the version of the row that it writes.
function artifactInJson(seals: RowSeals, row: ArtifactContent): Json {
  const seal = bytesInJson(sealOfArtifact(seals, { ...row, version: row.version + 1 }))
  return { ...row, session_uid: row.uid, expires_at: timeInJson(row.expires_at), seal }
}

function connectionInJson(seals: RowSeals, { row, opened, untrusted }: ConnectionUse): Json {
  const { connection_id, account_id: person_id, client_id: service_id } = row
  const use = { connection_id, person_id, service_id, is_new: opened !== undefined }
  if (opened === undefined) return use
  const seal = bytesInJson(sealOfConnection(seals, opened))
  return { ...use, at: timeInJson(opened.first_used_at), seal, untrusted }
}

function sessionInJson(seals: RowSeals, { row, signIn, added, ...put }: PutSessionRow): Json {
  return {
    ...put,
    ...signIn,
    ...row,
    signed_in_at: timeInJson(row.signed_in_at),
    expires_at: timeInJson(row.expires_at),
    seal: bytesInJson(sealOfSession(seals, row)),
    added: added.map((one) => ({
      client_id: one.client_id,
      content: one.payload,
      seal: bytesInJson(sealOfAuthorization(seals, one)),
    })),
  }
}

function requestInJson(seals: RowSeals, { ping, ...request }: SignInRequestContent): Json {
  const seal = sealOfRequest(seals, {
    requestId: request.request_id,
    artifactId: Buffer.from(request.artifact_id, 'hex'),
    personId: request.person_id,
    orgId: request.org_id,
    serviceId: request.service_id,
    words: request.words,
    level: request.level,
    requestedAt: request.requested_at,
    expiresAt: request.expires_at,
    approval: null,
  })
  return {
    ...request,
    artifact_id: idInJson(request.artifact_id),
    ping: ping && bytesInJson(ping),
    seal: bytesInJson(seal),
  }
}

function idInJson(id: string): string {
  return `\\x${id}`
}

function bytesInJson(given: Buffer): string {
  return idInJson(given.toString('hex'))
}

function timeInJson(seconds: number | null): Date | null {
  return seconds === null ? null : new Date(Math.round(seconds * 1000))
}
