-- bears: 0065_decisions.sql
-- outside a transaction
-- All services that a person uses or used: to look for them read the connections of everybody, because only those that live had an index.
-- step
drop index concurrently if exists connections_of_person;
-- step
create index concurrently connections_of_person on connections (person_id);
-- step
-- Nothing is asked of what is kept from people by its time alone. While the statistics knew of nothing that is kept, PostgreSQL took this
-- index for one person's, and read everybody's.
drop index concurrently if exists decision_delayed;
