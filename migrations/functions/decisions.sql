-- Writes several denies, in the order of their locks, or counts each in an equal deny of the same day in Québec. An advisory lock
-- makes two equal denies at once one row. `outcome || ''` is for the planner: while its statistics know of no deny, the index of all
-- denies looks shorter than that of the person's decisions, and each deny would read all others. The rows of a day that is over never change: their hash is in the person's chain. A deny that would betray a delayed permit is itself shown later.
-- @returns the id of each deny's row, in the given order
create or replace function record_denies(denies json) returns uuid[] language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  entry record;
  known uuid;
  ids uuid[] := array_fill(null::uuid, array[json_array_length(denies)]);
begin
  for entry in
    select d.*, hashtextextended(concat_ws(' ', person, holder, recipient, dataset, purpose, reason), 0) as lock
    from rows from (json_to_recordset(denies) as (
      deny uuid, moment timestamptz, person uuid, consent uuid, holder integer, recipient integer, dataset integer,
      purpose integer, asked bigint, reason text, policy smallint, query text, basis text, visible timestamptz
    )) with ordinality d(deny, moment, person, consent, holder, recipient, dataset, purpose, asked, reason, policy, query, basis,
      visible, n)
    order by lock, n
  loop
    perform pg_advisory_xact_lock(entry.lock);
    update decision d set times = d.times + 1, last_at = greatest(d.last_at, entry.moment), asked = d.asked | entry.asked,
      legal_basis_id = coalesce(entry.basis, d.legal_basis_id), visible_from = greatest(d.visible_from, entry.visible)
    where d.decision_id = (
      select e.decision_id from decision e
      where e.person_id = entry.person and e.outcome || '' = 'deny'
        and e.evaluated_at >= quebec_midnight(quebec_day(entry.moment))
        and e.evaluated_at < quebec_midnight(quebec_day(entry.moment) + 1)
        and e.reason_code = entry.reason and e.holder = entry.holder and e.recipient is not distinct from entry.recipient
        and e.dataset = entry.dataset and e.purpose is not distinct from entry.purpose
        and e.consent_id is not distinct from entry.consent
      order by e.evaluated_at desc limit 1)
    returning d.decision_id into known;
    if known is null then
      insert into decision (decision_id, evaluated_at, person_id, consent_id, holder, recipient, dataset, purpose, legal_basis_id,
        asked, permitted, outcome, reason_code, policy_version, query_id, last_at, visible_from)
      values (entry.deny, entry.moment, entry.person, entry.consent, entry.holder, entry.recipient, entry.dataset, entry.purpose,
        entry.basis, entry.asked, 0, 'deny', entry.reason, entry.policy, entry.query, entry.moment, entry.visible);
    end if;
    ids[entry.n] := coalesce(known, entry.deny);
  end loop;
  return ids;
end $$;

-- Refuses to change a deny of a day that is over, and to add one. A statement that began before midnight has ten minutes to end; the
-- day is closed later than that (src/consent/decisions/close-days.ts).
create or replace function refuse_past_deny() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if quebec_day(case tg_op when 'INSERT' then new.evaluated_at else least(old.evaluated_at, new.evaluated_at) end)
    < quebec_day(now() + clock_offset() - interval '10 minutes')
  then
    raise exception 'a deny of a day that is over never changes, and none is added';
  end if;
  return new;
end $$;
create or replace trigger decision_past_deny_is_immutable before update on decision
  for each row when (old.outcome = 'deny' or new.outcome = 'deny') execute function refuse_past_deny();
create or replace trigger decision_no_past_deny before insert on decision
  for each row when (new.outcome = 'deny') execute function refuse_past_deny();

-- Writes permits of several people in one transaction, each permit completely or not at all. A permit by law uses no consent, may be
-- the first event of its person, and may be delayed, with a chain of its own. @returns for each permit, in the given order: 'written';
-- 'lost' when the person's head or the register has changed, another transaction holds the head, or the database was found older than
-- what was signed; 'reused' when the request already has another permit.
create or replace function write_permits(permits json) returns text[] language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  permit new_permit[] := array(select p from json_populate_recordset(null::new_permit, permits) p);
  held integer[];
  mine integer[];
begin
  perform open_heads(
    array_agg((p.event).chain order by (p.event).chain), array_agg((p.event).visible is not null order by (p.event).chain))
  from unnest(permit) p where (p.event).seq = 1 having count(*) > 0;

  held := array(
    select p.n
    from lock_free_heads(array(select (e.event).chain from unnest(permit) e)) h
    join unnest(permit) with ordinality p(epoch, request, content, decision, event, used, n)
      on (p.event).chain = h.person_id and (p.event).seq = h.next_seq
    where p.epoch = (select r.epoch from register_epoch r) and not (select s.is_restored from log_standing s)
    order by p.n);

  with claimed as (
    insert into decision_key (request_key, decision_id, content_sha256, at)
    select p.request, (p.decision).decision_id, p.content, (p.decision).evaluated_at
    from unnest(held) i, lateral (select (permit[i]).*) p order by p.request
    on conflict do nothing returning decision_id
  )
  select array(
    select i from unnest(held) i where ((permit[i]).decision).decision_id in (select decision_id from claimed) order by i)
  into mine;

  if cardinality(mine) > 0 then
    perform use_consents(array(select (permit[i]).used from unnest(mine) i where (permit[i]).used is not null));
    insert into decision select (p.row).* from (select (permit[i]).decision as row from unnest(mine) i offset 0) p;
    perform append_all_to_ledger(array(select (permit[i]).event from unnest(mine) i order by i));
  end if;

  return array(
    select case when i = any(mine) then 'written' when i = any(held) then 'reused' else 'lost' end
    from generate_subscripts(permit, 1) i order by i);
end $$;

-- Of one person's decisions the planner may see no more than their person: `outcome || ''`, because otherwise it may take an index of the
-- permits of a body, or of all denies, which it believes short where its statistics know of none.

-- All permits, the delayed ones that their person cannot see yet included.
create or replace view permits as select decision_id, person_id, status, visible_from from decision where outcome = 'permit';

-- The permits of the bodies, those that their person sees later among them: both bodies know them.
create or replace view permits_of_bodies as
  select decision_id, person_id, consent_id, holder, recipient, dataset, purpose, agreement, legal_basis_id, permitted, evaluated_at,
         valid_until, status, query_id, period_from::text as period_from, period_to::text as period_to
  from decision where outcome = 'permit';

-- All decisions, permits and denies, visible to their person or not, for rooms that only ask whether there is one.
create or replace view decided as select person_id, decision_id, consent_id from decision;

-- All decisions about one person, visible to her or not, for whoever asks how many followed an introspection.
create or replace view decisions_about as
  select person_id, evaluated_at, holder, recipient, dataset, purpose, times, outcome || '' as outcome from decision;

-- Permits by law, with the later of their last use and the time from which their person sees them.
create or replace view lawful_permits as
  select person_id, decision_id, greatest(last_at, visible_from) as last_at from decision where outcome || '' = 'permit' and consent_id is null;

-- The person of each chain that she sees later: of a delayed permit, or of the delayed denies of a day.
create or replace view delayed_chains as
  select person_id, decision_id as chain_id, evaluated_at, visible_from from decision where visible_from is not null and outcome || '' = 'permit'
  union all
  select person_id, event_id, quebec_midnight(day), visible_from from refused_day where visible_from is not null;

-- Permits whose use may still be given back.
create or replace view permits_unreported as
  select person_id, consent_id from decision where outcome || '' = 'permit' and status not in ('recorded', 'nil', 'disputed');

-- Whether a use by law may be given back; such uses are counted by their permits (decision 0058). These permits are never delayed,
-- because the register refuses a limit together with a delay. They are therefore in the person's own chain, under her lock.
create or replace function may_return_lawful_use(
  person uuid, recipient_no integer, purpose_no integer, since timestamptz, most_since integer, most integer
) returns boolean language sql stable begin atomic
  select (most is null or count(*) < most)
    and (most_since is null or count(*) filter (where d.evaluated_at >= since) < most_since)
  from decision d
  where d.person_id = person and d.outcome || '' = 'permit' and d.consent_id is null and d.recipient = recipient_no
    and d.purpose = purpose_no and d.status = 'nil'
    and exists (select 1 from uses_returned u where u.decision_id = d.decision_id and u.use_returned);
end;

-- All that a person is shown of decisions is read from this view, which leaves out what she must not see yet.
create or replace view decision_history as
  select d.person_id, d.decision_id, d.evaluated_at, d.consent_id, d.holder, d.recipient, d.dataset, d.purpose,
         d.agreement, d.legal_basis_id, d.asked, d.permitted, d.outcome || '' as outcome, d.reason_code, d.valid_until, d.status,
         d.query_id, d.times, d.last_at,
         s.disclosure_id, s.occurred_at, s.recorded_at, s.categories_actual, s.record_count, s.result, s.delivery,
         s.query_id as reported_query_id, s.query_group_id, s.initiator, s.late, s.in_flight, s.anomaly,
         d.visible_from, d.period_from::text as period_from, d.period_to::text as period_to
  from decision d left join reports_made s using (decision_id)
  where d.visible_from is null or d.visible_from <= now() + clock_offset();

-- Lines of permits, with their reports, and of denies. other_at: when the information was sent.
create or replace view lines_of_decisions as
  select person_id, evaluated_at as at, decision_id as id, coalesce(status, 'refused') as kind, null::text as service_id,
         consent_id, holder, recipient, dataset, purpose, agreement, legal_basis_id,
         coalesce(nullif(categories_actual, 0), nullif(permitted, 0), asked) as categories,
         case outcome when 'deny' then reason_code end as reason, times, last_at, occurred_at as other_at,
         visible_from as shown_from, null::text as network
  from decision_history;

-- Deletes old denies, which are kept as long as activity. A person's question about a deny keeps it.
create or replace function sweep_denies(before timestamptz, before_id uuid, most integer) returns integer
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  swept integer;
begin
  delete from decision where decision_id in (
    select d.decision_id from decision d
    where d.outcome = 'deny' and d.decision_id < before_id and greatest(d.last_at, d.visible_from) < before
      and not exists (select 1 from questions_asked q where q.decision_id = d.decision_id)
    order by d.decision_id limit most);
  get diagnostics swept = row_count;
  return swept;
end $$;

-- Deletes these decisions. The caller has deleted the reports and questions about them.
create or replace function erase_decisions(decisions uuid[]) returns void language sql set search_path = pg_catalog, public, pg_temp as $$
  delete from decision where decision_id = any(decisions)
$$;

-- Deletes the closings of a person's days before this day. @returns the events that have a chain of their own
create or replace function erase_refused_days(person uuid, before date) returns uuid[]
language sql set search_path = pg_catalog, public, pg_temp as $$
  with gone as (
    delete from refused_day where person_id = person and day < before returning event_id, visible_from
  )
  select coalesce(array_agg(event_id) filter (where visible_from is not null), '{}') from gone
$$;

-- Through which day refusals are closed for everybody, and the oldest day that has one.
create or replace view refusals_closed as
  select (select m.day from refused_mark m) as through,
    (select quebec_day(d.evaluated_at) from decision d where d.outcome = 'deny' order by d.decision_id limit 1) as oldest;

-- Through which day the log tells that all is closed, and a day that is closed and that it should tell of.
create or replace view days_told as
  select (select max(t.through) from closings_told t where t.is_placed) as through, (select m.day from refused_mark m) as oldest;

-- Rows of this room about these people, as the fold compares them with events. A day is closed in the night after it. is_due: by the clock
-- it should be closed; is_closed: it is, as the log tells, or it should be, and the mark says that it is.
create or replace function rows_of_decisions(people uuid[]) returns table (person_id uuid, in_table text, content jsonb)
language sql stable begin atomic
  select d.person_id, 'decision', case d.outcome when 'permit' then to_jsonb(d)
    else to_jsonb(d) || jsonb_build_object(
      'is_due', quebec_day(d.evaluated_at) <= days.due, 'is_closed',
        quebec_day(d.evaluated_at) <= least(days.due, days.closed) or quebec_day(d.evaluated_at)::text <= days.told) end
  from decision d, (
    select quebec_day(now() + clock_offset()) - 2 as due, coalesce((select m.day from refused_mark m), '-infinity') as closed,
      (select t.through from days_told t) as told) days
  where d.person_id = any(people)
  union all
  select r.person_id, 'refused_day', to_jsonb(r) from refused_day r where r.person_id = any(people);
end;

-- Permits and denies, visible to their person or not, for counts: whoever counts shows nobody.
create or replace view decisions_counted as
  select decision_id, person_id, evaluated_at, agreement, holder, recipient, purpose, legal_basis_id, outcome, reason_code, times,
         visible_from is not null as is_later
  from decision;

-- Disclosures that were refused, for the audit export (see audited_deeds). An equal refusal of the same day counts in the row of the first.
-- @param first,last the ids of decisions that are possible at the first and at the last instant
create or replace function audited_denies(since timestamptz, before timestamptz, first uuid, last uuid) returns table (
  at timestamptz, source text, id text, action text, outcome text, reason text, person_id uuid, service_id text, org_id text, more jsonb
) language sql stable begin atomic
  select d.evaluated_at, 'decision', d.decision_id::text, 'disclosure-denied', 'failure', d.reason_code, d.person_id, null, h.id,
    jsonb_build_object('recipient', r.id, 'purpose', p.id, 'agreement', a.id)
  from decision d
  left join register_ids h on h.object_no = d.holder
  left join register_ids r on r.object_no = d.recipient
  left join register_ids p on p.object_no = d.purpose
  left join register_ids a on a.object_no = d.agreement
  where d.outcome = 'deny' and d.decision_id >= first and d.decision_id < last and d.evaluated_at >= since and d.evaluated_at < before;
end;
