import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- How far a key signed that signs no more: what it would sign of a larger tree is not this house's.
    alter table log_key add column last_size bigint check (last_size >= 0);
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
