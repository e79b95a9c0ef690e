-- An erasure that its person's chain tells: a key may have been destroyed by it.
create or replace view told_erasures as
  select x.event_id, x.person_id, e.recorded_at from erasure x
  join ledger_event e on e.person_id = x.person_id and e.person_seq = x.person_seq
  where e.event_id = x.event_id and e.kind = 'content.erased';

-- A sharing with all its versions, from the question on. over_at null: it is not over, or a question about it waits.
create or replace view sharing_spans as
  select c.person_id, c.arrangement_id, array_agg(c.consent_id) as consent_ids, min(q.created_at) as began_at,
    case when bool_and(c.state in ('refused', 'revoked', 'expired', 'superseded', 'void')) and not bool_or(d.waits)
      then greatest(max(c.state_at), max(d.last_at)) end as over_at
  from consent_current c
  join consent_record r using (consent_id)
  join consent_request q using (request_id)
  cross join lateral (
    select coalesce(bool_or(answered_at is null), false) as waits, max(answered_at) as last_at
    from dispute d where d.person_id = c.person_id and d.consent_id = c.consent_id) d
  group by c.person_id, c.arrangement_id;

-- What belongs to no sharing.
create or replace view loose_ends as
  select person_id, over_at from lawful_ends
  union all select person_id, over_at from unanswered_ends
  union all select person_id, shown_at from notice_shown;

-- Deletes permits and refusals of these sharings, and what the law permitted that was over by then; with all that was
-- said of them, and the keys of chains of their own. At most so many. @returns how many
create or replace function erase_decisions(
  person uuid, consents uuid[], before timestamptz, event uuid, moment timestamptz, most integer
) returns integer language plpgsql as $$
declare
  gone uuid[] := array(
    select decision_id from (
      (select d.decision_id from decision d where d.person_id = person and d.consent_id = any(consents) limit most)
      union all
      (select l.decision_id from lawful_ends l where l.person_id = person and l.over_at < before limit most)) g
    limit most);
begin
  perform destroy_keys(h.person_id, 32767::smallint, event, moment) from person_head h where h.person_id = any(gone) and h.delayed;
  delete from dispute where decision_id = any(gone);
  delete from disclosure_anomaly where decision_id = any(gone);
  delete from disclosure_received where decision_id = any(gone);
  delete from disclosure where decision_id = any(gone);
  delete from decision where decision_id = any(gone);
  return cardinality(gone);
end $$;

-- Deletes these sharings, with what was asked, shown, answered and given about them, and what belongs to no sharing and was
-- over by then. Their decisions went before.
create or replace function erase_sharings(person uuid, consents uuid[], before timestamptz) returns void language plpgsql as $$
declare
  asked uuid[];
  pages bytea[];
  received uuid[];
begin
  -- A refused change goes with what it would have changed: its page names that record.
  consents := consents || array(
    select r.consent_id from presentation p join consent_record r using (presentation_id)
    where p.changes = any(consents) and r.person_id = person and not r.consent_id = any(consents));
  received := array(
    select received_id from disclosure_received r where r.person_id = person and r.decision_id is null and r.consent_id = any(consents));
  delete from disclosure_anomaly where about = any(received);
  delete from disclosure_received where received_id = any(received);
  delete from receipt where consent_id = any(consents);
  delete from revocation_delivery where consent_id = any(consents);
  delete from consent_current where person_id = person and consent_id = any(consents);

  asked := array(
    select i.consent_id from consent_request q join consent_request_item i using (request_id)
    where q.person_id = person and (i.consent_id = any(consents) or i.narrows = any(consents)
      or exists (select 1 from presentation p where p.request_id = i.request_id and p.item_no = i.item_no and p.changes = any(consents))
      or exists (select 1 from unanswered_ends u where u.request_id = i.request_id and u.item_no = i.item_no and u.over_at < before)));
  pages := array(
    select p.rendered_sha256 from presentation p join consent_request_item i using (request_id, item_no) where i.consent_id = any(asked)
    union select rendered_sha256 from notice_shown where person_id = person and shown_at < before);
  delete from answer_draft d using consent_request_item i
  where i.consent_id = any(asked) and d.request_id = i.request_id and d.item_no = i.item_no;
  -- Records, questions and pages name each other: in one statement, whose references are looked at when it is over.
  with records as (delete from consent_record where consent_id = any(consents)),
    shown as (
      delete from presentation p using consent_request_item i
      where i.consent_id = any(asked) and p.request_id = i.request_id and p.item_no = i.item_no)
  delete from consent_request_item where consent_id = any(asked);
  delete from consent_request q where q.person_id = person
    and not exists (select 1 from consent_request_item i where i.request_id = q.request_id);
  delete from notice_shown where person_id = person and shown_at < before;
  -- The words as shown are kept once for all who were shown the same.
  delete from rendered_page g where g.sha256 = any(pages)
    and not exists (select 1 from presentation p where p.rendered_sha256 = g.sha256)
    and not exists (select 1 from notice_shown n where n.rendered_sha256 = g.sha256);
end $$;

-- The random number of a person whose account is gone, where nothing was ever written about her that is kept.
create or replace function delete_empty_person(person uuid) returns boolean language plpgsql as $$
begin
  delete from person_head h where h.person_id = person and h.next_seq = 1;
  delete from persons p where p.person_id = person
    and not exists (select 1 from accounts a where a.person_id = person)
    and not exists (select 1 from person_head h where h.person_id = person)
    and not exists (select 1 from decision d where d.person_id = person)
    and not exists (select 1 from consent_request q where q.person_id = person)
    and not exists (select 1 from notice_shown n where n.person_id = person);
  return found;
end $$;

create or replace trigger erasure_is_immutable before update or truncate on erasure
  for each statement execute function refuse_change();
