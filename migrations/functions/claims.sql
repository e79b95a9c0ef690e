-- What people said to services that ask for claims, for whoever tells a service, and for « Prendre mes données ».
create or replace view claim_answers as
  select person_id, service_id, claim, is_given, purpose_sha256, answered_at, seal from claim_answer;

-- Rows of this room about these people, as the fold compares them with events. No event tells the seal.
create or replace function rows_of_claims(people uuid[]) returns table (person_id uuid, in_table text, content jsonb)
language sql stable begin atomic
  select a.person_id, 'claim_answer', to_jsonb(a) - 'seal' from claim_answer a where a.person_id = any(people);
end;
