import type { Transaction } from '../../base/database/database.ts'

// The SQL by which a session becomes one of a service too, outside a unit of the provider.

/** What her session holds of a service, and her live connection with it, as they stand. */
export async function sessionAndConnection(
  tx: Transaction,
  { personId, sessionUid, serviceId }: SessionJoin,
): Promise<{
  readonly authorization: StoredAuthorization | undefined
  readonly connection: StoredConnection | undefined
}> {
  const authorization: StoredAuthorization | undefined = await tx('oidcSessionAuthorizations')
    .select('content', 'seal')
    .where({ sessionUid, clientId: serviceId })
    .first()
  const connection: StoredConnection | undefined = await tx('liveConnections')
    .select('connectionId', 'scopes', 'claims', 'firstUsedAt', 'seal')
    .where({ personId, serviceId })
    .first()
  return { authorization, connection }
}

export type SessionJoin = {
  readonly personId: string
  readonly sessionUid: string
  readonly serviceId: string
}
type StoredAuthorization = {
  readonly content: Readonly<Record<string, unknown>>
  readonly seal: Buffer | null
}
type StoredConnection = {
  readonly connectionId: string
  readonly scopes: readonly string[]
  readonly claims: readonly string[]
  readonly firstUsedAt: Date
  readonly seal: Buffer | null
}

export async function putAuthorization(
  tx: Transaction,
  { sessionUid, serviceId }: SessionJoin,
  content: object,
  seal: Buffer,
): Promise<void> {
  await tx('oidcSessionAuthorizations')
    .insert({ sessionUid, clientId: serviceId, content: JSON.stringify(content), seal })
    .onConflict(['sessionUid', 'clientId'])
    .merge()
}

/** @returns false: another one stands */
export async function putConnection(
  tx: Transaction,
  { personId, serviceId }: SessionJoin,
  {
    connectionId,
    seal,
    untrusted,
  }: { connectionId: string; seal: Buffer; untrusted: string | undefined },
  now: Date,
): Promise<boolean> {
  const { rows } = await tx.raw<{ rows: { isOpened: boolean }[] }>(
    `select open_connection(?::uuid, ?::uuid, ?, array['openid'], ?, ?::bytea, ?::uuid) as is_opened`,
    [connectionId, personId, serviceId, now, seal, untrusted ?? null],
  )
  return rows[0]?.isOpened === true
}

export async function noteConnectionUsed(
  tx: Transaction,
  connectionId: string,
  now: Date,
): Promise<void> {
  await tx.raw('select note_connections_used(array[?]::uuid[], ?)', [connectionId, now])
}
