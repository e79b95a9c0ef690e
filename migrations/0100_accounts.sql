-- bears: 0039_base.sql
-- outside a transaction
-- Accounts whose waiting time is over, in an order that one erasure at a time walks over: one that cannot be erased stays in front, and
-- holds up nobody.
-- step
drop index concurrently if exists accounts_to_erase_in_order;
-- step
create index concurrently accounts_to_erase_in_order on accounts (erase_at, person_id) where erase_at is not null;
-- step
drop index concurrently if exists accounts_to_erase;
