-- What one officer proposes and another one decides (decision 0247).
create table proposal (
  proposal_id uuid primary key,
  -- The body at whose desk it is.
  org_id text not null check (org_id ~ '^org_[a-z0-9-]{1,60}$'),
  deed text not null check (deed in (
    'office.name',
    'incident.hold', 'incident.lift',
    'identity.check', 'card.make',
    'consent.void', 'order.commission', 'dossier.make')),
  -- What is to be done, sealed and bound to this row, and its hash, which whoever decides has seen.
  sealed bytea not null,
  payload_sha256 bytea not null check (octet_length(payload_sha256) = 32),
  made_by uuid not null references persons,
  made_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > made_at),
  decided_by uuid references persons,
  decided_at timestamptz,
  decision text check (decision in ('done', 'refused')),
  seal bytea check (octet_length(seal) = 20),
  constraint proposal_by_two check (decided_by <> made_by or decision = 'refused'),
  constraint proposal_decided_whole check ((decided_by is null) = (decision is null) and (decided_at is null) = (decision is null))
);
create index proposal_open on proposal (org_id, expires_at) where decision is null;
create index proposal_over on proposal (expires_at);
create index proposal_made on proposal (made_by, made_at);
create index proposal_decided on proposal (decided_by, decided_at) where decided_by is not null;

-- Whose a work access is (decision 0245): a body’s employee number stands in one open work access only, as a keyed digest, which finds it.
create table work_access (
  person_id uuid primary key references persons,
  -- The body at whose desk it is.
  org_id text not null check (org_id ~ '^org_[a-z0-9-]{1,60}$'),
  -- The body's number of this employee, sealed and bound to this row, and its digest.
  sealed bytea not null,
  number_mark bytea not null check (octet_length(number_mark) = 32),
  opened_at timestamptz not null,
  -- Another access of the same number came in its place.
  ended_at timestamptz,
  seal bytea check (octet_length(seal) = 20)
);
create unique index work_access_open on work_access (org_id, number_mark) where ended_at is null;

-- The code by which a new officer makes his keys, in two halves: one for each of the two who named him. Digests alone are kept.
create table desk_code (
  -- The id of the proposal, or of the office that an order opened.
  naming_id uuid primary key,
  -- Null: nobody has decided it.
  person_id uuid references persons,
  first_mark bytea not null check (octet_length(first_mark) = 32),
  second_mark bytea check (octet_length(second_mark) = 32),
  -- How often somebody gave one half with something else beside it.
  tries integer not null default 0 check (tries >= 0),
  expires_at timestamptz not null,
  -- The browser in which both halves were given last.
  browser_mark bytea check (octet_length(browser_mark) = 32),
  given_at timestamptz,
  -- Both keys are made.
  used_at timestamptz,
  seal bytea check (octet_length(seal) = 20),
  constraint desk_code_decided_whole check ((person_id is null) = (second_mark is null)),
  constraint desk_code_given_whole check ((browser_mark is null) = (given_at is null))
);
create unique index desk_code_first on desk_code (first_mark);
create unique index desk_code_second on desk_code (second_mark);
create index desk_code_of_person on desk_code (person_id);
create index desk_code_of_browser on desk_code (browser_mark);
create index desk_code_over on desk_code (expires_at);
-- The session of an officer at the desk of a body (decision 0244): the row is his, so that a new session ends the older one.
create table desk_session (
  officer_id uuid primary key references persons,
  -- Of what his browser holds.
  session_sha256 bytea not null unique check (octet_length(session_sha256) = 32),
  org_id text not null check (org_id ~ '^org_[a-z0-9-]{1,60}$'),
  -- The key that proved it: the session goes with it.
  passkey_id uuid not null references passkeys on delete cascade,
  -- How often sessions of the access had been ended.
  session_epoch integer not null check (session_epoch >= 0),
  began_at timestamptz not null,
  seen_at timestamptz not null check (seen_at >= began_at),
  seal bytea check (octet_length(seal) = 20)
);
create index desk_session_key on desk_session (passkey_id);
create index desk_session_seen on desk_session (seen_at);
