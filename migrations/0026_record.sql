-- The seal of a connection: a MAC of all its columns but the time of the last use. One without it, or with another, opens nothing; the
-- next sign-in at its service ends it and opens another.
alter table connections add column seal bytea check (octet_length(seal) = 20);
