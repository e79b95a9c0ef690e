-- Register objects are public, versioned and never edited in place. Rows about a person refer to one version of an object by its
-- object_no.
create table register_objects (
  object_no integer generated always as identity unique,
  kind text not null check (kind in ('organisation', 'category', 'dataset', 'purpose', 'agreement', 'text', 'service')),
  id text not null check (length(id) between 1 and 64),
  version integer not null check (version > 0),
  content jsonb not null,
  applied_at timestamptz not null,
  primary key (kind, id, version)
);

-- The epoch grows with every new version of a register object, in the same transaction. A process holds the register in memory; a
-- decision is written only if the epoch by which it was judged is still this one.
create table register_state (epoch bigint not null);
create unique index register_state_has_one_row on register_state ((epoch is not null));
insert into register_state values (0);

-- Each version of a register object once, with the hash of its content.
create table register_leaf (
  object_no integer primary key,
  leaf_id uuid not null unique,
  sha256 bytea not null check (octet_length(sha256) = 32)
);
