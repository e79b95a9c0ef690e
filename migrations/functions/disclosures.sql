-- Permits under which nothing was sent, and whether their use came back.
create or replace view uses_returned as select decision_id, use_returned from disclosure where use_returned is not null;

-- What a body says that it received, and nobody permitted. other_at: when, by its own clock.
create or replace view lines_of_receptions as
  select person_id, recorded_at as at, received_id as id, 'unpermitted' as kind, null::text as service_id, consent_id, holder,
         recipient, dataset, null::integer as purpose, null::integer as agreement, null::text as legal_basis_id, categories,
         null::text as reason, 1 as times, null::timestamptz as last_at, occurred_at as other_at,
         null::timestamptz as shown_from, null::text as network
  from disclosure_received where decision_id is null;

