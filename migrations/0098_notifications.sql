-- bears: 0039_base.sql
-- outside a transaction
-- The messages that have not left. Who watches the house asks for them every ten seconds, and reads no message that has left.
-- step
drop index concurrently if exists notification_unsent;
-- step
create index concurrently notification_unsent on notification (queued_at)
  where channel <> 'none' and sent_at is null and given_up_at is null;
