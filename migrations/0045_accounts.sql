-- bears: 0044_accounts.sql
-- The seal of a browser in which a person has signed in: somebody who writes to the database could make one of his known. A browser that
-- older code notes beside this migration counts as new once more.
alter table known_devices add column seal bytea;
