-- That content was erased: what, by which rule, and the certificate of it. Names nothing of what it was (decision 0044).
create table erasure (
  erasure_id uuid primary key,
  person_id uuid not null,
  -- The 'content.erased' event in her chain.
  event_id uuid not null unique,
  person_seq integer not null,
  rule text not null check (rule in ('retention', 'order')),
  -- The years whose data keys were destroyed, and the entries of hers that were sealed under them; null: rows alone went.
  from_year smallint,
  through_year smallint check (through_year >= from_year),
  from_seq integer,
  through_seq integer check (through_seq >= from_seq),
  -- What had ended before this.
  before timestamptz not null,
  erased_at timestamptz not null,
  certificate text not null,
  check (num_nulls(from_year, through_year, from_seq, through_seq) in (0, 4))
);
create index erasure_of_person on erasure (person_id, erasure_id);

-- How far the walk over all people has come; it begins anew at the end.
create table erasure_mark (one boolean primary key default true check (one), reached uuid not null);
insert into erasure_mark values (true, '00000000-0000-0000-0000-000000000000');
