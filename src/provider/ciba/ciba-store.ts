import type { FlowGate } from '../../base/values/gate.ts'
import { requireGateFor } from '../../base/values/gate.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { runPrepared, preparedRows } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { SignInSilence } from '../../base/ports/ciba-port.ts'
import type { Approval, SignInRequestRow } from './ciba-seal.ts'
import { isTrueRequest, sealOfRequest } from './ciba-seal.ts'

// The SQL of requests that a person signs in at a service. A new one is written with its unit (migrations/functions/provider.sql).

/** A request as it is stored. */
export type StoredSignInRequest = SignInRequestRow & {
  readonly seal: Buffer
  /** With what the service is told of an answer; null: it asks by itself. */
  readonly ping: Buffer | null
  /** From when on it is refused, whatever was approved. */
  readonly endedAt: Date | null
}

const columns = [
  'requestId',
  'artifactId',
  'personId',
  'orgId',
  'serviceId',
  'words',
  'level',
  'requestedAt',
  'expiresAt',
  'approval',
  'seal',
  'ping',
  'endedAt',
] as const

// Ten a day of each body: more than a person has at once.
const mostShown = 50

/** Those that wait for her, as this broker wrote them, oldest first. */
export async function waitingRequests(
  db: Database,
  seals: RowSeals,
  personId: string,
  now: Date,
): Promise<StoredSignInRequest[]> {
  const rows: StoredSignInRequest[] = await db('signInRequest')
    .select(columns)
    .where({ personId })
    .whereNull('approval')
    .whereNull('endedAt')
    .where('expiresAt', '>', now)
    .orderBy('requestedAt')
    .limit(mostShown)
  return rows.filter((row) => isTrueRequest(seals, row))
}

/** One of hers, as this broker wrote it, until the end of the transaction. */
export async function lockedRequest(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  requestId: string,
): Promise<StoredSignInRequest | undefined> {
  const row: StoredSignInRequest | undefined = await tx('signInRequest')
    .select(columns)
    .where({ personId, requestId })
    .forUpdate()
    .first()
  return row !== undefined && isTrueRequest(seals, row) ? row : undefined
}

export async function requestById(
  db: Database | Transaction,
  seals: RowSeals,
  requestId: string,
): Promise<StoredSignInRequest | undefined> {
  const row: StoredSignInRequest | undefined = await db('signInRequest')
    .select(columns)
    .where({ requestId })
    .first()
  return row !== undefined && isTrueRequest(seals, row) ? row : undefined
}

/** @param row as it was locked, without approval */
export async function putApproval(
  tx: Transaction,
  seals: RowSeals,
  gate: FlowGate,
  row: StoredSignInRequest,
  approval: Approval,
): Promise<void> {
  requireGateFor(gate, row.personId)
  await tx('signInRequest')
    .where({ requestId: row.requestId })
    .update({
      approval: JSON.stringify(approval),
      seal: sealOfRequest(seals, { ...row, approval }),
    })
}

export async function tellAnswered(
  tx: Transaction,
  { serviceId, requestId }: Pick<StoredSignInRequest, 'serviceId' | 'requestId'>,
): Promise<void> {
  await tx.raw(`select tell_request_answered(?, ?::uuid, interval '0')`, [serviceId, requestId])
}

type Ended = { readonly requestId?: string; readonly orgId?: string }

/** Refuses what waits, or was approved and not fetched: one request, or all of a body. */
export async function endRequests(
  tx: Transaction,
  personId: string,
  { requestId, orgId }: Ended,
  now: Date,
): Promise<void> {
  await tx.raw('select end_sign_in_requests(?, ?::uuid, null, ?, ?)', [
    personId,
    requestId ?? null,
    orgId ?? null,
    now,
  ])
}

const pollText = /* sql */ `
with known as materialized (
  select * from sign_in_request where artifact_id = $1 and service_id = $2 for update
), judged as (
  -- A client that waits just as long as it was told may be a second early at our door.
  select *, coalesce(polled_at > $3::timestamptz - (interval_seconds - 1) * interval '1 s', false) as is_early from known
), noted as (
  update sign_in_request r set polled_at = $3,
    interval_seconds = case when j.is_early then least(r.interval_seconds + 5, 60) else r.interval_seconds end
  from judged j where r.request_id = j.request_id returning r.request_id
)
select j.request_id, j.artifact_id, j.person_id, j.org_id, j.service_id, j.words, j.level, j.requested_at, j.expires_at, j.approval,
  j.seal, j.ping, j.ended_at, j.is_early
from judged j join noted using (request_id)`

export type PolledRequest = StoredSignInRequest & {
  /** Asked for sooner than the service was told to ask. */
  readonly isEarly: boolean
}

/** Reads how a request stands, for the service that made it, and notes that it asked. */
export async function polledRequest(
  db: Database,
  { artifactId, serviceId }: { readonly artifactId: string; readonly serviceId: string },
  now: Date,
): Promise<PolledRequest | undefined> {
  const values = [Buffer.from(artifactId, 'hex'), serviceId, now]
  const rows = await preparedRows<PolledRequest>(db, {
    name: 'poll-sign-in-request',
    text: pollText,
    values,
  })
  return rows[0]
}

/** The services that a person used, and whether she still does. */
export async function servicesUsed(
  db: Database,
  personId: string,
): Promise<readonly { readonly service_id: string; readonly is_live: boolean }[]> {
  const text = `select service_id, bool_or(ended_at is null) as is_live from connection_history where person_id = $1
    group by service_id limit 2000`
  return runPrepared(db, { name: 'services-used', text, values: [personId] })
}

/** @returns false: it was so already */
export async function putSilence(
  tx: Transaction,
  personId: string,
  orgId: string,
  now: Date,
): Promise<boolean> {
  const rows: object[] = await tx('signInSilence')
    .insert({ personId, orgId, silencedAt: now })
    .onConflict(['personId', 'orgId'])
    .ignore()
    .returning('orgId')
  return rows.length > 0
}

export async function dropSilence(
  tx: Transaction,
  personId: string,
  orgId: string,
): Promise<boolean> {
  return (await tx('signInSilence').where({ personId, orgId }).delete()) > 0
}

// More bodies than a register has.
const mostSilences = 1000

export function silencesOf(db: Database, personId: string): Promise<SignInSilence[]> {
  return db('signInSilence')
    .select('orgId', 'silencedAt')
    .where({ personId })
    .orderBy('silencedAt', 'desc')
    .limit(mostSilences)
}

export async function forgetSignInRequests(tx: Transaction, personId: string): Promise<void> {
  await tx('signInRequest').where({ personId }).delete()
  await tx('signInSilence').where({ personId }).delete()
}
