-- bears: 0039_base.sql
-- outside a transaction
-- A body is judged by its answers that said yes or no, and of a day by those that said no: others, however many, are not walked over.
-- step
drop index concurrently if exists matching_answer_judged;
-- step
create index concurrently matching_answer_judged on matching_answer (org_id, answered_at) where result <> 'not_sure';
-- step
drop index concurrently if exists matching_answer_of_nobody;
-- step
create index concurrently matching_answer_of_nobody on matching_answer (org_id, answered_at) where result = 'no_match';
-- step
drop index concurrently if exists matching_answer_of_body;
