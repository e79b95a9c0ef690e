-- The proofs of one visit so far. The row ends with the visit.
create table signin_attempts (
  visit_id_sha256 bytea primary key check (octet_length(visit_id_sha256) = 32),
  person_id uuid not null references persons,
  proof text not null,
  codes_due boolean not null default false,
  proved_at timestamptz not null,
  expires_at timestamptz not null,
  invitation_due boolean not null default false,
  factor_ids uuid[] not null default '{}',
  session_epoch integer not null default 0,
  -- The recovery code that was entered in the visit. It is used up only when a new way in was made with it.
  code_index text,
  seal bytea check (octet_length(seal) = 20),
  -- Whether the page that asks where to warn her is still to be shown in a visit.
  reach_due boolean not null default false,
  -- Whether the key came from another device than the one of the browser.
  other_device boolean not null default false,
  constraint signin_attempts_proof_check check (proof in
    ('passkey', 'new-passkey', 'attested-passkey', 'recovery-code', 'recovered', 'password-totp', 'password-key', 'new-password',
     'upstream-one', 'upstream-two', 'card'))
);
create index signin_attempts_by_expiry on signin_attempts (expires_at);

-- A password that was entered in a visit, and its person, if it is anyone's. The next page is the same in both cases.
create table signin_passwords (
  visit_id_sha256 bytea primary key check (octet_length(visit_id_sha256) = 32),
  person_id uuid,
  address_mark bytea not null,
  -- The key under which wrong codes are counted: this address with this password, whether or not an access has them.
  tries_key text not null,
  expires_at timestamptz not null,
  factor_id uuid,
  session_epoch integer,
  -- The counted tries that are given back when the whole sign-in succeeds.
  taken jsonb not null default '[]',
  seal bytea check (octet_length(seal) = 20)
);
create index signin_passwords_by_expiry on signin_passwords (expires_at);
