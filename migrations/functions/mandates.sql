-- Rows of this room about these people, as the fold compares them with events. No event tells what is sealed.
create or replace function rows_of_mandates(people uuid[]) returns table (person_id uuid, in_table text, content jsonb)
language sql stable begin atomic
  select h.holder_id, 'mandate_held', to_jsonb(h) - 'seal' - 'sealed' from mandate_held h where h.holder_id = any(people)
  union all
  select h.holder_id, 'mandate', to_jsonb(m) - 'seal' - 'sealed' - 'evidence_mark'
  from mandate_held h join mandate m on m.mandate_id = h.held_id where h.holder_id = any(people) and m.ground = 'office'
  union all
  select m.principal_id, 'mandate', to_jsonb(m) - 'seal' - 'sealed' - 'evidence_mark'
  from mandate m where m.principal_id = any(people);
end;

-- Offices that nobody holds, up to a number: no person leads the fold to them.
create or replace function strays_of_mandates(most integer) returns table (in_table text, about uuid)
language sql stable begin atomic
  select 'mandate', m.mandate_id from mandate m
  where m.ground = 'office' and not exists (select 1 from mandate_held h where h.held_id = m.mandate_id)
  order by m.mandate_id limit most;
end;

-- How long each mandate of a chain lasts: what told it is not erased before.
create or replace view mandate_spans as
  select coalesce(m.principal_id, h.holder_id) as person_id, m.mandate_id as id, m.invited_at as began_at, m.ended_at as over_at
  from mandate m left join mandate_held h on h.held_id = m.mandate_id and m.ground = 'office';

-- Deletes the mandates of a chain that were over before this instant.
create or replace function erase_mandates(person uuid, before timestamptz) returns void
language sql set search_path = pg_catalog, public, pg_temp as $$
  delete from mandate m using mandate_spans s where s.person_id = person and s.over_at < before and m.mandate_id = s.id;
  delete from mandate_held h where h.holder_id = person and h.ended_at < before
$$;
