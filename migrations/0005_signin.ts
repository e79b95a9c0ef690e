import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- What has been proved so far in one visit. Ends with the visit.
    create table signin_attempts (
      visit_id_sha256 bytea primary key check (octet_length(visit_id_sha256) = 32),
      person_id uuid not null references persons,
      proof text not null check (proof in ('passkey', 'new-passkey', 'recovery-code')),
      codes_due boolean not null default false,
      proved_at timestamptz not null,
      expires_at timestamptz not null
    );
    create index signin_attempts_by_expiry on signin_attempts (expires_at);
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
