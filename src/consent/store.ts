import type { Database } from '../foundation/database.ts'

/** A person uses a service (DOMAIN 2.2). */
export type Connection = {
  readonly connectionId: string
  readonly serviceId: string
  readonly firstUsedAt: Date
  readonly lastUsedAt: Date
}

const maxListed = 200

export async function connectionsOf(db: Database, personId: string): Promise<Connection[]> {
  return db('liveConnections')
    .select('connectionId', 'serviceId', 'firstUsedAt', 'lastUsedAt')
    .where({ personId })
    .orderBy('lastUsedAt', 'desc')
    .limit(maxListed)
}
