-- The seal of a row: a MAC of what was proved, under a key that is not in the database. A row without it, or with another, proves
-- nothing. Visits that are under way end with the sessions.
delete from signin_attempts;
delete from signin_passwords;
alter table signin_attempts add column seal bytea check (octet_length(seal) = 20);
alter table signin_passwords add column seal bytea check (octet_length(seal) = 20);
