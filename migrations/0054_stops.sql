-- bears: 0048_registry.sql
-- The last day on which a body keeps by law what it has: YYYY-MM-DD. Null where it does not say.
alter table revocation_delivery add column kept_until text;
