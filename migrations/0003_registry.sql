-- Register objects are public, versioned and never edited in place. Rows about a person refer to one version of an object by its
-- object_no.
create table register_objects (
  object_no integer generated always as identity unique,
  kind text not null,
  id text not null check (length(id) between 1 and 64),
  version integer not null check (version > 0),
  content jsonb not null,
  applied_at timestamptz not null,
  primary key (kind, id, version),
  constraint register_objects_kind_check check (kind in
    ('organisation', 'category', 'dataset', 'purpose', 'agreement', 'text', 'service', 'setting', 'signer', 'change', 'identity-provider'))
);

-- The epoch grows with every new version of a register object and every deed about a brake, in the same transaction. A process holds the register in memory; a
-- decision is written only if the epoch by which it was judged is still this one.
create table register_state (
  epoch bigint not null,
  -- The seal of the epoch, all versions and all brakes together, so that one taken away is noticed. Null: nothing was sealed yet.
  seal bytea check (octet_length(seal) = 20)
);
create unique index register_state_has_one_row on register_state ((epoch is not null));
insert into register_state values (0);

-- A deed about a brake: one operator or signer suspends an object of the register at once; two let that stand longer, or release it.
-- What was done is a public document, by its hash; no version of the register says it. The seal of the register covers these rows.
create table register_brake (
  brake_no integer generated always as identity primary key,
  sha256 bytea not null unique check (octet_length(sha256) = 32),
  -- Who did it by name, before the register has two signers: never published.
  operator text check (length(operator) between 1 and 100)
);

-- Each version of a register object once, with the hash of its content.
create table register_leaf (
  object_no integer primary key,
  leaf_id uuid not null unique,
  sha256 bytea not null check (octet_length(sha256) = 32)
);

-- The seal of each version of a register object, under a key that is not in the database. In a table of its own: a version never
-- changes, and its seal is made anew when the key is.
create table register_seal (
  object_no integer primary key,
  seal bytea not null check (octet_length(seal) = 20)
);
