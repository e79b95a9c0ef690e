-- The seal of a standing: a MAC of the columns that say whether a person may sign in and which sessions are hers, with the state of
-- the person. An account without it, or with another, opens nothing, and no body gets an answer about its person.
alter table accounts
  -- Sessions that began under a smaller number were ended, but for the one from which the others were.
  add column sessions_from integer not null default 0,
  add column session_kept text,
  add column seal bytea check (octet_length(seal) = 20);
