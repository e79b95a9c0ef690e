import type { Client } from 'pg'
import { usualRoles } from '../../src/base/settings/database-roles.ts'

// A house of a test is the role that serves, as in production: what it could not do there, it cannot do here. A test itself is a superuser.

const password = 'of-a-test'

/** Makes the roles beside the owner's on a server. */
export async function makeRoles(admin: Client): Promise<void> {
  for (const name of Object.values(usualRoles)) {
    const { rows } = await admin.query('select from pg_roles where rolname = $1', [name])
    await admin.query(
      `${rows.length === 0 ? 'create' : 'alter'} role ${name} login password '${password}'`,
    )
  }
}

/** What only a superuser gives, in the database itself (docs/operate.en.md#roles). */
export async function giveFilesRights(client: Client): Promise<void> {
  await client.query(
    `grant execute on function pg_ls_dir(text), pg_stat_file(text, boolean) to ${usualRoles.serving}`,
  )
  await client.query(
    `grant maintain on pg_statistic, pg_statistic_ext_data to ${usualRoles.serving}`,
  )
}

/** The same database, by the role that serves. */
export function byServing(url: string): string {
  return asRole(url, usualRoles.serving)
}

/** The same database, by the role that only reads. */
export function byReading(url: string): string {
  return asRole(url, usualRoles.reading)
}

function asRole(url: string, name: string): string {
  const parsed = new URL(url)
  ;[parsed.username, parsed.password] = [name, password]
  return parsed.href
}
