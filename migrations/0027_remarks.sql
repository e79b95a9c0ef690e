-- Whether people found clear what a service showed them. A person's chain tells each row.
create table remark (
  reference text primary key check (reference ~ '^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$'),
  person_id uuid not null references persons (person_id),
  service_id text not null check (service_id ~ '^[a-z0-9-]{1,60}$'),
  word text not null check (word in ('clear', 'unclear')),
  made_at timestamptz not null
);
create index remark_of_person on remark (person_id);
