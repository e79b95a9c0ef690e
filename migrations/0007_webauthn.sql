-- The opaque user.id given to authenticators. The person's internal id must not leave the database.
create table webauthn_users (
  person_id uuid primary key references persons,
  user_handle bytea not null unique check (octet_length(user_handle) = 32),
  -- What opens an access, or adds a way into it, bears a seal: a MAC of the columns that count, under a key that is not in the database.
  -- A row without it, or with another, opens nothing. Rows that are older get theirs once, by `accord seals first`.
  seal bytea check (octet_length(seal) = 20)
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
  kind text not null default 'passkey' check (kind in ('passkey', 'security-key')),
  seal bytea check (octet_length(seal) = 20)
);
create index passkeys_of_person on passkeys (person_id);

-- A challenge can be used once, and only for the ceremony, the errand and the person that it was made for.
create table webauthn_challenges (
  challenge bytea primary key check (octet_length(challenge) = 32),
  ceremony text not null,
  errand text not null,
  person_id uuid,
  user_handle bytea,
  expires_at timestamptz not null,
  seal bytea check (octet_length(seal) = 20),
  constraint webauthn_challenges_ceremony_check check (ceremony in
    ('create', 'get', 'create-beside', 'get-beside', 'create-attested'))
);
create index webauthn_challenges_of_errand on webauthn_challenges (errand, expires_at);
create index webauthn_challenges_by_expiry on webauthn_challenges (expires_at);

-- By which certificates the maker of a key attested of which model it is. The row goes with its key.
create table key_attestations (
  passkey_id uuid primary key references passkeys on delete cascade,
  person_id uuid not null references webauthn_users,
  aaguid uuid not null,
  format text not null check (format in ('packed', 'tpm', 'android-key')),
  certificates text[] not null check (cardinality(certificates) between 1 and 8),
  metadata_no integer not null check (metadata_no >= 0),
  attested_at timestamptz not null,
  seal bytea not null check (octet_length(seal) = 20)
);
create index key_attestations_of_person on key_attestations (person_id);

-- The newest FIDO metadata file that any process has seen: an older one is refused.
create table fido_metadata (
  one boolean primary key default true check (one),
  no integer not null check (no >= 0),
  next_update text not null check (next_update ~ '^\d{4}-\d{2}-\d{2}$'),
  seen_at timestamptz not null,
  seal bytea not null check (octet_length(seal) = 20)
);
