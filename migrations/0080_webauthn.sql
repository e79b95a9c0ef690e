-- bears: 0039_base.sql
-- contract: takes nothing away: the new list of ceremonies is the old one and one more
-- short: challenges live for five minutes
-- A key that its maker attests is made by a ceremony of its own, in which the browser is asked for the attestation.
alter table webauthn_challenges drop constraint webauthn_challenges_ceremony_check,
  add constraint webauthn_challenges_ceremony_check check (ceremony in
    ('create', 'get', 'create-beside', 'get-beside', 'create-attested'));

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
