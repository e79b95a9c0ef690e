-- This room decides what is erased and when. It calls each room to delete its own rows, those that refer to others first.

-- Erasures with an event in their person's chain; only these can have destroyed a key.
create or replace view told_erasures as
  select x.event_id, x.person_id, e.recorded_at
  from erasure x join erasures_in_chains e using (person_id, person_seq, event_id);

-- Each sharing with all its versions, from its question on, and each mandate. over_at is null while the sharing lasts or a person's question about it
-- has no answer.
create or replace view sharing_spans as
  select c.person_id, c.arrangement_id, array_agg(c.consent_id) as consent_ids, min(q.created_at) as began_at,
    case when bool_and(c.state in ('refused', 'revoked', 'expired', 'superseded', 'void')) and not bool_or(d.waits)
      then greatest(max(c.state_at), max(d.last_at)) end as over_at
  from consent_states c
  join request_history q using (consent_id)
  cross join lateral (
    select coalesce(bool_or(answered_at is null), false) as waits, max(answered_at) as last_at
    from questions_asked d where d.person_id = c.person_id and d.consent_id = c.consent_id) d
  group by c.person_id, c.arrangement_id
  union all select person_id, id, '{}'::uuid[], began_at, over_at from mandate_spans where person_id is not null;

-- Permits by law, with the time of the last statement about them: the person sees the permit by then at the latest.
create or replace view lawful_ends as
  select d.person_id, d.decision_id, greatest(d.last_at,
    (select greatest(s.recorded_at, s.corrected_at) from reports_made s where s.decision_id = d.decision_id),
    (select max(r.recorded_at) from receptions_made r where r.decision_id = d.decision_id),
    (select coalesce(q.answered_at, 'infinity') from questions_asked q where q.decision_id = d.decision_id),
    (select h.updated_at from delayed_ends h where h.chain_id = d.decision_id)) as over_at
  from lawful_permits d;

-- Questions that were never answered.
create or replace view unanswered_ends as
  select q.person_id, q.consent_id, greatest(q.created_at, q.expires_at) as over_at
  from request_history q
  where not exists (select 1 from consent_states r where r.consent_id = q.consent_id);

-- Everything that belongs to no sharing.
create or replace view loose_ends as
  select person_id, over_at from lawful_ends
  union all select person_id, over_at from unanswered_ends
  union all select person_id, at from lines_of_notices
  union all select person_id, at from lines_of_declarations
  union all select person_id, at from lines_of_inquiries;

-- Each person with the oldest year of which something of hers may still be open, in her own chain or in one that she sees later: of some
-- people only delayed permits are known.
create or replace view oldest_contents as
  select k.person_id, least(
    (select o.year from oldest_open_years o where o.person_id = k.person_id),
    (select min(extract(year from c.evaluated_at at time zone 'UTC'))::smallint from delayed_chains c
     where c.person_id = k.person_id)) as year
  from known_people k;

-- Deletes, up to a number, the decisions on these sharings and the permits by law that were over before the given time, together with
-- the reports and questions about them and the keys of delayed permits' chains. @returns how many decisions were deleted
create or replace function erase_lines(
  person uuid, consents uuid[], before timestamptz, event uuid, moment timestamptz, most integer
) returns integer language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  gone uuid[] := array(
    select decision_id from (
      (select d.decision_id from decided d where d.person_id = person and d.consent_id = any(consents) limit most)
      union all
      (select l.decision_id from lawful_ends l where l.person_id = person and l.over_at < before limit most)) g
    limit most);
begin
  perform destroy_delayed_chains(gone || erase_refused_days(person, quebec_day(before)), event, moment);
  perform erase_disputes(gone);
  perform erase_disclosures(gone);
  perform erase_decisions(gone);
  return cardinality(gone);
end $$;

-- Deletes these sharings with their questions, pages, answers and receipts, and everything without a sharing that was over before the
-- given time. The caller has deleted their decisions.
create or replace function erase_sharings(person uuid, consents uuid[], before timestamptz) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  unanswered uuid[] := array(select u.consent_id from unanswered_ends u where u.person_id = person and u.over_at < before);
  asked uuid[];
begin
  consents := consents || refused_changes(person, consents);
  perform erase_mandates(person, before);
  perform erase_receptions(person, consents);
  perform erase_declarations(person, before);
  perform erase_inquiries(person, before);
  perform erase_deliveries(consents);
  perform erase_signals(person, consents);
  asked := release_questions(person, consents, unanswered);
  perform erase_consents(person, consents);
  perform erase_questions(person, asked, before);
end $$;

-- Deletes the random id of a person whose account is deleted, unless kept rows refer to it. @returns whether the id was deleted
create or replace function delete_empty_person(person uuid) returns boolean language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  is_unwritten boolean := delete_empty_head(person);
begin
  if not is_unwritten
    or exists (select 1 from decided d where d.person_id = person)
    or exists (select 1 from delayed_chains c where c.person_id = person)
    or exists (select 1 from request_history q where q.person_id = person)
    or exists (select 1 from lines_of_notices n where n.person_id = person)
    or exists (select 1 from lines_of_declarations d where d.person_id = person)
    or exists (select 1 from lines_of_inquiries i where i.person_id = person)
    or exists (select 1 from inquiries_open o where o.person_id = person)
  then
    return false;
  end if;
  return delete_person(person);
end $$;

-- A row is written once, and certified once.
create or replace function refuse_other_certificate() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if old.certificate is not null
    or to_jsonb(new) - '{certificate,rewritten_at,wal_lsn}'::text[] <> to_jsonb(old) - '{certificate,rewritten_at,wal_lsn}'::text[] then
    raise exception 'An erasure is certified once, and never changed' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create or replace trigger erasure_is_certified_once before update on erasure
  for each row execute function refuse_other_certificate();
create or replace trigger erasure_is_immutable before truncate on erasure
  for each statement execute function refuse_change();

-- Rows of this room about these people, as the fold compares them with events.
create or replace function rows_of_erasure(people uuid[]) returns table (person_id uuid, in_table text, content jsonb)
language sql stable begin atomic
  select x.person_id, 'erasure', to_jsonb(x) from erasure x where x.person_id = any(people);
end;

-- Nothing that happened from `at` on was erased: an order erases sharings with all that came later, time only what was over. Denies on a
-- sharing go with it, whenever they happened: none from `denies_at` on has gone.
create or replace view erased_until as
  select max(case rule when 'order' then erased_at else before end) as at, max(erased_at) as denies_at from erasure;
