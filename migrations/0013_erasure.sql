-- Erasures: the scope, the rule and the certificate of each. A row contains nothing of the erased content (decision 0044).
create table erasure (
  -- The 'content.erased' event in the person's chain, whose id is the row's: of an id of its own no event would tell.
  event_id uuid primary key,
  person_id uuid not null,
  person_seq integer not null,
  rule text not null check (rule in ('retention', 'order')),
  -- The years whose data keys were destroyed, and the person's entries that were sealed with them; null if only rows were deleted.
  from_year smallint,
  through_year smallint check (through_year >= from_year),
  from_seq integer,
  through_seq integer check (through_seq >= from_seq),
  -- Everything that had ended before this time was erased.
  before timestamptz not null,
  erased_at timestamptz not null,
  -- When the files of the database had been written anew without what was erased, and the place in the write-ahead log behind which
  -- nothing of it is written. Before that nothing is certified.
  rewritten_at timestamptz check (rewritten_at >= erased_at),
  wal_lsn text check (wal_lsn ~ '^[0-9A-F]{1,8}/[0-9A-F]{1,8}$'),
  certificate text,
  check (num_nulls(rewritten_at, wal_lsn, certificate) in (0, 3)),
  check (num_nulls(from_year, through_year, from_seq, through_seq) in (0, 4))
);
create index erasure_of_person on erasure (person_id, event_id);
create index erasure_not_certified on erasure (event_id) where certificate is null;

-- How far the walk over all people has come: after the last person it begins again. And when all files were written anew last.
create table erasure_mark (
  one boolean primary key default true check (one),
  reached uuid not null,
  rewritten_at timestamptz
);
insert into erasure_mark values (true, '00000000-0000-0000-0000-000000000000');
