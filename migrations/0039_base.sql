-- bears: 0036_base.sql
-- Which code each migration bears: processes that know the named migration go on beside the new schema, and start on it. A migration
-- without a row is borne by no code that does not know it.
create table migration_bears (
  name text primary key check (length(name) <= 100),
  bears text not null check (length(bears) <= 100)
);
