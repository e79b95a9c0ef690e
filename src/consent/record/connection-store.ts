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
