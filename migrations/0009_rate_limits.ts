import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- The shape that rate-limiter-flexible keeps; shared by all processes and kept over restarts.
    create table rate_limits (
      key varchar(255) primary key,
      points integer not null default 0,
      expire bigint
    );
    create index rate_limits_by_expiry on rate_limits (expire);
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
