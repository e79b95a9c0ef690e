import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- An application of codes (RFC 6238), one a person. Its seed is sealed under a data key of its own, wrapped by a key
    -- that is not here: a stolen copy of this table makes no code.
    create table totp_factors (
      person_id uuid primary key references persons,
      factor_id uuid not null unique,
      sealed bytea not null,
      wrapped_key bytea not null,
      kek_id bytea not null,
      sealed_year smallint not null,
      -- The thirty seconds of the last code that was taken: none of them, and none before, is taken again.
      last_step bigint not null check (last_step >= 0),
      created_at timestamptz not null,
      last_used_at timestamptz,
      suspended_at timestamptz
    );

    -- A seed that was shown, until its first code proves that an application has it.
    create table totp_enrolments (
      errand_sha256 bytea primary key check (octet_length(errand_sha256) = 32),
      person_id uuid not null,
      factor_id uuid not null,
      sealed bytea not null,
      wrapped_key bytea not null,
      kek_id bytea not null,
      sealed_year smallint not null,
      expires_at timestamptz not null
    );
    create index totp_enrolments_by_expiry on totp_enrolments (expires_at);
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
