-- Rows of this room about these people, as the fold compares them with events.
create or replace function rows_of_matching(people uuid[]) returns table (person_id uuid, in_table text, content jsonb) language sql stable as $$
  select a.person_id, 'matching_answer', to_jsonb(a) from matching_answer a where a.person_id = any(people)
$$;
