import type { Config } from '../base/settings/config.ts'
import { migrate } from '../base/migrating/migrate.ts'
import { sealsForMigration } from '../base/migrating/migration-seals.ts'
import { OperatorError } from '../base/values/operator-error.ts'

/** `migrate`: stands apart from the other processes, because it needs no room. */
export async function runMigrate(config: Config): Promise<void> {
  const applied = await migrate(requireUrl(config), {
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
