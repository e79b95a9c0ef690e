-- The walk of a night: it compares people's rows with their events. A walk that was broken off goes on where it was.
create table fold_walk (
  walk_id uuid primary key,
  began_at timestamptz not null,
  -- The seventh of the people that the walk covers, beside the people with an event since the walk before; null: everybody.
  seventh smallint check (seventh between 0 and 6),
  since timestamptz not null,
  -- The last person who was looked at.
  reached uuid not null default '00000000-0000-0000-0000-000000000000',
  people integer not null default 0,
  events bigint not null default 0,
  differences integer not null default 0,
  -- The first hundred differences, which name rows and events, and no person.
  named jsonb not null default '[]',
  ended_at timestamptz check (ended_at >= began_at)
);
create unique index fold_walk_open on fold_walk ((true)) where ended_at is null;
create index fold_walk_by_time on fold_walk (began_at);
