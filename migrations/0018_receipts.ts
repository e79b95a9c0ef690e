import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- What a person was given about an answer, a change or a stop, signed (DOMAIN 2.2, 3.5); one for each event, made in its
    -- transaction. Its text is sealed under the data key of her ledger for that year: to destroy that key erases it here too.
    create table receipt (
      receipt_id uuid primary key,
      person_id uuid not null,
      consent_id uuid not null references consent_record,
      event_id uuid not null unique,
      kind text not null check (kind like 'consent.%'),
      dek_year smallint not null check (dek_year > 0),
      -- iv ‖ AES-256-GCM(data key, JWT) ‖ tag, bound to receipt_id.
      body bytea not null,
      -- Tells nothing of the text, which holds a random salt and a signature; the person reads it on her page.
      jwt_sha256 bytea not null check (octet_length(jwt_sha256) = 32),
      issued_at timestamptz not null
    );
    create index receipt_of_consent on receipt (person_id, consent_id);
    -- Ciphertext does not compress: PostgreSQL need not try.
    alter table receipt alter column body set storage external;

    create function refuse_receipt_change() returns trigger language plpgsql as $$
      begin
        raise exception 'a receipt never changes: what comes later has a receipt of its own';
      end
    $$;
    create trigger receipt_is_immutable before update or truncate on receipt
      for each statement execute function refuse_receipt_change();
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
