-- outside a transaction
-- bears: 0048_registry.sql
-- The permits of a body, in the order of time: the ids of permits are in that order.
-- step
drop index concurrently if exists decision_of_holder;
-- step
create index concurrently decision_of_holder on decision (holder, decision_id) where outcome = 'permit';
-- step
drop index concurrently if exists decision_of_recipient;
-- step
create index concurrently decision_of_recipient on decision (recipient, decision_id) where outcome = 'permit';
