-- The index in a recovery code names the account; 80 random bits prove it, of which only a hash is stored.
create table recovery_codes (
  code_index text primary key,
  person_id uuid not null references persons,
  secret_sha256 bytea check (octet_length(secret_sha256) = 32),
  created_at timestamptz not null,
  used_at timestamptz,
  -- Null: valid as long as its set of codes. A code that was given at a counter is valid for minutes (decision 0050).
  expires_at timestamptz,
  seal bytea check (octet_length(seal) = 20),
  -- A recovery code has sixteen characters: six find the access, ten prove it. What proves it is kept like a password: an HMAC of a slow
  -- hash. Codes of before have no such proof: they stay until their set is replaced, and open nothing.
  proof bytea,
  constraint recovery_codes_code_index_check check (length(code_index) in (6, 8)),
  constraint recovery_codes_proof_check
    check ((proof is not null) = (length(code_index) = 6) and (proof is null or octet_length(proof) = 32))
);
create index recovery_codes_of_person on recovery_codes (person_id);
create index recovery_codes_of_counters on recovery_codes (expires_at) where expires_at is not null;

-- An application of codes (RFC 6238), one for each person. Its seed is sealed with a data key of its own, which is wrapped with a key
-- that is not in the database: nobody can make a code from a stolen copy of this table.
create table totp_factors (
  person_id uuid primary key references persons,
  factor_id uuid not null unique,
  sealed bytea not null,
  wrapped_key bytea not null,
  kek_id bytea not null,
  sealed_year smallint not null,
  -- The time step of the last accepted code. Codes of this step and of earlier steps are refused.
  last_step bigint not null check (last_step >= 0),
  created_at timestamptz not null,
  last_used_at timestamptz,
  suspended_at timestamptz,
  seal bytea check (octet_length(seal) = 20)
);

-- A seed that was shown to a person, until a first code proves that her application has it.
create table totp_enrolments (
  errand_sha256 bytea primary key check (octet_length(errand_sha256) = 32),
  person_id uuid not null,
  factor_id uuid not null,
  sealed bytea not null,
  wrapped_key bytea not null,
  kek_id bytea not null,
  sealed_year smallint not null,
  expires_at timestamptz not null,
  seal bytea check (octet_length(seal) = 20)
);
create index totp_enrolments_by_expiry on totp_enrolments (expires_at);

-- An e-mail address and a password to sign in with (decision 0035). Neither is stored readably: the proof is an HMAC of the argon2id
-- hash and the mark an HMAC of the address, both with a key that is not in the database; the address itself is sealed. An address
-- belongs to at most one access, and its person has proved that she reads its mail (decision 0054).
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
  suspended_at timestamptz,
  address_proved_at timestamptz not null,
  seal bytea check (octet_length(seal) = 20)
);
create unique index passwords_by_address on passwords (address_mark);

-- A password that waits for the code that was sent to its address: in a visit for a new access, in a session for an existing access.
-- It cannot be used to sign in yet.
create table password_proposals (
  errand_sha256 bytea primary key check (octet_length(errand_sha256) = 32),
  person_id uuid not null,
  factor_id uuid not null,
  proof bytea not null check (octet_length(proof) = 32),
  address_mark bytea not null check (octet_length(address_mark) = 32),
  sealed bytea not null,
  wrapped_key bytea not null,
  kek_id bytea not null,
  sealed_year smallint not null,
  -- The message whose number gives the code, with a key that is not in the database; how long the code is valid, and how often a code
  -- was tried.
  message_id uuid not null unique,
  code_by timestamptz not null,
  tries smallint not null default 0,
  proved_at timestamptz,
  expires_at timestamptz not null,
  seal bytea check (octet_length(seal) = 20)
);
create index password_proposals_by_expiry on password_proposals (expires_at);

-- A password or an application of codes that a recovery replaced. It still opens the access until the hold is over, comes back if the
-- recovery is undone, and is deleted if the recovery stands. The content is the old row, so that the whole row can be restored.
create table factors_set_aside (
  factor_id uuid primary key,
  person_id uuid not null references persons,
  kind text not null check (kind in ('password', 'totp')),
  content jsonb not null,
  stands_until timestamptz not null,
  seal bytea check (octet_length(seal) = 20)
);
create index factors_set_aside_of_person on factors_set_aside (person_id);
create index factors_set_aside_by_proof on factors_set_aside ((content->>'proof')) where kind = 'password';
create index factors_set_aside_by_end on factors_set_aside (stands_until);

-- What of a retired key of purpose `data` is needed to check passwords, sealed under the newest. A password is kept as an HMAC that only
-- its person's next entry could give under another key.
create table kept_pepper (
  key_id bytea primary key check (length(key_id) = 8),
  sealed bytea not null check (length(sealed) <= 200)
);

-- A card is a way in for somebody without a device: a number and twelve codes, printed once. Of the number and of each code only an HMAC is
-- kept, under a key that is not in the database.
create table card (
  card_id uuid primary key,
  person_id uuid not null references persons,
  number_mark bytea not null unique check (octet_length(number_mark) = 32),
  -- As she is told of it.
  last_four text not null check (last_four ~ '^[0-9]{4}$'),
  made_at timestamptz not null,
  ended_at timestamptz,
  seal bytea check (octet_length(seal) = 20)
);
-- She has one card at a time.
create unique index card_of_person on card (person_id) where ended_at is null;
create index card_of_person_ever on card (person_id);

-- The proof is of the number and the code together: a code proves nothing beside the number of another card. A used one has no seal.
create table card_code (
  proof bytea primary key check (octet_length(proof) = 32),
  card_id uuid not null references card,
  person_id uuid not null references persons,
  used_at timestamptz,
  seal bytea check (octet_length(seal) = 20),
  constraint card_code_used_has_no_seal check (used_at is null or seal is null)
);
create index card_code_of_card on card_code (card_id);
create index card_code_of_person on card_code (person_id);
