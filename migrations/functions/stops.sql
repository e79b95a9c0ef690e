-- Tables of other rooms:
--   consent_current: a trigger on it queues the deliveries of a stop, so that no code which stops a consent can forget them.

-- Queues the two deliveries of a stop.
create or replace function queue_revocation() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
  begin
    insert into revocation_delivery (consent_id, party, role, person_id, queued_at)
    values (new.consent_id, new.holder, 'holder', new.person_id, new.state_at),
           (new.consent_id, new.recipient, 'recipient', new.person_id, new.state_at)
    on conflict do nothing;
    return null;
  end
$$;
create or replace trigger consent_current_stops after update of state on consent_current
  for each row when (new.state in ('revoked', 'void') and old.state is distinct from new.state)
  execute function queue_revocation();


-- Deletes the deliveries of these consents' stops.
create or replace function erase_deliveries(consents uuid[]) returns void language sql set search_path = pg_catalog, public, pg_temp as $$
  delete from revocation_delivery where consent_id = any(consents)
$$;

-- Rows of this room about these people, as the fold compares them with events.
create or replace function rows_of_stops(people uuid[]) returns table (person_id uuid, in_table text, content jsonb)
language sql stable begin atomic
  select d.person_id, 'revocation_delivery', to_jsonb(d) from revocation_delivery d where d.person_id = any(people);
end;

-- Stops that both bodies have confirmed, with the time of the later confirmation.
create or replace view stops_confirmed as
  select consent_id, min(queued_at) as stopped_at, max(acknowledged_at) as confirmed_at
  from revocation_delivery group by consent_id having bool_and(acknowledged_at is not null);
