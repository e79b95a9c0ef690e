-- bears: 0081_journey.sql
-- A service that is told of a session that ended: when it confirmed, or was given up. `reason` says which; null while it is told.
alter table activity add column settled_at timestamptz;
