-- bears: 0081_journey.sql
-- That a web process could serve in a minute: it takes requests, and the database takes what it writes. No row says more. A minute in which
-- no process could is one without a row.
create table served_minute (
  minute timestamptz not null check (extract(second from minute) = 0),
  process uuid not null,
  primary key (minute, process)
);
