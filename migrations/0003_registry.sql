-- Register objects are public, versioned and never edited in place. object_no stands for one version of one object wherever a
-- row of a person refers to it.
create table register_objects (
  object_no integer generated always as identity unique,
  kind text not null check (kind in ('organisation', 'category', 'dataset', 'purpose', 'agreement', 'text', 'service')),
  id text not null check (length(id) between 1 and 64),
  version integer not null check (version > 0),
  content jsonb not null,
  applied_at timestamptz not null,
  primary key (kind, id, version)
);

-- Moves with every new version of a register object, in the transaction that brings the version. A process holds the register
-- in memory; a decision compares the epoch that it was made by with this one.
create table register_state (epoch bigint not null);
create unique index register_state_has_one_row on register_state ((epoch is not null));
insert into register_state values (0);

-- Each version of a register object, once, by the hash of what it says.
create table register_leaf (
  object_no integer primary key,
  leaf_id uuid not null unique,
  sha256 bytea not null check (octet_length(sha256) = 32)
);
