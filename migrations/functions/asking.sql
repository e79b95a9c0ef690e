-- For the room record: the pages on which consents were given, and which consent narrows which.
create or replace view presented_words as select presentation_id, text, lang, rendered_sha256 from presentation;

create or replace view narrowings as select narrows, consent_id from consent_request_item where narrows is not null;

-- Answers to a question that would change an existing consent.
create or replace view changes_asked as select consent_id from consent_request_item where amends is not null;

-- All questions to a person and all pages that she was shown, for « Prendre mes données » (decision 0018).
create or replace view request_history as
  select r.person_id, r.request_id, i.item_no, r.client_id, r.recipient, r.created_at, r.expires_at, i.consent_id,
         i.agreement, i.purpose, i.dataset, i.text, i.categories_required, i.categories_optional, i.valid_until,
         i.valid_until_local, i.max_uses, i.frequency_count, i.frequency_per, i.lookback_from, i.lookback_to, i.state,
         i.amends
  from consent_request r join consent_request_item i using (request_id);

create or replace view presentation_history as
  select r.person_id, p.presentation_id, p.request_id, p.item_no, p.text, p.lang, p.canonical_sha256, p.rendered_sha256,
         p.grant_label, p.refuse_label, p.order_of_items, p.optional_prechecked, p.shown_at, p.channel,
         p.assistance_offered, p.assistance_used, h.html, p.changes
  from consent_request r
  join presentation p using (request_id)
  join rendered_page h on h.sha256 = p.rendered_sha256;

-- Lines of questions by a service; a narrowing is the person's own act and not among them. other_at: when the question expires. `offset 0`:
-- the items of one person's requests, never everybody's.
create or replace view lines_of_requests as
  select r.person_id, r.created_at as at, i.consent_id as id, i.state as kind, r.client_id as service_id, i.consent_id,
         null::integer as holder, r.recipient, i.dataset, i.purpose, i.agreement, null::text as legal_basis_id,
         i.categories_required | i.categories_optional as categories, null::text as reason, 1 as times,
         null::timestamptz as last_at, r.expires_at as other_at, null::timestamptz as shown_from, null::text as network
  from consent_request r cross join lateral (select * from consent_request_item o where o.request_id = r.request_id offset 0) i
  where i.narrows is null;

-- Lines of pages that told a person of a sharing which the law allows.
create or replace view lines_of_notices as
  select person_id, shown_at as at, notice_id as id, 'notice.shown' as kind, null::text as service_id, null::uuid as consent_id,
         null::integer as holder, null::integer as recipient, dataset, purpose, agreement, null::text as legal_basis_id,
         categories, null::text as reason, 1 as times,
         null::timestamptz as last_at, null::timestamptz as other_at, null::timestamptz as shown_from, null::text as network
  from notice_shown;


-- Pages that showed an existing consent for comparison, and that consent.
create or replace view pages_of_changes as select presentation_id, changes from presentation where changes is not null;

-- Called before consent records are erased. Finds the questions of a person that must be erased with them (her narrowings of them,
-- questions of a service that would change them, and the others that are given), and removes the references from these questions to
-- the records. @returns the questions' consent ids
create or replace function release_questions(person uuid, consents uuid[], others uuid[]) returns uuid[]
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  asked uuid[] := array(
    select i.consent_id from consent_request q join consent_request_item i using (request_id)
    where q.person_id = person and (i.consent_id = any(consents) or i.narrows = any(consents) or i.consent_id = any(others)
      or exists (select 1 from presentation p where p.request_id = i.request_id and p.item_no = i.item_no and p.changes = any(consents) offset 0)));
begin
  update presentation p set changes = null from consent_request_item i
  where i.consent_id = any(asked) and p.request_id = i.request_id and p.item_no = i.item_no and p.changes is not null;
  update consent_request_item i set narrows = null where i.consent_id = any(asked) and i.narrows is not null;
  return asked;
end $$;

-- Deletes these questions with the pages on which they were shown, and the notices that the person was shown before the given time.
create or replace function erase_questions(person uuid, asked uuid[], before timestamptz) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  pages bytea[] := array(
    select p.rendered_sha256 from presentation p join consent_request_item i using (request_id, item_no) where i.consent_id = any(asked)
    union select rendered_sha256 from notice_shown where person_id = person and shown_at < before);
begin
  delete from answer_draft d using consent_request_item i
  where i.consent_id = any(asked) and d.request_id = i.request_id and d.item_no = i.item_no;
  delete from presentation p using consent_request_item i
  where i.consent_id = any(asked) and p.request_id = i.request_id and p.item_no = i.item_no;
  delete from consent_request_item where consent_id = any(asked);
  delete from consent_request q where q.person_id = person
    and not exists (select 1 from consent_request_item i where i.request_id = q.request_id);
  delete from notice_shown where person_id = person and shown_at < before;
  -- A page is stored once for everyone who was shown the same page.
  delete from rendered_page g where g.sha256 = any(pages)
    and not exists (select 1 from presentation p where p.rendered_sha256 = g.sha256)
    and not exists (select 1 from notice_shown n where n.rendered_sha256 = g.sha256);
end $$;

-- Rows of this room about these people, as the fold compares them with events. A page is kept if its words have its hash.
create or replace function rows_of_asking(people uuid[]) returns table (person_id uuid, in_table text, content jsonb)
language sql stable begin atomic
  select r.person_id, 'consent_request', to_jsonb(r) from consent_request r where r.person_id = any(people)
  union all
  select r.person_id, 'consent_request_item', to_jsonb(i) || jsonb_build_object('asked_at', r.created_at)
  from consent_request r cross join lateral (select * from consent_request_item o where o.request_id = r.request_id offset 0) i
  where r.person_id = any(people)
  union all
  select r.person_id, 'presentation', to_jsonb(p) || jsonb_build_object('is_page_kept', exists (
    select 1 from rendered_page g where g.sha256 = p.rendered_sha256 and g.sha256 = sha256(convert_to(g.html, 'UTF8')) offset 0))
  from consent_request r join presentation p using (request_id) where r.person_id = any(people)
  union all
  select n.person_id, 'notice_shown', to_jsonb(n) || jsonb_build_object('is_page_kept', exists (
    select 1 from rendered_page g where g.sha256 = n.rendered_sha256 and g.sha256 = sha256(convert_to(g.html, 'UTF8')) offset 0))
  from notice_shown n where n.person_id = any(people)
  union all
  select s.person_id, 'silenced_question', to_jsonb(s) from silenced_question s where s.person_id = any(people);
end;

-- Questions that a body asked again after a no: a row an item of a visit.
create or replace view questions_again as select visit, recipient, asked_at from asked_again;
