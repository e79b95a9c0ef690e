-- bears: 0039_base.sql
-- The ways into an access that stand, by their names, under one seal: made anew by each deed that adds, replaces or takes away one. A row
-- of a way in that is not named here opens nothing, though it bears a seal of its own: somebody put it back. A way that older code adds
-- beside this migration opens nothing, and is added again.
create table ways_in (
  person_id uuid primary key references persons,
  ways text[] not null check (cardinality(ways) <= 100),
  seal bytea check (octet_length(seal) = 20)
);
