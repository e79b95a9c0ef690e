import { newUuid } from '../base/platform/ids.ts'
import type { ConnectionRow } from './unit-store.ts'
import type { Unit } from './unit.ts'
import { pair } from './unit.ts'
import { ensureRead } from './read.ts'

/** The live connection of a person and a service, or undefined. */
export async function liveConnection(
  unit: Unit,
  person: string,
  client: string,
): Promise<ConnectionRow | undefined> {
  const key = pair(person, client)
  if (!unit.asked.has(key)) {
    // The two may have been asked for apart, and then their connection was not looked for.
    unit.asked.delete(`accounts:${person}`)
    unit.asked.delete(`clients:${client}`)
    await ensureRead(unit, { accounts: [person], clients: [client] })
  }
  return unit.connections.get(key) ?? unit.opening.get(key)
}

/** A connection for `openid` alone: it needs no screen. Written only if a code is issued with it. */
export function openConnection(unit: Unit, person: string, client: string): ConnectionRow {
  const connection: ConnectionRow = {
    kind: 'connection',
    connection_id: newUuid(unit.now),
    account_id: person,
    client_id: client,
    payload: { scopes: ['openid'], claims: [] },
  }
  unit.opening.set(pair(person, client), connection)
  unit.opening.set(connection.connection_id, connection)
  return connection
}

export async function connectionById(unit: Unit, id: string): Promise<ConnectionRow | undefined> {
  const known = unit.opening.get(id) ?? unit.connections.get(id)
  if (known !== undefined) return known
  await ensureRead(unit, { connections: [id] })
  return unit.connections.get(id)
}
