-- bears: 0039_base.sql
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
