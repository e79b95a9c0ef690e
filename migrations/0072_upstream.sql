-- bears: 0039_base.sql
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
