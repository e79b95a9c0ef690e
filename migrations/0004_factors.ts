import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- A code names its account by its index and proves it by 80 random bits, of which only a hash is kept.
    create table recovery_codes (
      code_index text primary key check (length(code_index) = 8),
      person_id uuid not null references persons,
      secret_sha256 bytea not null check (octet_length(secret_sha256) = 32),
      created_at timestamptz not null,
      used_at timestamptz
    );
    create index recovery_codes_of_person on recovery_codes (person_id);
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
