import type { Adapter, AdapterPayload } from 'oidc-provider'
import { newUuid } from '../../base/values/ids.ts'
import { present } from '../../base/values/present.ts'
import { allMembers, claimScopes } from '../tokens/claims.ts'
import { emptyAdapter } from './empty-adapter.ts'
import { ensurePairRead, ensureRead } from './unit-reads.ts'
import { pair } from './rows-read.ts'
import type { Unit } from './unit.ts'
import { currentUnit, nowSeconds } from './unit.ts'
import type { ConnectionRow } from './unit-rows.ts'

/** The resources and scopes that the register, in memory, gives a service; a Grant shows them. */
export type ResourcesOf = (clientId: string) => Readonly<Record<string, string>>

/** The model Grant: a read-only view of a connection. Neither a logout nor a replayed code ends a connection. */
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
 * A live connection as the library's Grant (docs/design/provider.md#grant). It has every scope that the service may ask for, or the
 * library would ask the person again and again. It never has `rar`, which would leak into sign-ins that ask for no sharing.
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
    // Her own answers say what `/userinfo` tells (claims.ts).
    openid: { scope: [...payload.scopes, ...claimScopes].join(' '), claims: [...allMembers] },
    resources: { ...resources },
  }
}

/** The connection in a grant id `<connection>.<session uid>`. The library revokes by the whole id, so one session at a time. */
export function connectionOf(grantId: string): string {
  return present(grantId.split('.', 1)[0], 'the connection of a grant')
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

/** Whether a person uses a service, but for what this request is about to write. */
export async function hasEntered(unit: Unit, person: string, client: string): Promise<boolean> {
  await ensurePairRead(unit, person, client)
  return unit.seen.connections.has(pair(person, client))
}

/** Opens a connection for `openid` alone, which needs no page. It is written only if a code is issued with it. */
export function openConnection(unit: Unit, person: string, client: string): ConnectionRow {
  const connection: ConnectionRow = {
    kind: 'connection',
    connection_id: newUuid(unit.request.now),
    account_id: person,
    client_id: client,
    first_used_at: unit.request.now.getTime() / 1000,
    payload: { scopes: ['openid'], claims: [] },
    seal: null,
  }
  unit.pending.connections.set(pair(person, client), connection)
  unit.pending.connections.set(connection.connection_id, connection)
  return connection
}

/** The connection, if this request opens it, rather than using one that exists. */
export function connectionOpenedByUnit(
  { pending }: Unit,
  connectionId: string,
): ConnectionRow | undefined {
  return pending.connections.get(connectionId)
}

async function connectionById(unit: Unit, id: string): Promise<ConnectionRow | undefined> {
  const known = unit.pending.connections.get(id) ?? unit.seen.connections.get(id)
  if (known !== undefined) return known
  await ensureRead(unit, { connections: [id] })
  return unit.seen.connections.get(id)
}
