import type { Config } from '../base/settings/config.ts'
import type { Database } from '../base/database/database.ts'
import type { SigningPort } from '../base/keys/signer.ts'
import type { Keys } from '../base/keys/keys.ts'
import type { RowSeals } from '../base/sealing/row-seal.ts'

type Deed<T> = (db: Database, now: Date) => Promise<T>

/** What a command gets of the house: it opens what it needs, for as long as it takes. */
export type House = {
  readonly config: Config
  readonly env: Readonly<Record<string, string | undefined>>
  /** Refuses keys of another database. */
  withDatabase<T>(deed: Deed<T>): Promise<T>
  /** Looks at no keys: for the commands that change them. */
  withAnyKeys<T>(deed: Deed<T>): Promise<T>
  withDatabaseUrl<T>(deed: (url: string) => Promise<T>): Promise<T>
  openSigningKeys(): Promise<{ readonly keys: Keys; readonly signer: SigningPort }>
  openSeals(): Promise<RowSeals>
}

// What opens a database is loaded when a command opens one.
const opening = () => import('./command-database.ts')

export function houseOf(config: Config, env: House['env']): House {
  return {
    config,
    env,
    withDatabase: async (deed) => (await opening()).withDatabase(config, deed),
    withAnyKeys: async (deed) => (await opening()).withAnyKeys(config, deed),
    withDatabaseUrl: async (deed) => (await opening()).withDatabaseUrl(config, deed),
    openSigningKeys: async () => (await opening()).openSigningKeys(config),
    openSeals: async () => (await opening()).sealsOf(config),
  }
}
