-- What officers looked for (decision 0250): who searched, why and by what kind of reference, and whether an access was found. Whose access,
-- and what the officer noted, is sealed: the rows are counted, and lead to nobody.
create table desk_search (
  search_id uuid primary key,
  officer_id uuid not null references persons,
  -- The office by which he searched, and the body at whose desk it is.
  office_id uuid not null,
  org_id text not null check (org_id ~ '^org_[a-z0-9-]{1,60}$'),
  reason text not null check (reason in ('present', 'telephone', 'card-found', 'other')),
  reference text not null check (reference in ('card', 'consent', 'decision', 'sub')),
  is_found boolean not null,
  -- What the officer noted, and the number of the event that tells the search, bound to this row.
  sealed bytea not null,
  at timestamptz not null,
  seal bytea check (octet_length(seal) = 20)
);
create index desk_search_of_desk on desk_search (org_id, at);
create index desk_search_by_age on desk_search (at);
create index desk_search_of_officer on desk_search (officer_id);
