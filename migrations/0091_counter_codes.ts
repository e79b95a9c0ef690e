import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- Null: as long as its set. A code that was given at a counter is good for minutes (decision 0050).
    alter table recovery_codes add column expires_at timestamptz;
    create index recovery_codes_of_counters on recovery_codes (expires_at) where expires_at is not null;
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
