-- What services were answered that asked whether a file of their own is of a person: never a value of the file, or of hers. Her chain
-- tells each row.
create table matching_answer (
  reference text primary key check (reference ~ '^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$'),
  person_id uuid not null references persons (person_id),
  org_id text not null check (org_id ~ '^org_[a-z0-9-]{1,60}$'),
  service_id text not null check (service_id ~ '^[a-z0-9-]{1,60}$'),
  result text not null check (result in ('match', 'no_match', 'not_sure')),
  reason text not null check (reason ~ '^[a-z_]{1,60}$'),
  answered_at timestamptz not null
);
-- Those of a person and a body, of one day.
create index matching_answer_of_person on matching_answer (person_id, org_id, answered_at);
create index matching_answer_judged on matching_answer (org_id, answered_at) where result <> 'not_sure';
create index matching_answer_of_nobody on matching_answer (org_id, answered_at) where result = 'no_match';

-- Bodies that get no more answers, because too many of theirs were "no match", until an operator lifts it.
create table matching_stop (
  org_id text not null check (org_id ~ '^org_[a-z0-9-]{1,60}$'),
  stopped_at timestamptz not null,
  no_matches integer not null check (no_matches > 0),
  lifted_at timestamptz,
  lifted_by jsonb,
  seal bytea not null check (octet_length(seal) = 20),
  primary key (org_id, stopped_at),
  check ((lifted_at is null) = (lifted_by is null))
);
create unique index matching_stop_stands on matching_stop (org_id) where lifted_at is null;
