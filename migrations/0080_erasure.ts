import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- That content was erased: what, by which rule, and the certificate of it. Names nothing of what it was (decision 0044).
    create table erasure (
      erasure_id uuid primary key,
      person_id uuid not null,
      -- The 'content.erased' event in her chain.
      event_id uuid not null unique,
      person_seq integer not null,
      rule text not null check (rule in ('retention', 'order')),
      -- The years whose data keys were destroyed, and the entries of hers that were sealed under them; null: rows alone went.
      from_year smallint,
      through_year smallint check (through_year >= from_year),
      from_seq integer,
      through_seq integer check (through_seq >= from_seq),
      -- What had ended before this.
      before timestamptz not null,
      erased_at timestamptz not null,
      certificate text not null,
      check (num_nulls(from_year, through_year, from_seq, through_seq) in (0, 4))
    );
    create index erasure_of_person on erasure (person_id, erasure_id);
    create trigger erasure_is_immutable before update or truncate on erasure
      for each statement execute function refuse_change();

    -- How far the walk over all people has come; it begins anew at the end.
    create table erasure_mark (one boolean primary key default true check (one), reached uuid not null);
    insert into erasure_mark values (true, '00000000-0000-0000-0000-000000000000');

    -- An erasure that its person's chain tells: a key may have been destroyed by it.
    create view told_erasures as
      select x.event_id, x.person_id, e.recorded_at from erasure x
      join ledger_event e on e.person_id = x.person_id and e.person_seq = x.person_seq
      where e.event_id = x.event_id and e.kind = 'content.erased';

    -- Each person who has a chain, with the oldest of her years that opens still.
    create view oldest_open_years as
      select h.person_id,
        (select min(d.year) from dek d where d.person_id = h.person_id and d.wrapped_key is not null) as year
      from person_head h where not h.delayed;

    -- Her years that open still and hold more than that something was erased, with the entries of each.
    create view open_years as
      select d.person_id, d.year, e.from_seq, e.through_seq
      from dek d cross join lateral (
        select min(person_seq) as from_seq, max(person_seq) as through_seq, bool_or(kind <> 'content.erased') as holds
        from ledger_event e where e.person_id = d.person_id and e.dek_year = d.year) e
      where d.wrapped_key is not null and e.holds;

    -- A sharing with all its versions, from the question on. over_at null: it is not over, or a question about it waits.
    create view sharing_spans as
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

    -- What the law permitted, and when the last was said of it: by then its person has seen it, too.
    create view lawful_ends as
      select d.person_id, d.decision_id, greatest(d.last_at, d.visible_from,
        (select greatest(s.recorded_at, s.corrected_at) from disclosure s where s.decision_id = d.decision_id),
        (select max(r.recorded_at) from disclosure_received r where r.decision_id = d.decision_id),
        (select coalesce(q.answered_at, 'infinity') from dispute q where q.decision_id = d.decision_id),
        (select h.updated_at from person_head h where h.person_id = d.decision_id and h.delayed)) as over_at
      from decision d where d.outcome = 'permit' and d.consent_id is null;

    -- A question that was never answered.
    create view unanswered_ends as
      select q.person_id, i.request_id, i.item_no, greatest(q.created_at, q.expires_at) as over_at
      from consent_request q join consent_request_item i using (request_id)
      where not exists (select 1 from consent_record r where r.consent_id = i.consent_id);

    -- What belongs to no sharing.
    create view loose_ends as
      select person_id, over_at from lawful_ends
      union all select person_id, over_at from unanswered_ends
      union all select person_id, shown_at from notice_shown;

    -- Where the order of foreign keys asks who points at a row that goes.
    create index receipt_by_consent on receipt (consent_id);
    create index consent_current_by_consent on consent_current (consent_id);
    create index consent_record_by_request on consent_record (request_id);
    create index consent_record_superseding on consent_record (supersedes_consent_id) where supersedes_consent_id is not null;
    create index presentation_changing on presentation (changes) where changes is not null;
    create index presentation_by_page on presentation (rendered_sha256);
    create index notice_shown_by_page on notice_shown (rendered_sha256);
    create index answer_draft_by_presentation on answer_draft (presentation_id) where presentation_id is not null;
    create index disclosure_anomaly_by_decision on disclosure_anomaly (decision_id) where decision_id is not null;
    create index disclosure_received_by_consent on disclosure_received (consent_id) where consent_id is not null;

    -- Destroys the data keys of a chain up to a year. The rows stay, and say by which event.
    create function destroy_keys(chain uuid, through smallint, event uuid, moment timestamptz) returns void language sql as $$
      update dek set wrapped_key = null, destroyed_at = moment, destroy_event_id = event
      where person_id = chain and year <= through and wrapped_key is not null
    $$;

    -- Deletes permits and refusals of these sharings, and what the law permitted that was over by then; with all that was
    -- said of them, and the keys of chains of their own. At most so many. @returns how many
    create function erase_decisions(
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
    create function erase_sharings(person uuid, consents uuid[], before timestamptz) returns void language plpgsql as $$
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
    create function delete_empty_person(person uuid) returns boolean language plpgsql as $$
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

    -- Refusals to a body are kept as long as activity; a question about one keeps it.
    create index decision_denied on decision (decision_id) where outcome = 'deny';
    create function sweep_denies(before timestamptz, before_id uuid, most integer) returns integer language plpgsql as $$
    declare
      swept integer;
    begin
      delete from decision where decision_id in (
        select d.decision_id from decision d
        where d.outcome = 'deny' and d.decision_id < before_id and greatest(d.last_at, d.visible_from) < before
          and not exists (select 1 from dispute q where q.decision_id = d.decision_id)
        order by d.decision_id limit most);
      get diagnostics swept = row_count;
      return swept;
    end $$;
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
