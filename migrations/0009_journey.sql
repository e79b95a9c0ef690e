-- What has been proved so far in one visit. Ends with the visit.
create table signin_attempts (
  visit_id_sha256 bytea primary key check (octet_length(visit_id_sha256) = 32),
  person_id uuid not null references persons,
  proof text not null check (proof in
    ('passkey', 'new-passkey', 'recovery-code', 'recovered', 'password-totp', 'password-key', 'new-password')),
  codes_due boolean not null default false,
  proved_at timestamptz not null,
  expires_at timestamptz not null,
  invitation_due boolean not null default false,
  factor_ids uuid[] not null default '{}',
  session_epoch integer not null default 0,
  -- The code that a visit has shown, until a way in was made with it: only then is it used up.
  code_index text
);
create index signin_attempts_by_expiry on signin_attempts (expires_at);

-- A password that was given in a visit, and whose it is, if anyone's. The page that follows is the same for all.
create table signin_passwords (
  visit_id_sha256 bytea primary key check (octet_length(visit_id_sha256) = 32),
  person_id uuid,
  address_mark bytea not null,
  -- What wrong codes are counted by: this address with this password, whether or not anybody has them.
  tries_key text not null,
  expires_at timestamptz not null,
  factor_id uuid,
  session_epoch integer,
  -- The counts that a password is given back when the whole sign-in was right.
  taken jsonb not null default '[]'
);
create index signin_passwords_by_expiry on signin_passwords (expires_at);
