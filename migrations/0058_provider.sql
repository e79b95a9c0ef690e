-- bears: 0039_base.sql
-- outside a transaction
-- Visits that began with a request in the address, and that nobody has ended: they are swept as soon as they are over.
-- step
drop index concurrently if exists oidc_artifacts_unpushed;
-- step
create index concurrently oidc_artifacts_unpushed on oidc_artifacts (expires_at)
  where model = 'Interaction' and parent_id is null and consumed_at is null;
