import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- Until now each batch used up one of the 32,767 numbers of logs: a sequencer that had used them all stood still.
    select setval(pg_get_serial_sequence('log', 'log_id'), coalesce(max(log_id), 0) + 1, false) from log;
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
