-- What happened between two midnights in Québec, a row each, with who it happened to: a person, or of questions asked again a visit.
-- Ids of decisions are in the order of their time, so that a month is a range.
-- @param first,last the ids of decisions that are possible at the first and at the last instant
create or replace function happenings(from_month date, before_month date, first uuid, last uuid)
returns table (
  at timestamptz, outcome text, agreement text, holder text, recipient text, purpose text, basis text, detail text, times bigint, who text
) language sql stable begin atomic
  with span as (
    select quebec_midnight(from_month) as since, quebec_midnight(before_month) as before
  ), happened as (
    select d.evaluated_at as at,
      case when d.outcome = 'deny' then 'denied' when d.is_later then 'permitted-later' else 'permitted' end as outcome,
      d.agreement, d.holder, d.recipient, d.purpose, case d.outcome when 'permit' then d.legal_basis_id end as basis,
      case d.outcome when 'deny' then d.reason_code end as detail, d.times::bigint as times, d.person_id::text as who
    from decisions_counted d where d.decision_id >= first and d.decision_id < last
    union all
    select r.created_at, case r.state when 'refused' then 'refused' else 'granted' end,
      r.agreement, r.holder, r.recipient, r.purpose, r.legal_basis_id, null, 1, r.person_id::text
    from answers_counted r
    union all
    select e.state_at, case e.state when 'revoked' then 'stopped' else 'expired' end,
      e.agreement, e.holder, e.recipient, e.purpose, e.legal_basis_id, null, 1, e.person_id::text
    from consents_ended e
    union all
    select s.confirmed_at, 'confirmed', e.agreement, e.holder, e.recipient, e.purpose, e.legal_basis_id,
      ceil(extract(epoch from s.confirmed_at - s.stopped_at) / 3600)::integer::text, 1, e.person_id::text
    from stops_confirmed s join consents_ended e using (consent_id)
    union all
    select i.at, k.outcome, null, i.holder, i.recipient, null, null, null, k.times, i.person_id::text
    from span s join inquiries_counted i on i.recorded_at >= s.since and i.recorded_at < s.before + interval '96 hours'
    cross join lateral (values ('inquired', i.undecided::bigint), ('inquired-excused', i.excused)) k(outcome, times)
    where k.times > 0
    union all
    select a.asked_at, 'asked-again', null, null, a.recipient, null, null, null, 1, encode(a.visit, 'hex')
    from questions_again a
  )
  select h.at, h.outcome, a.id, o.id, r.id, p.id, h.basis, h.detail, h.times, h.who
  from span, happened h
  left join register_ids a on a.object_no = h.agreement
  left join register_ids o on o.object_no = h.holder
  left join register_ids r on r.object_no = h.recipient
  left join register_ids p on p.object_no = h.purpose
  where h.at >= span.since and h.at < span.before;
end;

-- The same, counted month by month and by all that is said of it.
create or replace function count_months(from_month date, before_month date, first uuid, last uuid)
returns table (
  month date, outcome text, agreement text, holder text, recipient text, purpose text, basis text, detail text, times bigint, people integer
) language sql stable begin atomic
  select date_trunc('month', quebec_day(h.at))::date, h.outcome, h.agreement, h.holder, h.recipient, h.purpose, h.basis, h.detail,
    sum(h.times)::bigint, count(distinct h.who)::integer
  from happenings(from_month, before_month, first, last) h
  group by 1, 2, 3, 4, 5, 6, 7, 8;
end;

-- Several counts taken together: each person once, though she is in several of them. @param cells the counts, each with the number of
-- the groups that it belongs to
create or replace function count_together(from_month date, before_month date, first uuid, last uuid, cells json)
returns table (group_no integer, times bigint, people integer) language sql stable begin atomic
  with cell as (
    select n, jsonb_build_array(outcome, agreement, holder, recipient, purpose, basis, detail)::text as key
    from json_to_recordset(cells) c(n integer, outcome text, agreement text, holder text, recipient text, purpose text, basis text, detail text)
  ), happened as (
    select jsonb_build_array(h.outcome, h.agreement, h.holder, h.recipient, h.purpose, h.basis, h.detail)::text as key, h.times, h.who
    from happenings(from_month, before_month, first, last) h
  )
  select c.n, sum(h.times)::bigint, count(distinct h.who)::integer
  from happened h join cell c using (key) group by c.n;
end;
