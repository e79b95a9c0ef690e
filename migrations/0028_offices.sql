-- What one officer proposes and another one decides (decision 0247).
create table proposal (
  proposal_id uuid primary key,
  -- The body at whose desk it is.
  org_id text not null check (org_id ~ '^org_[a-z0-9-]{1,60}$'),
  deed text not null check (deed in ('office.name')),
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
