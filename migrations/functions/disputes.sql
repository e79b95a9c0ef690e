-- A person's questions about lines, and when each was answered.
create or replace view questions_asked as select person_id, decision_id, consent_id, answered_at from dispute;

-- Deletes the questions about these decisions.
create or replace function erase_disputes(decisions uuid[]) returns void language sql set search_path = pg_catalog, public, pg_temp as $$
  delete from dispute where decision_id = any(decisions)
$$;

-- Rows of this room about these people, as the fold compares them with events, which name the sealed texts by their hashes.
create or replace function rows_of_disputes(people uuid[]) returns table (person_id uuid, in_table text, content jsonb)
language sql stable begin atomic
  select d.person_id, 'dispute', to_jsonb(d) - 'body' - 'answer_body'
    || jsonb_build_object('body_sha256', sha256(d.body), 'answer_body_sha256', sha256(d.answer_body))
  from dispute d where d.person_id = any(people);
end;
