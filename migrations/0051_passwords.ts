import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- An e-mail address and a password, as a name to sign in by (decision 0035). Neither lies here: the proof is an HMAC of
    -- the argon2id hash, the mark an HMAC of the address, under a key that is not in the database; the address itself is sealed.
    -- An address is not verified, so it belongs to nobody: several people may have given the same one.
    create table passwords (
      person_id uuid primary key references persons,
      factor_id uuid not null unique,
      proof bytea not null unique check (octet_length(proof) = 32),
      address_mark bytea not null check (octet_length(address_mark) = 32),
      sealed bytea not null,
      wrapped_key bytea not null,
      kek_id bytea not null,
      sealed_year smallint not null,
      created_at timestamptz not null,
      last_used_at timestamptz,
      suspended_at timestamptz
    );
    create index passwords_of_address on passwords (address_mark);

    -- A password that was given in a visit, and whose it is, if anyone's. The page that follows is the same for all.
    create table signin_passwords (
      visit_id_sha256 bytea primary key check (octet_length(visit_id_sha256) = 32),
      person_id uuid,
      address_mark bytea not null,
      -- What wrong codes are counted by: this address with this password, whether or not anybody has them.
      tries_key text not null,
      expires_at timestamptz not null
    );
    create index signin_passwords_by_expiry on signin_passwords (expires_at);

    -- An access that is being made without a passkey: all of it but the first code of the application.
    create table signin_openings (
      visit_id_sha256 bytea primary key check (octet_length(visit_id_sha256) = 32),
      person_id uuid not null,
      factor_id uuid not null,
      proof bytea not null,
      address_mark bytea not null,
      sealed bytea not null,
      wrapped_key bytea not null,
      kek_id bytea not null,
      sealed_year smallint not null,
      expires_at timestamptz not null
    );
    create index signin_openings_by_expiry on signin_openings (expires_at);

    alter table signin_attempts drop constraint signin_attempts_proof_check;
    alter table signin_attempts add constraint signin_attempts_proof_check check (proof in
      ('passkey', 'new-passkey', 'recovery-code', 'recovered', 'password-totp', 'new-password'));
    alter table signin_attempts add column invitation_due boolean not null default false;
    alter table accounts add column invited_at timestamptz;
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
