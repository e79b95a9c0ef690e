-- The seal of each version of a register object, under a key that is not in the database. In a table of its own: a version never
-- changes, and its seal is made anew when the key is.
create table register_seal (
  object_no integer primary key,
  seal bytea not null check (octet_length(seal) = 20)
);

-- The seal of the epoch and of all versions together, so that one taken away is noticed. Null: nothing was sealed yet.
alter table register_state add column seal bytea check (octet_length(seal) = 20);
