import type { Database } from './database.ts'
import { OperatorError } from '../values/operator-error.ts'

/** The oldest PostgreSQL whose definitions a start can compare with its own: 15 writes those of views otherwise. */
const oldestMajor = 17

/** @throws OperatorError where the server is older than this version needs */
export async function requireServerVersion(db: Pick<Database, 'raw'>): Promise<void> {
  const { rows } = await db.raw<{ rows: { number: number; version: string }[] }>(
    `select current_setting('server_version_num')::integer as number, current_setting('server_version') as version`,
  )
  const [server] = rows
  if (server !== undefined && server.number >= oldestMajor * 10_000) return
  throw new OperatorError(
    `The database of DATABASE_URL is on PostgreSQL ${server?.version ?? 'of no version'}: this version needs PostgreSQL ${oldestMajor} or newer. Nothing was changed.`,
  )
}
