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
  factor_ids uuid[] not null default '{}',
  -- How often sessions of the account were ended when this one began.
  session_epoch integer,
  seal bytea check (octet_length(seal) = 20)
);
create index oidc_sessions_by_uid on oidc_sessions (uid);
create index oidc_sessions_of_account on oidc_sessions (account_id) where account_id is not null;
create index oidc_sessions_by_expiry on oidc_sessions (expires_at);

-- Rows rather than a member of the session's payload: two tabs that write the whole payload would lose each other's sign-in.
create table oidc_session_authorizations (
  session_uid text not null,
  client_id text not null,
  content jsonb not null,
  seal bytea check (octet_length(seal) = 20),
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
  expires_at timestamptz not null,
  seal bytea check (octet_length(seal) = 20)
);
create index oidc_artifacts_of_grant on oidc_artifacts (grant_id) where grant_id is not null;
create index oidc_artifacts_by_expiry on oidc_artifacts (expires_at);
-- For suspending or closing an account, which ends all its tokens.
create index oidc_artifacts_of_account on oidc_artifacts (account_id)
  where model in ('AuthorizationCode', 'AccessToken', 'RefreshToken');
create index oidc_artifacts_unpushed on oidc_artifacts (expires_at)
  where model = 'Interaction' and parent_id is null and consumed_at is null;

create table oidc_replays (
  id bytea primary key check (octet_length(id) = 32),
  expires_at timestamptz not null,
  -- SHA-256 of the question for which a holder presents it with a call, which it may do again; null: a proof of a request to us (decision 0252).
  request_sha256 bytea check (octet_length(request_sha256) = 32)
);
create index oidc_replays_by_expiry on oidc_replays (expires_at);

-- The secrets of services with the profile legacy, as SHA-256: two at most, so that a service can change its own without a pause.
create table service_secret (
  service_id text primary key check (service_id ~ '^[a-z0-9-]{1,60}$'),
  newest_sha256 bytea not null check (octet_length(newest_sha256) = 32),
  newest_at timestamptz not null,
  older_sha256 bytea check (octet_length(older_sha256) = 32),
  older_at timestamptz,
  seal bytea not null,
  check ((older_sha256 is null) = (older_at is null))
);

-- Requests of services that a person signs in there, which she finds in « Mon accès » (OpenID Connect Client-Initiated Backchannel
-- Authentication Core 1.0).
create table sign_in_request (
  request_id uuid primary key,
  -- The row of oidc_artifacts with which the service asks how it ended.
  artifact_id bytea not null unique check (octet_length(artifact_id) = 32),
  person_id uuid not null references persons,
  org_id text not null check (org_id ~ '^org_[a-z0-9-]{1,60}$'),
  service_id text not null check (service_id ~ '^[a-z0-9-]{1,60}$'),
  -- Two words of ours in both languages: the service and the person see the same ones.
  words jsonb not null,
  -- The level that the service asks for.
  level text,
  requested_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > requested_at and expires_at <= requested_at + interval '11 minutes'),
  -- What its person approved: her session, connection and level then.
  approval jsonb,
  seal bytea not null check (octet_length(seal) = 20),
  -- With what the service is told that there is an answer, sealed under a key of data; null: it asks by itself.
  ping bytea,
  -- From when on it is refused, whatever was approved. It only takes away, so the seal does not cover it.
  ended_at timestamptz,
  -- When the service asked last, and how long it has to wait before it asks again.
  polled_at timestamptz,
  interval_seconds smallint not null default 5 check (interval_seconds between 5 and 60)
);
-- Those of a person and a body, of one day.
create index sign_in_request_of_person on sign_in_request (person_id, org_id, requested_at);
create index sign_in_request_by_expiry on sign_in_request (expires_at);

-- Bodies of which a person wants no such requests.
create table sign_in_silence (
  person_id uuid not null references persons,
  org_id text not null check (org_id ~ '^org_[a-z0-9-]{1,60}$'),
  silenced_at timestamptz not null,
  primary key (person_id, org_id)
);

-- Sessions that somebody ended from elsewhere, by the hash of their cookie, so that the browser that still has the cookie says so. No row
-- tells whose session it was.
create table session_ending (
  id bytea primary key check (octet_length(id) = 32),
  because text not null check (because in ('recovery', 'not-mine', 'elsewhere')),
  ended_at timestamptz not null,
  expires_at timestamptz not null
);
create index session_ending_expires on session_ending (expires_at);
