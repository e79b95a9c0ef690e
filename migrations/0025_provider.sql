-- The seal of a row: a MAC of all its columns but the time of the last use, under a key that is not in the database. A row without it,
-- or with another, opens nothing. Nothing tells of sessions and tokens of before whether they are as the broker wrote them: they end
-- here, and people sign in again.
delete from oidc_session_authorizations;
delete from oidc_sessions;
delete from oidc_artifacts;

alter table oidc_sessions
  -- How often sessions of the account were ended when this one began.
  add column session_epoch integer,
  add column seal bytea check (octet_length(seal) = 20);
alter table oidc_session_authorizations add column seal bytea check (octet_length(seal) = 20);
alter table oidc_artifacts add column seal bytea check (octet_length(seal) = 20);
