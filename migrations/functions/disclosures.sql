-- Permits under which nothing was sent, and whether their use was given back.
create or replace view uses_returned as select decision_id, use_returned from disclosure where use_returned is not null;

-- Lines of receptions without a permit. other_at: the time of the reception by the recipient's clock.
create or replace view lines_of_receptions as
  select person_id, recorded_at as at, received_id as id, 'unpermitted' as kind, null::text as service_id, consent_id, holder,
         recipient, dataset, null::integer as purpose, null::integer as agreement, null::text as legal_basis_id, categories,
         null::text as reason, 1 as times, null::timestamptz as last_at, occurred_at as other_at,
         null::timestamptz as shown_from, null::text as network
  from disclosure_received where decision_id is null;


-- Lines of declarations. other_at: the time of the reception by the recipient's clock.
create or replace view lines_of_declarations as
  select person_id, recorded_at as at, declaration_id as id, 'declared' as kind, null::text as service_id, null::uuid as consent_id,
         holder, recipient, dataset, null::integer as purpose, null::integer as agreement, legal_basis_id, categories,
         null::text as reason, 1 as times, null::timestamptz as last_at, occurred_at as other_at,
         null::timestamptz as shown_from, null::text as network
  from disclosure_declared;

-- Lines of days on which a holder introspected, and did not ask each time. times: how often nothing followed. Where the holder said why for
-- each, the line is `excused`. other_at: the day.
create or replace view lines_of_inquiries as
  select person_id, recorded_at as at, inquiry_id as id,
         case undecided when 0 then 'excused' else 'inquired' end as kind, null::text as service_id, consent_id,
         holder, recipient, dataset, purpose, agreement, null::text as legal_basis_id, 0::bigint as categories,
         null::text as reason, greatest(undecided, 1) as times, null::timestamptz as last_at,
         quebec_midnight(day) as other_at, null::timestamptz as shown_from, null::text as network
  from inquiry_day;

-- Days on which a holder introspected, as their person reads them.
create or replace view inquiry_history as
  select person_id, inquiry_id, day::text as day, consent_id, holder, recipient, dataset, purpose, agreement, introspected, decided, excused,
         undecided, recorded_at
  from inquiry_day;

-- Closed days on which a holder introspected and did not ask each time, for the figures of a month. A day belongs to its month; one that was
-- closed later than 96 hours after the end of its month belongs to the month in which it was closed, since the other one may be counted by then.
create or replace view inquiries_counted as
  select person_id, recorded_at, holder, undecided, (select coalesce(sum(x.value::bigint), 0) from jsonb_each_text(excused) x)::bigint as excused,
         case when recorded_at < quebec_midnight((date_trunc('month', day) + interval '1 month')::date) + interval '96 hours'
              then quebec_midnight(day) else recorded_at end as at,
         recipient
  from inquiry_day;

-- Counts that no event tells yet: of a day that is not closed.
create or replace view inquiries_open as select person_id, day from inquiry_tally union select person_id, day from inquiry_excuse;

-- The oldest day that has a count which is not closed. A day that is closed leaves none.
create or replace view inquiries_closed as
  select null::date as through, least((select min(t.day) from inquiry_tally t), (select min(e.day) from inquiry_excuse e)) as oldest;

-- Notes that a question of a holder got its permit once more: it has no row of its own, and a decision followed.
create or replace function note_asked_again(
  person uuid, on_day date, holder_no integer, recipient_no integer, dataset_no integer, purpose_no integer, agreement_no integer, consent uuid
) returns void language sql set search_path = pg_catalog, public, pg_temp as $$
  insert into inquiry_tally (person_id, day, holder, recipient, dataset, purpose, agreement, consent_id, introspected, asked_again)
  values (person, on_day, holder_no, recipient_no, dataset_no, purpose_no, agreement_no, consent, 0, 1)
  on conflict on constraint inquiry_tally_once do update set asked_again = inquiry_tally.asked_again + 1
$$;

-- The holder's report for each permit.
create or replace view reports_made as
  select decision_id, disclosure_id, occurred_at, recorded_at, corrected_at, categories_actual, record_count, result, delivery,
         query_id, query_group_id, initiator, late, in_flight, anomaly
  from disclosure;

-- When a recipient reported a reception under a permit.
create or replace view receptions_made as select decision_id, recorded_at from disclosure_received where decision_id is not null;

-- Deletes all reports about these decisions. A reception that came before its permit has a contradiction of its own.
create or replace function erase_disclosures(decisions uuid[]) returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  delete from disclosure_anomaly where decision_id = any(decisions)
    or about in (select received_id from disclosure_received where decision_id = any(decisions));
  delete from disclosure_received where decision_id = any(decisions);
  delete from disclosure where decision_id = any(decisions);
end $$;

-- Deletes the receptions without a permit of these sharings.
create or replace function erase_receptions(person uuid, consents uuid[]) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  received uuid[] := array(
    select received_id from disclosure_received r where r.person_id = person and r.decision_id is null and r.consent_id = any(consents));
begin
  delete from disclosure_anomaly where about = any(received);
  delete from disclosure_received where received_id = any(received);
end $$;

-- Deletes the declarations about a person that were recorded before this instant.
create or replace function erase_declarations(person uuid, before timestamptz) returns void
language sql set search_path = pg_catalog, public, pg_temp as $$
  with gone as (
    delete from disclosure_declared d where d.person_id = person and d.recorded_at < before returning d.declaration_id
  )
  delete from disclosure_anomaly a using gone where a.about = gone.declaration_id
$$;

-- Deletes the days of introspections of a person that were closed before this instant, and what was counted of days before it and that
-- no worker closed.
create or replace function erase_inquiries(person uuid, before timestamptz) returns void
language sql set search_path = pg_catalog, public, pg_temp as $$
  delete from inquiry_tally t where t.person_id = person and t.day < quebec_day(before);
  delete from inquiry_excuse e where e.person_id = person and e.day < quebec_day(before);
  with gone as (
    delete from inquiry_day i where i.person_id = person and i.recorded_at < before returning i.inquiry_id
  )
  delete from disclosure_anomaly a using gone where a.about = gone.inquiry_id
$$;

-- Rows of this room about these people, as the fold compares them with events. An anomaly names its permit, or what was received.
-- In PL/pgSQL, because the view of decisions stands in a later file.
create or replace function rows_of_disclosures(people uuid[]) returns table (person_id uuid, in_table text, content jsonb)
language plpgsql stable set search_path = pg_catalog, public, pg_temp as $$
begin
  return query select d.person_id, 'disclosure', to_jsonb(s)
  from decided d join disclosure s using (decision_id) where d.person_id = any(people)
  union all
  select r.person_id, 'disclosure_received', to_jsonb(r) from disclosure_received r where r.person_id = any(people)
  union all
  select d.person_id, 'disclosure_anomaly', to_jsonb(a)
  from decided d join disclosure_anomaly a on a.about = d.decision_id where d.person_id = any(people)
  union all
  select r.person_id, 'disclosure_anomaly', to_jsonb(a)
  from disclosure_received r join disclosure_anomaly a on a.about = r.received_id where r.person_id = any(people)
  union all
  select c.person_id, 'disclosure_declared', to_jsonb(c) from disclosure_declared c where c.person_id = any(people)
  union all
  select c.person_id, 'disclosure_anomaly', to_jsonb(a)
  from disclosure_declared c join disclosure_anomaly a on a.about = c.declaration_id where c.person_id = any(people)
  union all
  select i.person_id, 'inquiry_day', to_jsonb(i) from inquiry_day i where i.person_id = any(people)
  union all
  select i.person_id, 'disclosure_anomaly', to_jsonb(a)
  from inquiry_day i join disclosure_anomaly a on a.about = i.inquiry_id where i.person_id = any(people);
end $$;

-- Rows that are about no decision and no reception that is there, up to a number: no person leads the fold to them.
create or replace function strays_of_disclosures(most integer) returns table (in_table text, about uuid)
language plpgsql stable set search_path = pg_catalog, public, pg_temp as $$
begin
  return query select s.in_table, s.about from (
    select 'disclosure_anomaly' as in_table, a.about from disclosure_anomaly a
    where not exists (select 1 from disclosure_received r where r.received_id = a.about)
      and not exists (select 1 from disclosure_declared c where c.declaration_id = a.about)
      and not exists (select 1 from inquiry_day i where i.inquiry_id = a.about)
    union all select 'disclosure', d.decision_id from disclosure d
    union all select 'disclosure_received', r.decision_id from disclosure_received r where r.decision_id is not null
  ) s where not exists (select 1 from decided c where c.decision_id = s.about) order by s.about limit most;
end $$;
