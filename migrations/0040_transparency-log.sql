-- bears: 0039_base.sql
-- A log of which others know more than this database holds: it was put back to an older state. Nothing is permitted until two operators
-- have let it go on. The seal covers what was found and what they said.
create table log_restore (
  restore_id uuid primary key,
  origin text not null check (length(origin) between 1 and 300),
  year smallint not null,
  shard smallint not null,
  found_at timestamptz not null,
  -- The entries of the newest signed tree in this database, and of the newest one that is known elsewhere.
  held bigint not null check (held >= 0),
  signed bigint not null check (signed > 0),
  -- Null: a witness said the size alone.
  root bytea check (octet_length(root) = 32),
  known_to text not null check (length(known_to) <= 400),
  -- Who lets it go on: operator, reason, at.
  words jsonb not null default '[]',
  went_on_at timestamptz,
  -- When a further log of the year took the place of this one.
  taken_up_at timestamptz,
  seal bytea
);
create unique index log_restore_open on log_restore (origin) where went_on_at is null;

-- Whose queue a log takes its entries from (`ledger_pending.shard`). The number of a log in its year is another thing: after a restore the
-- queue goes on in the next one.
alter table log add column queue smallint not null default 0;
