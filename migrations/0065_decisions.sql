-- bears: 0039_base.sql
-- outside a transaction
-- When a person first sees what was kept from her for a time: few rows, and none that a use or a report touches.
-- step
drop index concurrently if exists decision_shown_later;
-- step
create index concurrently decision_shown_later on decision (person_id, visible_from) where visible_from is not null;
