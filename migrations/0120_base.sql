-- bears: 0100_accounts.sql
-- Counts of tries that are given back once what was begun ends well: the way to an account elsewhere, a code that was sent, a new access.
create table held_tries (
  -- A digest of what was begun.
  name bytea not null check (octet_length(name) = 32),
  -- The count, and when its period ends, as in rate_limits.
  key varchar(255) not null,
  ends bigint not null,
  -- The order in which the counts are taken: two that give back at once never wait for each other's rows.
  place smallint not null,
  points integer not null check (points > 0),
  primary key (name, key, ends)
);
create index held_tries_by_end on held_tries (ends);
