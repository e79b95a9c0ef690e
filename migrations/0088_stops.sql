-- bears: 0048_registry.sql
-- When the body's program had taken the notice of the stop that was sent to its stream.
alter table revocation_delivery add column delivered_at timestamptz;
