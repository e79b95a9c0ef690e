-- bears: 0039_base.sql
-- Whether the page that asks where to warn her is still to be shown in a visit.
alter table signin_attempts add column reach_due boolean not null default false;
