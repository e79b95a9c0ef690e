-- Rows of this room about these people, as the fold compares them with events.
create or replace function rows_of_remarks(people uuid[]) returns table (person_id uuid, in_table text, content jsonb) language sql stable as $$
  select r.person_id, 'remark', to_jsonb(r) from remark r where r.person_id = any(people)
$$;
