-- Other bodies' accounts by which people come in. Issuer and subject together name an account there; of the subject only a hash is kept.
create table upstream_identities (
  factor_id uuid primary key,
  person_id uuid not null references persons (person_id),
  issuer text not null check (length(issuer) between 1 and 255),
  identity_sha256 bytea not null unique check (octet_length(identity_sha256) = 32),
  created_at timestamptz not null,
  last_used_at timestamptz,
  seal bytea not null check (octet_length(seal) = 20)
);
create index upstream_identities_of_person on upstream_identities (person_id);

-- Somebody who was sent there and has not come back.
create table upstream_errands (
  state_sha256 bytea primary key check (octet_length(state_sha256) = 32),
  errand_sha256 bytea not null check (octet_length(errand_sha256) = 32),
  provider_id text not null check (provider_id ~ '^[a-z0-9-]{1,60}$'),
  nonce text not null check (length(nonce) between 20 and 100),
  verifier text not null check (length(verifier) between 43 and 128),
  max_age integer not null check (max_age >= 0),
  begun_at timestamptz not null,
  expires_at timestamptz not null,
  seal bytea not null check (octet_length(seal) = 20)
);
create index upstream_errands_by_errand on upstream_errands (errand_sha256);
create index upstream_errands_by_expiry on upstream_errands (expires_at);

-- Somebody who came back with an account that opens no access here yet, and is asked whether she has one.
create table upstream_arrivals (
  errand_sha256 bytea primary key check (octet_length(errand_sha256) = 32),
  provider_id text not null check (provider_id ~ '^[a-z0-9-]{1,60}$'),
  issuer text not null check (length(issuer) between 1 and 255),
  identity_sha256 bytea not null check (octet_length(identity_sha256) = 32),
  level text not null check (level in ('urn:accord:aal:1', 'urn:accord:aal:2')),
  proved_at timestamptz not null,
  links boolean not null default false,
  expires_at timestamptz not null,
  seal bytea not null check (octet_length(seal) = 20),
  -- What the provider vouches for of somebody who is asked whether she has an access, sealed.
  vouched bytea check (octet_length(vouched) between 37 and 8192)
);
create index upstream_arrivals_by_expiry on upstream_arrivals (expires_at);

-- By which account elsewhere the proof of a visit came, and in which session there: of issuer and `sid` together only a hash is kept. A logout
-- that the provider sends later finds by it the sessions here that came from there.
create table upstream_sessions (
  errand_sha256 bytea primary key check (octet_length(errand_sha256) = 32),
  provider_id text not null check (provider_id ~ '^[a-z0-9-]{1,60}$'),
  identity_sha256 bytea not null check (octet_length(identity_sha256) = 32),
  session_sha256 bytea check (octet_length(session_sha256) = 32),
  expires_at timestamptz not null,
  seal bytea not null check (octet_length(seal) = 20)
);
create index upstream_sessions_by_session on upstream_sessions (session_sha256) where session_sha256 is not null;
create index upstream_sessions_by_identity on upstream_sessions (identity_sha256);
create index upstream_sessions_by_expiry on upstream_sessions (expires_at);

-- Logout tokens that were used: of two with one `jti`, one counts (OpenID Connect Back-Channel Logout 1.0, section 2.6).
create table upstream_logouts (
  token_sha256 bytea primary key check (octet_length(token_sha256) = 32),
  expires_at timestamptz not null
);
create index upstream_logouts_by_expiry on upstream_logouts (expires_at);
