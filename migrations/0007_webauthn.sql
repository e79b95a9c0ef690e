-- The opaque user.id given to authenticators. The person's internal id must not leave the database.
create table webauthn_users (
  person_id uuid primary key references persons,
  user_handle bytea not null unique check (octet_length(user_handle) = 32)
);

-- Security keys are in the same table as passkeys, so that a credential id belongs to one person whichever its kind. A security key
-- opens nothing by itself: it is asked for after the password, without user verification.
create table passkeys (
  passkey_id uuid primary key,
  person_id uuid not null references webauthn_users,
  credential_id bytea not null unique check (octet_length(credential_id) between 1 and 1023),
  public_key bytea not null,
  sign_count bigint not null check (sign_count >= 0),
  transports text[] not null,
  aaguid uuid not null,
  backup_eligible boolean not null,
  backup_state boolean not null check (backup_eligible or not backup_state),
  name text not null check (length(name) between 1 and 64),
  created_at timestamptz not null,
  last_used_at timestamptz,
  suspended_at timestamptz,
  kind text not null default 'passkey' check (kind in ('passkey', 'security-key'))
);
create index passkeys_of_person on passkeys (person_id);

-- A challenge can be used once, and only for the ceremony, the errand and the person that it was made for.
create table webauthn_challenges (
  challenge bytea primary key check (octet_length(challenge) = 32),
  ceremony text not null check (ceremony in ('create', 'get', 'create-beside', 'get-beside')),
  errand text not null,
  person_id uuid,
  user_handle bytea,
  expires_at timestamptz not null
);
create index webauthn_challenges_of_errand on webauthn_challenges (errand, expires_at);
create index webauthn_challenges_by_expiry on webauthn_challenges (expires_at);
