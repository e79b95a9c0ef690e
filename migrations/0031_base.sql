-- The keys that the processes of this database hold, so that a process with other keys does not start. A check value shows nothing of
-- its key: it is the thumbprint of a key pair (RFC 7638), or an HMAC under the secret itself. An announced key is known and does not
-- sign or seal yet; one that is used must be held by every process that holds keys of its purpose; a retired one may be missing.
create table key_check (
  purpose text not null check (purpose ~ '^[a-z-]{2,20}$'),
  check_value text not null check (check_value ~ '^[A-Za-z0-9_-]{22,43}$'),
  state text not null check (state in ('announced', 'used', 'retired')),
  noted_at timestamptz not null,
  primary key (purpose, check_value)
);

-- This key is never replaced: what follows from it is written down in the systems of others.
create unique index key_check_pairwise on key_check (purpose) where purpose = 'pairwise';
