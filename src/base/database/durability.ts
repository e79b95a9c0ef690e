import type { Config } from '../settings/config.ts'
import type { Database } from './database.ts'
import { OperatorError } from '../values/operator-error.ts'

// What was confirmed to a person must not be forgotten: a stop above all. PostgreSQL has settings that forget it when its machine
// fails, and others that forget it when a standby takes over.

/** What a deployment says about how its database keeps what it confirmed. */
export type Durability = Pick<Config, 'mode' | 'durability'>

type Settings = { readonly fsync: string; readonly commits: string; readonly standbys: string }

/** @throws OperatorError when the database may forget what it confirmed */
export async function requireDurable(
  db: Database,
  { mode, durability }: Durability,
): Promise<void> {
  const { rows } = await db.raw<{ rows: Settings[] }>(
    `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commits,
            current_setting('synchronous_standby_names') as standbys`,
  )
  const [found = { fsync: '', commits: '', standbys: '' }] = rows
  if (found.fsync !== 'on' || !/^(on|remote_apply)$/.test(found.commits))
    throw new OperatorError(
      `The database may forget what it confirmed (fsync=${found.fsync}, synchronous_commit=${found.commits}): both must be on.`,
    )
  if (mode === 'demonstration' || durability !== undefined || found.standbys !== '') return
  throw new OperatorError(
    'The database waits for no standby (synchronous_standby_names is empty): name one there, or set DURABILITY=single if one machine is all there is, or DURABILITY=platform if its storage is replicated by itself.',
  )
}

/** What a deployment without a synchronous standby accepts, to be said at each start; undefined where it has nothing to say. */
export function acceptedLoss({ durability }: Durability): string | undefined {
  if (durability === 'single')
    return 'DURABILITY=single: what was confirmed last is lost with the machine of the database'
  return durability === 'platform'
    ? 'DURABILITY=platform: the storage of the database has to keep what was confirmed when its machine is lost'
    : undefined
}
