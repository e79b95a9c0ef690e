-- bears: 0039_base.sql
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
