-- Which tables were sealed as they stood, because their rows were older than the seals and no event tells them: when, by whom, and why.
-- It is done once for each table. The mark bears a seal of its own.
create table first_seals (
  table_name text primary key,
  rows integer not null check (rows >= 0),
  operator text not null check (length(operator) between 1 and 100),
  reason text not null check (length(reason) between 1 and 500),
  at timestamptz not null,
  seal bytea not null check (octet_length(seal) = 20)
);
