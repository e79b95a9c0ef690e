-- bears: 0039_base.sql
-- Sessions that somebody ended from elsewhere, by the hash of their cookie, so that the browser that still has the cookie says so. No row
-- tells whose session it was.
create table session_ending (
  id bytea primary key check (octet_length(id) = 32),
  because text not null check (because in ('recovery', 'not-mine', 'elsewhere')),
  ended_at timestamptz not null,
  expires_at timestamptz not null
);
create index session_ending_expires on session_ending (expires_at);
