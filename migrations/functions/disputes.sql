-- A person's questions about lines, and when each was answered.
create or replace view questions_asked as select person_id, decision_id, consent_id, answered_at from dispute;

-- Deletes the questions about these decisions.
create or replace function erase_disputes(decisions uuid[]) returns void language sql as $$
  delete from dispute where decision_id = any(decisions)
$$;
