-- What a person said to a service that asked for a claim: whether it may have it, and for which purpose, word by word. One row a claim:
-- her chain tells what came before.
create table claim_answer (
  person_id uuid not null references persons,
  service_id text not null check (service_id ~ '^[a-z0-9-]{1,60}$'),
  claim text not null check (claim ~ '^[a-z_]{1,60}$'),
  is_given boolean not null,
  purpose_sha256 bytea not null check (octet_length(purpose_sha256) = 32),
  answered_at timestamptz not null,
  seal bytea not null check (octet_length(seal) = 20),
  primary key (person_id, service_id, claim)
);
