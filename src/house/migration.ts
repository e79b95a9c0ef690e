import type { Config } from '../base/settings/config.ts'
import { migrate } from '../base/migrating/migrate.ts'
import { sealsForMigration } from '../base/migrating/migration-seals.ts'
import { exitStatuses, withExitStatus, OperatorError } from '../base/values/operator-error.ts'

/** `migrate`: stands apart from the other processes, because it needs no room but that of the log. */
export async function runMigrate(config: Config): Promise<void> {
  const url = requireUrl(config)
  // Who tries a migration by hand need not say what it is for: then ISSUER is made up.
  if (config.mode !== 'demonstration') await requireOwnIssuer(url, config)
  const applied = await migrate(url, {
    tell: say,
    roles: config.databaseRoles,
    openSeals: sealsForMigration(config),
  })
  say(`${applied} migrations applied`)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** @throws OperatorError where no database is named */
export function requireUrl({ databaseUrl }: Config): string {
  if (databaseUrl === undefined)
    throw new OperatorError('DATABASE_URL is required for this command.')
  return databaseUrl.reveal()
}

/** @throws OperatorError where the database is that of another issuer */
export async function requireOwnIssuer(url: string, config: Config): Promise<void> {
  const { requireOwnDatabase } = await import('../ledger/transparency-log/index.ts')
  await withExitStatus(exitStatuses.settings, () => requireOwnDatabase(url, config))
}
