-- Stored ids are the SHA-256 of the values that bearers hold, so a stolen copy of these rows opens nothing.
create table oidc_sessions (
  id bytea primary key check (octet_length(id) = 32),
  -- Not unique: two tabs that rotate one session at once leave two rows of one uid.
  uid text not null,
  account_id uuid,
  payload jsonb not null,
  device text not null,
  network text,
  signed_in_at timestamptz,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  -- The factors with which the person proved who she is during this session.
  factor_ids uuid[] not null default '{}'
);
create index oidc_sessions_by_uid on oidc_sessions (uid);
create index oidc_sessions_of_account on oidc_sessions (account_id) where account_id is not null;
create index oidc_sessions_by_expiry on oidc_sessions (expires_at);

-- Rows rather than a member of the session's payload: two tabs that write the whole payload would lose each other's sign-in.
create table oidc_session_authorizations (
  session_uid text not null,
  client_id text not null,
  content jsonb not null,
  primary key (session_uid, client_id)
);

create table oidc_artifacts (
  id bytea primary key check (octet_length(id) = 32),
  model text not null,
  payload jsonb not null,
  grant_id text,
  connection_id uuid,
  client_id text,
  account_id uuid,
  session_uid text,
  parent_id bytea,
  version integer not null default 1,
  consumed_at timestamptz,
  expires_at timestamptz not null
);
create index oidc_artifacts_of_grant on oidc_artifacts (grant_id) where grant_id is not null;
create index oidc_artifacts_by_expiry on oidc_artifacts (expires_at);
-- For suspending or closing an account, which ends all its tokens.
create index oidc_artifacts_of_account on oidc_artifacts (account_id)
  where model in ('AuthorizationCode', 'AccessToken', 'RefreshToken');

create table oidc_replays (
  id bytea primary key check (octet_length(id) = 32),
  expires_at timestamptz not null
);
create index oidc_replays_by_expiry on oidc_replays (expires_at);
