import type { Database, Transaction } from '../../base/database/database.ts'
import type { Connection } from './rows.ts'

// Which services a person uses.

const maxListed = 200
// More than there are services.
const maxSince = 2000

export async function connectionsOf(db: Database, personId: string): Promise<Connection[]> {
  return db('liveConnections')
    .select('connectionId', 'serviceId', 'firstUsedAt', 'lastUsedAt')
    .where({ personId })
    .orderBy('lastUsedAt', 'desc')
    .limit(maxListed)
}

/** Connections that began since a moment. */
export async function connectionsSince(
  tx: Transaction,
  personId: string,
  moment: Date,
): Promise<Pick<Connection, 'serviceId'>[]> {
  return tx('liveConnections')
    .select('serviceId')
    .where({ personId })
    .where('firstUsedAt', '>=', moment)
    .orderBy('firstUsedAt')
    .limit(maxSince)
}

type UsedService = Connection & { readonly personId: string }

/** Who used these services between two instants, as far as first and last use tell; those that were ended are among them. */
export async function connectionsOfServices(
  db: Database,
  serviceIds: readonly string[],
  { since, until }: { readonly since: Date; readonly until: Date },
  limit: number,
): Promise<Omit<UsedService, 'connectionId'>[]> {
  if (serviceIds.length === 0) return []
  return db('connections')
    .select('personId', 'serviceId', 'firstUsedAt', 'lastUsedAt')
    .whereIn('serviceId', [...serviceIds])
    .where('firstUsedAt', '<', until)
    .where('lastUsedAt', '>=', since)
    .orderBy('connectionId')
    .limit(limit)
}

/** @returns whether a connection stood */
export async function endConnection(
  tx: Transaction,
  { personId, serviceId }: { readonly personId: string; readonly serviceId: string },
  now: Date,
): Promise<boolean> {
  const { rows } = await tx.raw<{ rows: { stood: boolean }[] }>(
    'select end_connection(?, ?, ?) as stood',
    [personId, serviceId, now],
  )
  return rows[0]?.stood === true
}

/** Forgets the services that she used. */
export async function forgetConnections(tx: Transaction, personId: string): Promise<void> {
  await tx('connections').where({ personId }).delete()
}
