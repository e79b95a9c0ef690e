import type { Adapter, AdapterPayload } from 'oidc-provider'
import { newUuid } from '../base/platform/ids.ts'
import { emptyAdapter } from './empty-adapter.ts'
import { ensurePairRead, ensureRead } from './read.ts'
import { pair } from './seen.ts'
import type { Unit } from './unit.ts'
import { currentUnit, nowSeconds } from './unit.ts'
import type { ConnectionRow } from './unit-store.ts'

/** What of the register a Grant shows: decided by the caller, from memory. */
export type ResourcesOf = (clientId: string) => Readonly<Record<string, string>>

/** The model Grant: a view of a connection. It is found, never made: neither logout nor a replayed code ends a connection. */
export function grantModel(resourcesOf: ResourcesOf): Adapter {
  return {
    ...emptyAdapter,
    async find(id) {
      const unit = currentUnit()
      const connection = await connectionById(unit, connectionOf(id))
      if (connection === undefined) return undefined
      return grantPayload(id, connection, resourcesOf(connection.client_id), nowSeconds(unit))
    },
  }
}

const viewSeconds = 600

/**
 * What a live connection looks like to OpenID Connect (docs/design/provider.md#grant). It holds every scope and resource scope that the
 * service may ask for, or the library would ask again without end; never `rar`, which would leak into plain logins.
 */
function grantPayload(
  id: string,
  connection: ConnectionRow,
  resources: Readonly<Record<string, string>>,
  nowSeconds: number,
): AdapterPayload {
  const { payload } = connection
  return {
    kind: 'Grant',
    jti: id,
    iat: nowSeconds,
    exp: nowSeconds + viewSeconds,
    accountId: connection.account_id,
    clientId: connection.client_id,
    openid: { scope: payload.scopes.join(' '), claims: [...payload.claims] },
    resources: { ...resources },
  }
}

/** `<connection>.<session uid>` → the connection: the library revokes by the whole, a person's choice is the first part. */
export function connectionOf(grantId: string): string {
  return grantId.split('.', 1)[0] ?? ''
}

/** The live connection of a person and a service, or undefined. */
export async function liveConnection(
  unit: Unit,
  person: string,
  client: string,
): Promise<ConnectionRow | undefined> {
  await ensurePairRead(unit, person, client)
  const key = pair(person, client)
  return unit.seen.connections.get(key) ?? unit.pending.connections.get(key)
}

/** A connection for `openid` alone: it needs no screen. Written only if a code is issued with it. */
export function openConnection(unit: Unit, person: string, client: string): ConnectionRow {
  const connection: ConnectionRow = {
    kind: 'connection',
    connection_id: newUuid(unit.request.now),
    account_id: person,
    client_id: client,
    payload: { scopes: ['openid'], claims: [] },
  }
  unit.pending.connections.set(pair(person, client), connection)
  unit.pending.connections.set(connection.connection_id, connection)
  return connection
}

/** Whether this request is to open a connection, rather than use one. */
export function isOpened({ pending }: Unit, connectionId: string): boolean {
  return pending.connections.has(connectionId)
}

async function connectionById(unit: Unit, id: string): Promise<ConnectionRow | undefined> {
  const known = unit.pending.connections.get(id) ?? unit.seen.connections.get(id)
  if (known !== undefined) return known
  await ensureRead(unit, { connections: [id] })
  return unit.seen.connections.get(id)
}
