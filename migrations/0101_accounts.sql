-- bears: 0039_base.sql
-- outside a transaction
-- When the first of a person's ways in that wait ends. It opens and ends nothing, the sealed list alone does: a job finds by it whose list
-- has a way that is over, without reading everybody's.
-- step
alter table ways_in add column if not exists ends_at timestamptz;
-- step
drop index concurrently if exists ways_in_by_end;
-- step
create index concurrently ways_in_by_end on ways_in (ends_at) where ends_at is not null;
-- step
-- Of a sign-in: the ways in that made it. Who says « Ce n’était pas moi » about it suspends these.
alter table activity add column if not exists factor_ids uuid[];
